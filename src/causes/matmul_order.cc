// Matrix products and inner products: the order of each sum is found by probing the live backend, then replayed on the
// real data. Where there is nothing to probe: left to right.
#include "causes/replay/found_orders.h"

namespace roundoff::causes {
namespace {

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (!replay::is_a<Contraction>(subject)) return {};
  const Result<replay::Stack> stack = replay::stack_of(subject);
  if (!stack) return {};
  std::vector<Hypothesis> all;
  if (const Result<std::vector<std::vector<replay::Tile>>> found = replay::find_tiles(subject)) {
    for (const std::vector<replay::Tile>& tiles : *found) all.push_back(hypothesis_of(subject, tiles));
    return all;
  }
  for (const replay::Arithmetic& arithmetic : replay::arithmetics_for(subject)) {
    all.push_back(hypothesis_of(subject, left_to_right_tiles(*stack, arithmetic)));
  }
  return all;
}

}  // namespace

Cause make_matmul_order() {
  return {
      .name = "matmul_order",
      .summary =
          "The order in which a matrix product adds up its products, found by probing and replayed on the real data.",
      .source = "Fu, Zhao & Zhang, FPRev (arXiv 2411.00442)",
      .rank = 8,
      .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
