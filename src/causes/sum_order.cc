// Sums and means whose order is none of the known ones: found by probing the live backend, then replayed on the real
// data.
#include "causes/replay/found_orders.h"

namespace roundoff::causes {
namespace {

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (replay::is_a<Contraction>(subject) || !replay::stack_of(subject).ok()) return {};
  std::vector<Hypothesis> all;
  if (const Result<std::vector<std::vector<replay::Tile>>> found = replay::find_tiles(subject)) {
    for (const std::vector<replay::Tile>& tiles : *found) all.push_back(hypothesis_of(subject, tiles));
  }
  return all;
}

}  // namespace

Cause make_sum_order() {
  return {.name = "sum_order",
          .summary = "The order of a sum or mean that no known order explains, found by probing.",
          .source = "Fu, Zhao & Zhang, FPRev (arXiv 2411.00442)",
          .rank = 60,
          .last_resort = true,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
