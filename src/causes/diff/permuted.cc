// Axes in another order or direction, whole axes moved by one, channels or gates exchanged: b is a, read elsewhere.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "causes/diff/finding.h"

namespace roundoff::diff_findings {
namespace {

/// Shapes have few axes; the orders of more are not tried.
constexpr std::size_t kMostAxes = 5;

/// Whether b, of `shape`, is a read from `start` with these strides. It ends at the first element that is not.
bool is_read_by(const ArrayPair& pair, const Shape& shape, const Shape& strides, std::int64_t start) {
  const auto source = [&](std::int64_t to) {
    std::int64_t from = start;
    for (std::size_t axis = shape.size(); axis-- > 0; to /= shape[axis]) from += to % shape[axis] * strides[axis];
    return from;
  };
  if (!std::ranges::all_of(pair.probes, [&](std::int64_t to) { return pair.same(source(to), to); })) return false;
  Shape at(shape.size(), 0);
  std::int64_t from = start;
  for (std::int64_t to = 0; to < pair.count; ++to) {
    if (!pair.same(from, to)) return false;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis];
      if (++at[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      at[axis] = 0;
    }
  }
  return true;
}

DiffFinding holds(const ArrayPair& pair, std::string name) {
  return {.finding = {},
          .name = std::move(name),
          .matched = pair.count,
          .of = pair.count,
          .detail = {},
          .verdict = Class::semantics};
}

void orders(const ArrayPair& pair, std::vector<DiffFinding>& out) {
  const std::size_t axes = pair.shape_a.size();
  if (axes < 2 || axes > kMostAxes) return;
  const Shape strides = c_strides(pair.shape_a);
  std::vector<std::size_t> order(axes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  while (std::next_permutation(order.begin(), order.end())) {
    Shape shape, moved;
    for (const std::size_t axis : order) {
      shape.push_back(pair.shape_a[axis]);
      moved.push_back(strides[axis]);
    }
    if (shape != pair.shape_b || !is_read_by(pair, shape, moved, 0)) continue;
    out.push_back(holds(pair, axes == 2 ? "b is a transposed"
                                        : fmt::format("b is a with its axes in the order {}", fmt::join(order, ", "))));
    return;
  }
}

void reversals(const ArrayPair& pair, std::vector<DiffFinding>& out) {
  const Shape strides = c_strides(pair.shape_a);
  for (std::size_t axis = 0; axis < pair.shape_a.size(); ++axis) {
    if (pair.shape_a[axis] < 2) continue;
    Shape turned = strides;
    turned[axis] = -strides[axis];
    if (!is_read_by(pair, pair.shape_a, turned, (pair.shape_a[axis] - 1) * strides[axis])) continue;
    const bool channels = pair.shape_a[axis] == 3 && pair.shape_a.size() >= 3;
    out.push_back(holds(pair, fmt::format("b is a reversed along axis {}{}", axis,
                                          channels ? ": channels in the order BGR for RGB" : "")));
    return;
  }
}

std::vector<DiffFinding> find(const ArrayPair& pair) {
  if (pair.figures != nullptr && pair.figures->identical == pair.figures->of) return {};
  std::vector<DiffFinding> out;
  orders(pair, out);
  if (out.empty() && pair.shape_a == pair.shape_b) reversals(pair, out);
  return out;
}

}  // namespace

FindingKind make_permuted() {
  return {"permuted",
          "b is a with axes transposed or in another order, or reversed along one (of three channels: BGR for RGB)",
          find};
}

}  // namespace roundoff::diff_findings
