// The running sum or product is kept in a wider dtype, and rounded to the result's once (a reduction) or for each
// element (a scan).
#include <fmt/format.h>

#include "causes/replay/reduce.h"

namespace roundoff::causes {
namespace {

void add(const Subject& subject, DType wide, std::vector<Hypothesis>& all) {
  if (replay::is_scan(subject)) {
    all.push_back({fmt::format("{} accumulator, rounded for each element", name_of(wide)), "left to right",
                   Class::rounding,
                   [wide](const Subject& s) { return replay::replay_scan(s, replay::LeftToRight{}, wide); }});
    return;
  }
  for (const replay::Finish finish : replay::finishes_of(subject, wide)) {
    const replay::Reducing how{{replay::LeftToRight{}}, wide, finish};
    const std::string detail = std::string("left to right") + (words(finish).empty() ? "" : ", ");
    all.push_back({fmt::format("{} accumulator, rounded once", name_of(wide)), detail + std::string(words(finish)),
                   Class::rounding, [how](const Subject& s) { return replay::replay_reduction(s, how); },
                   [how](const Subject& s) { return replay::first_fibers_agree(s, how, 16); }});
  }
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (!replay::is_reduction(subject) && !replay::is_scan(subject)) return {};
  const DType dtype = replay::node_of(subject).dtype;
  std::vector<Hypothesis> all;
  if (dtype != DType::float64) add(subject, DType::float64, all);
  if (dtype != DType::float64 && dtype != DType::float32) add(subject, DType::float32, all);
  return all;
}

}  // namespace

Cause make_float64_accumulator() {
  return {.name = "float64_accumulator",
          .summary = "Sums and products are kept in a wider dtype and rounded to the result's at the end.",
          .source = "PyTorch's cumsum (at::acc_type), NumPy's float16 sums",
          .rank = 20,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
