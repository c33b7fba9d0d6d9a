// Truth and budgets: one walk over the graph, two units. See docs/budgets.md for the derivations.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace roundoff {

using Inputs = std::map<std::string, Array, std::less<>>;

struct TruthOptions {
  long cap = 4096;  ///< bits; what is still open there is undecided
};

/// How far an honest implementation may land from the truth: absolute radii round the truth's midpoint, one per output
/// element. +∞ where an honest result may overflow or the function has no bound there; 0 where only the exact result
/// will do.
struct Budget {
  std::vector<double> sound;     ///< worst case
  std::vector<double> probable;  ///< √n growth; never above sound
  std::vector<double> weak;      ///< sound, with the ops' scale allowances; empty where no op of the graph has one
};

/// Which op makes the result sensitive: relative change of its result over relative change of its arguments, at the
/// worst element.
struct Amplification {
  int node = -1;
  std::string op;
  double factor = 1;
  double share = 0;  ///< of the elements of the node, those that amplify by at least 1000
};

struct Truth {
  DType dtype = DType::float32;  ///< of the output: what "correctly rounded" and "ulp" refer to
  Shape shape;
  std::vector<Enclosure> value;         ///< certified for every element that is not undecided
  std::vector<double> nearest;          ///< the correctly rounded value; NaN where undecided (see `undecided`) or NaN
  std::vector<std::int64_t> undecided;  ///< flat indices, ascending
  std::int64_t refined = 0;             ///< elements that the tier for whole arrays left to balls at rising precision
  Budget budget;
  [[nodiscard]] bool certified() const { return undecided.empty(); }
};

/// Certifies the output of an inferred graph without gradient nodes (differentiate() first).
/// Tiers: double-double kernels and 128-bit balls for whole arrays, then Arb at doubling precision on demand, for the
/// elements whose correct rounding is still open and what they depend on. Errors: Code::input where an input is missing
/// or has another signature.
[[nodiscard]] Result<Truth> certify(const Graph& graph, const Inputs& inputs, const TruthOptions& options = {});

/// The op that amplifies most, over all nodes of the graph.
[[nodiscard]] Result<Amplification> amplification(const Graph& graph, const Inputs& inputs);

/// One op on arrays, every element correctly rounded to the node's dtype: the reference of every replay.
/// nullopt elements (undecided) come out as NaN and are counted in `undecided`.
[[nodiscard]] Result<Array> correctly_rounded(const Graph& graph, int node, std::span<const Array> in,
                                              std::int64_t* undecided = nullptr);

}  // namespace roundoff
