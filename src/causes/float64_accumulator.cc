// The running sum or product is kept in a wider dtype, and rounded to the result's once (a reduction) or for each
// element (a scan).
#include <fmt/format.h>

#include "causes/replay/reduce.h"

namespace roundoff::causes {
namespace {

Result<Array> left_to_right(const Subject& s, DType accumulator) {
  return replay::is_scan(s) ? replay::replay_scan(s, replay::LeftToRight{}, accumulator)
                            : replay::replay_reduction(s, {replay::LeftToRight{}}, accumulator);
}

Hypothesis in_accumulator(const Subject& subject, DType wide) {
  const bool scan = replay::is_scan(subject);
  Hypothesis hypothesis{fmt::format("{} accumulator, rounded {}", name_of(wide), scan ? "for each element" : "once"),
                        "left to right", Class::rounding, [wide](const Subject& s) { return left_to_right(s, wide); }};
  if (!scan) {
    hypothesis.screen = [wide](const Subject& s) {
      return replay::first_fibers_agree(s, {replay::LeftToRight{}}, wide, false, 16);
    };
  }
  hypothesis.against = [](const Subject& s) { return left_to_right(s, replay::node_of(s).dtype); };
  return hypothesis;
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (!replay::is_reduction(subject) && !replay::is_scan(subject)) return {};
  const DType dtype = replay::node_of(subject).dtype;
  if (dtype == DType::float64) return {};
  std::vector<Hypothesis> all{in_accumulator(subject, DType::float64)};
  if (dtype != DType::float32) all.push_back(in_accumulator(subject, DType::float32));
  return all;
}

}  // namespace

Cause make_float64_accumulator() {
  return {"float64_accumulator",
          "Sums and products are kept in a wider dtype and rounded to the result's at the end.",
          "PyTorch's cumsum (at::acc_type), NumPy's float16 sums",
          20,
          false,
          hypotheses};
}

}  // namespace roundoff::causes
