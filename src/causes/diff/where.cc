// Where on the array the difference sits: rows, channels, borders of each axis.
#include <fmt/format.h>

#include <algorithm>

#include "causes/diff/finding.h"

namespace roundoff::diff_findings {
namespace {

constexpr std::int64_t kMostPlaces = 1 << 22;
constexpr std::int64_t kMostElements = std::int64_t{1} << 28;  // a bit for each is held

/// Differing elements at each place of the axis.
std::vector<std::int64_t> along(const ArrayPair& pair, std::size_t axis, const std::vector<bool>& differs) {
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < pair.shape_a.size(); ++i) inner *= pair.shape_a[i];
  const std::int64_t length = pair.shape_a[axis];
  std::vector<std::int64_t> counts(static_cast<std::size_t>(length), 0);
  for (std::int64_t i = 0; i < pair.count; ++i)
    counts[static_cast<std::size_t>(i / inner % length)] += differs[static_cast<std::size_t>(i)];
  return counts;
}

std::string places(const std::vector<std::int64_t>& counts, std::int64_t& touched) {
  const auto length = static_cast<std::int64_t>(counts.size());
  std::int64_t first = -1, last = -1;
  touched = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    if (counts[static_cast<std::size_t>(i)] == 0) continue;
    ++touched;
    if (first < 0) first = i;
    last = i;
  }
  if (touched == 2 && first == 0 && last == length - 1) return "its borders";
  if (touched == 1)
    return first == 0 ? "its first place" : first == length - 1 ? "its last place" : fmt::format("place {}", first);
  return touched == last - first + 1 ? fmt::format("places {} to {}", first, last)
                                     : fmt::format("{} places from {} to {}", touched, first, last);
}

std::vector<DiffFinding> find(const ArrayPair& pair) {
  if (pair.figures == nullptr || pair.shape_a.empty() || pair.figures->identical == pair.figures->of) return {};
  if (pair.count > kMostElements) return {};
  std::vector<bool> differs(static_cast<std::size_t>(pair.count));
  std::int64_t all = 0;
  for (std::int64_t i = 0; i < pair.count; ++i) {
    const bool here = !pair.same(i, i);
    differs[static_cast<std::size_t>(i)] = here;
    all += here;
  }
  std::vector<DiffFinding> out;
  for (std::size_t axis = 0; axis < pair.shape_a.size() && all > 0; ++axis) {
    const std::int64_t length = pair.shape_a[axis];
    if (length < 2 || length > kMostPlaces) continue;
    std::int64_t touched = 0;
    const std::string text = places(along(pair, axis, differs), touched);
    // What is nearly everywhere is said by the figures.
    if (2 * touched > length) continue;
    out.push_back({.finding = {},
                   .name = fmt::format("the difference is only in {} of axis {} (of {})", text, axis, length),
                   .matched = all,
                   .of = all,
                   .detail = {},
                   .verdict = Class::undetermined});
  }
  return out;
}

}  // namespace

FindingKind make_where() {
  return {"where",
          "the difference sits in at most half of the places of an axis: one batch, one channel, a block, the borders",
          find};
}

}  // namespace roundoff::diff_findings
