// Moved by one along an axis: an index that begins at 1, a window that is late by a step.
#include <fmt/format.h>

#include "causes/diff/finding.h"

namespace roundoff::diff_findings {
namespace {

/// Whether b[…, i + by, …] is a[…, i, …] wherever both are.
bool matches(const ArrayPair& pair, std::size_t axis, std::int64_t by) {
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < pair.shape_a.size(); ++i) inner *= pair.shape_a[i];
  const std::int64_t length = pair.shape_a[axis];
  return pair.everywhere([&](std::int64_t i) {
    const std::int64_t place = i / inner % length + by;
    return place < 0 || place >= length || pair.same(i, i + by * inner);
  });
}

std::vector<DiffFinding> find(const ArrayPair& pair) {
  if (pair.figures == nullptr || pair.figures->identical == pair.figures->of) return {};
  std::vector<DiffFinding> out;
  for (std::size_t axis = 0; axis < pair.shape_a.size(); ++axis) {
    // Three are the least where a shift is more than two numbers that happen to be alike.
    if (pair.shape_a[axis] < 3) continue;
    for (const std::int64_t by : {1, -1}) {
      if (!matches(pair, axis, by)) continue;
      const std::int64_t of = pair.count - pair.count / pair.shape_a[axis];
      out.push_back(
          {.finding = {},
           .name = fmt::format("b is a shifted by one along axis {}: b at i {} 1 is a at i", axis, by > 0 ? "+" : "-"),
           .matched = of,
           .of = of,
           .detail = "those that both have",
           .verdict = Class::semantics});
      return out;
    }
  }
  return out;
}

}  // namespace

FindingKind make_shifted() {
  return {"shifted", "b is a moved by one along an axis, in every element that both have", find};
}

}  // namespace roundoff::diff_findings
