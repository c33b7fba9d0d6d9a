// Equal blocks of an axis in another order: the gates of an LSTM (i, f, g, o) or a GRU (r, z, n), which frameworks
// stack in different orders.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "causes/diff/finding.h"

namespace roundoff::diff_findings {
namespace {

/// Whether block order[k] of a, along the axis, is block k of b.
bool holds(const ArrayPair& pair, std::size_t axis, const std::vector<std::int64_t>& order) {
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < pair.shape_a.size(); ++i) inner *= pair.shape_a[i];
  const std::int64_t length = pair.shape_a[axis], block = length / static_cast<std::int64_t>(order.size());
  return pair.everywhere([&](std::int64_t to) {
    const std::int64_t place = to / inner % length, k = place / block;
    return pair.same(to + (order[static_cast<std::size_t>(k)] - k) * block * inner, to);
  });
}

std::vector<DiffFinding> find(const ArrayPair& pair) {
  if (pair.figures == nullptr || pair.figures->identical == pair.figures->of) return {};
  for (std::size_t axis = 0; axis < pair.shape_a.size(); ++axis) {
    for (const std::int64_t blocks : {2, 3, 4}) {
      if (pair.shape_a[axis] % blocks != 0 || pair.shape_a[axis] < blocks) continue;
      std::vector<std::int64_t> order(static_cast<std::size_t>(blocks));
      std::iota(order.begin(), order.end(), std::int64_t{0});
      while (std::next_permutation(order.begin(), order.end())) {
        if (!holds(pair, axis, order)) continue;
        const std::string gates = blocks == 3 ? " (gates of a GRU?)" : blocks == 4 ? " (gates of an LSTM?)" : "";
        return {{.finding = {},
                 .name = fmt::format("the {} equal blocks along axis {} of b are those of a in the order {}{}", blocks,
                                     axis, fmt::join(order, ", "), gates),
                 .matched = pair.count,
                 .of = pair.count,
                 .detail = {},
                 .verdict = Class::semantics}};
      }
    }
  }
  return {};
}

}  // namespace

FindingKind make_blocks() {
  return {
      "blocks",
      "two to four equal blocks along an axis stand in another order: the gates of an LSTM or GRU, halves exchanged",
      find};
}

}  // namespace roundoff::diff_findings
