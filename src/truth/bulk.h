// The first tier: whole arrays of 32-byte enclosures, from 128-bit balls and double-double kernels, and the budgets
// beside them.
#pragma once

#include <optional>
#include <span>

#include "graph/graph.h"
#include "truth/values.h"

namespace roundoff::truth {

inline constexpr long kBulkBits = 128;

/// The arithmetic of a node's budget.
struct Rules {
  bool probable = false;
  bool scale = false;           ///< with the op's weaker allowance
  bool propagate_only = false;  ///< no roundings of the op's own: what becomes of its arguments' radii
};

/// The node under evaluation and its arguments, in order.
struct Step {
  const Node& node;
  std::span<const NodeTruth* const> in;
  std::span<const Shape> shapes;  ///< of the arguments
  bool output = false;            ///< of the graph: only its correct rounding is wanted, not the tightest enclosure
};

/// How the walk reads one of the three sets of radii of the arguments.
using ArgumentRadii = std::vector<Radii>;

/// Truth of every element of an op node.
[[nodiscard]] NodeTruth evaluate_bulk(const Step& step, bool budgets);
/// Radii of the node from those of its arguments: what an honest implementation may return round the truth's midpoints.
[[nodiscard]] Radii radii_of(const Step& step, const NodeTruth& out, const ArgumentRadii& in, const Rules& rules);

// ---- the same by shape of op ------------------------------------------------------------------------------------

std::vector<Enclosure> evaluate_elementwise(const Elementwise& op, const Step& step);
std::vector<Enclosure> evaluate_fibers(const Fiber& op, const Step& step);
std::vector<Enclosure> evaluate_contraction(const Contraction& op, const Step& step, std::vector<double>* size);
std::vector<Enclosure> evaluate_movement(const Movement& op, const Step& step);

/// Propagated radii and the roundings inside the op; the final rounding is added by radii_of(). +∞: no bound.
std::vector<double> elementwise_radii(const Elementwise& op, const Step& step, const NodeTruth& out,
                                      const ArgumentRadii& in);
std::vector<double> fiber_radii(const Fiber& op, const Step& step, const NodeTruth& out, const ArgumentRadii& in,
                                const Unit& unit);
std::vector<double> contraction_radii(const Contraction& op, const Step& step, const NodeTruth& out,
                                      const ArgumentRadii& in, const Unit& unit);
std::vector<double> movement_radii(const Movement& op, const Step& step, const ArgumentRadii& in);

/// Unit of a node's dtype; u = 0 where nothing rounds.
[[nodiscard]] Unit unit_of(DType dtype, const Rules& rules);

}  // namespace roundoff::truth
