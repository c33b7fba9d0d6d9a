// Reductions and scans from the first element to the last, in the dtype of the result: ((x0 + x1) + x2) + …
#include <fmt/format.h>

#include "causes/replay/reduce.h"

namespace roundoff::causes {
namespace {

Hypothesis reduction(const Subject& subject) {
  const DType dtype = replay::node_of(subject).dtype;
  return {
      fmt::format("{} left to right in {}", replay::verb_of(subject), name_of(dtype)), "", Class::rounding,
      [dtype](const Subject& s) { return replay::replay_reduction(s, {replay::LeftToRight{}}, dtype); },
      [dtype](const Subject& s) { return replay::first_fibers_agree(s, {replay::LeftToRight{}}, dtype, false, 16); }};
}

Hypothesis scan(const Subject& subject) {
  const DType dtype = replay::node_of(subject).dtype;
  return {fmt::format("{} left to right in {}", replay::verb_of(subject), name_of(dtype)), "", Class::rounding,
          [dtype](const Subject& s) { return replay::replay_scan(s, replay::LeftToRight{}, dtype); }};
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (replay::is_reduction(subject)) return {reduction(subject)};
  if (replay::is_scan(subject)) return {scan(subject)};
  return {};
}

}  // namespace

Cause make_left_to_right() {
  return {"left_to_right",
          "Reductions and scans run from the first element to the last in the result's dtype.",
          "NumPy's accumulate and axis-0 reductions, TensorFlow's cumsum",
          10,
          false,
          hypotheses};
}

}  // namespace roundoff::causes
