// One op under a sweep, and the fixed split of its inputs. Inside the room only: the result model is roundoff/sweep.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "inputs/strata.h"
#include "ops/op.h"
#include "run/sweep.h"

namespace roundoff::sweep {

/// The op as asked for, and everything that follows from it without running anything.
struct Function {
  std::string text;  ///< "exp", "gelu(x, approximate='tanh')": as it is asked for again
  Graph graph;       ///< the op over its arguments, not inferred
  const Op* op = nullptr;
  std::vector<std::string> names;  ///< of the arguments
  std::vector<DType> dtypes;       ///< of the arguments
  DType result = DType::float32;
  Course course;                   ///< of functions of one argument
  std::vector<FloatRange> ranges;  ///< one for each argument

  /// The inferred graph for arrays of n elements.
  [[nodiscard]] Graph sized(std::int64_t n) const;
  [[nodiscard]] const Node& node() const { return graph.nodes[static_cast<std::size_t>(graph.output)]; }
  [[nodiscard]] std::size_t arity() const { return names.size(); }
};

/// A name or a call of one op. Code::usage where it is none, or not elementwise.
[[nodiscard]] Result<Function> function_of(const std::string& text, const SweepPlan& plan);

/// Inputs that lie side by side: consecutive magnitudes on one side of zero, or consecutive elements of the sample.
struct Slice {
  std::vector<Array> in;
  bool negative = false;
  Bits first = 0;          ///< magnitude of the first (exhaustive)
  std::int64_t place = 0;  ///< of the first among all inputs of the plan: what breaks ties between examples
  [[nodiscard]] std::int64_t count() const { return in.front().size(); }
};

/// The split of a function's inputs into units that any thread, process or machine may do: by magnitude, both signs of
/// it together, or by index in the sample. It depends on the plan alone.
class Split {
 public:
  Split(const Function& function, const SweepPlan& plan);

  [[nodiscard]] bool sampled() const { return strata_.has_value(); }
  [[nodiscard]] std::int64_t units() const { return units_; }
  [[nodiscard]] std::int64_t total() const { return total_; }
  [[nodiscard]] std::int64_t count(std::int64_t unit) const;
  /// Published worst cases among the inputs: they come first in a sample.
  [[nodiscard]] std::int64_t published() const { return static_cast<std::int64_t>(published_.size()); }

  /// Magnitudes of one side in a unit (exhaustive).
  [[nodiscard]] Magnitudes magnitudes(std::int64_t unit, bool negative) const;
  /// The slices of a unit, in order: slice 2i is positive and 2i + 1 negative, over the same magnitudes and either of
  /// them empty where the range ends (exhaustive); or consecutive (sampled). Elements [0, slices(unit)).
  [[nodiscard]] std::int64_t slices(std::int64_t unit) const;
  [[nodiscard]] Slice slice(std::int64_t unit, std::int64_t index) const;

 private:
  [[nodiscard]] Slice magnitude_slice(std::int64_t unit, std::int64_t index) const;
  [[nodiscard]] Slice sample_slice(std::int64_t unit, std::int64_t index) const;

  const Function& function_;
  std::optional<Strata> strata_;
  std::vector<std::vector<Bits>> published_;
  std::int64_t units_ = 0, total_ = 0;
  Bits unit_size_ = 1, first_block_ = 0;
};

}  // namespace roundoff::sweep
