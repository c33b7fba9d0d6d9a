// Reductions and scans from the first element to the last, in the dtype of the result: ((x0 + x1) + x2) + …
#include <fmt/format.h>

#include "causes/replay/reduce.h"

namespace roundoff::causes {
namespace {

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  const bool scan = replay::is_scan(subject);
  if (!scan && !replay::is_reduction(subject)) return {};
  const DType dtype = replay::node_of(subject).dtype;
  const std::string name = fmt::format("{} left to right in {}", replay::verb_of(subject), name_of(dtype));
  if (scan) {
    const auto replay = [dtype](const Subject& s) { return replay::replay_scan(s, replay::LeftToRight{}, dtype); };
    return {{name, "", Class::rounding, replay}};
  }
  std::vector<Hypothesis> all;
  for (const replay::Finish finish : replay::finishes_of(subject, dtype)) {
    const replay::Reducing how{{replay::LeftToRight{}}, dtype, finish};
    all.push_back({name, std::string(words(finish)), Class::rounding,
                   [how](const Subject& s) { return replay::replay_reduction(s, how); },
                   [how](const Subject& s) { return replay::first_fibers_agree(s, how, 16); }});
  }
  return all;
}

}  // namespace

Cause make_left_to_right() {
  return {.name = "left_to_right",
          .summary = "Reductions and scans run from the first element to the last in the result's dtype.",
          .source = "NumPy's accumulate and axis-0 reductions, TensorFlow's cumsum",
          .rank = 10,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
