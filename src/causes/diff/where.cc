// Where on the array the difference sits: rows, channels, borders of each axis.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "causes/diff/finding.h"

namespace roundoff::diff_findings {
namespace {

constexpr std::int64_t kMostPlaces = 1 << 22;

/// The places of one axis, and those where something differs.
class Axis {
 public:
  Axis(const Shape& shape, std::size_t axis) : number_(axis), touched_(static_cast<std::size_t>(shape[axis])) {
    for (std::size_t i = axis + 1; i < shape.size(); ++i) inner_ *= shape[i];
  }
  /// Element i differs. Rising.
  void mark(std::int64_t i) {
    if (i < known_) return;
    known_ = i / inner_ * inner_ + inner_;
    const auto place = static_cast<std::size_t>(i / inner_ % length());
    count_ += !touched_[place];
    touched_[place] = true;
  }
  [[nodiscard]] std::size_t number() const { return number_; }
  [[nodiscard]] std::int64_t length() const { return static_cast<std::int64_t>(touched_.size()); }
  /// What is nearly everywhere is said by the figures.
  [[nodiscard]] bool nearly_everywhere() const { return 2 * count_ > length(); }
  [[nodiscard]] std::string places() const;

 private:
  std::size_t number_;
  std::int64_t inner_ = 1, known_ = 0, count_ = 0;
  std::vector<bool> touched_;
};

std::string Axis::places() const {
  const auto first = std::ranges::find(touched_, true) - touched_.begin();
  std::int64_t last = length() - 1;
  while (!touched_[static_cast<std::size_t>(last)]) --last;
  if (count_ == 2 && first == 0 && last == length() - 1) return "its borders";
  if (count_ == 1)
    return first == 0 ? "its first place" : first == length() - 1 ? "its last place" : fmt::format("place {}", first);
  return count_ == last - first + 1 ? fmt::format("places {} to {}", first, last)
                                    : fmt::format("{} places from {} to {}", count_, first, last);
}

/// Calls differs(i) for the elements that are not the same, until it answers false.
template <class Differs>
void each_difference(const ArrayPair& pair, Differs differs) {
  constexpr std::int64_t kRun = 1024;
  const auto bytes = [](DType dtype, std::span<const std::byte> all, std::int64_t i, std::int64_t n) {
    return all.subspan(static_cast<std::size_t>(i) * size_of(dtype), static_cast<std::size_t>(n) * size_of(dtype));
  };
  for (std::int64_t i = 0; i < pair.count; i += kRun) {
    const std::int64_t n = std::min(kRun, pair.count - i);
    const auto a = bytes(pair.dtype_a, pair.a, i, n), b = bytes(pair.dtype_b, pair.b, i, n);
    if (pair.dtype_a == pair.dtype_b && std::memcmp(a.data(), b.data(), a.size()) == 0) continue;
    for (std::int64_t k = i; k < i + n; ++k) {
      if (!pair.same(k, k) && !differs(k)) return;
    }
  }
}

std::vector<DiffFinding> find(const ArrayPair& pair) {
  if (pair.figures == nullptr || pair.figures->identical == pair.figures->of) return {};
  std::vector<Axis> axes;
  for (std::size_t axis = 0; axis < pair.shape_a.size(); ++axis) {
    if (pair.shape_a[axis] >= 2 && pair.shape_a[axis] <= kMostPlaces) axes.emplace_back(pair.shape_a, axis);
  }
  if (axes.empty()) return {};
  std::int64_t all = 0;
  each_difference(pair, [&](std::int64_t i) {
    ++all;
    bool full = false;
    for (Axis& axis : axes) {
      axis.mark(i);
      full = full || axis.nearly_everywhere();
    }
    if (full) std::erase_if(axes, [](const Axis& axis) { return axis.nearly_everywhere(); });
    return !axes.empty();
  });
  std::vector<DiffFinding> out;
  for (const Axis& axis : axes) {
    if (all == 0) break;
    out.push_back({.finding = {},
                   .name = fmt::format("the difference is only in {} of axis {} (of {})", axis.places(), axis.number(),
                                       axis.length()),
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
