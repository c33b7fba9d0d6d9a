#include "graph/movement.h"

#include <algorithm>
#include <array>

namespace roundoff {
namespace {

Result<int> permute_adjoint(Algebra& algebra, const Node& node, int g) {
  const auto axes = list_attr(node.attrs, "axes");
  const auto rank = static_cast<std::int64_t>(axes.size());
  std::vector<std::int64_t> inverse(axes.size());
  for (std::int64_t i = 0; i < rank; ++i) {
    const std::int64_t axis = axes[static_cast<std::size_t>(i)];
    inverse[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = i;
  }
  return algebra.call("permute_dims", {g}, {{"axes", inverse}});
}

Result<int> concat_adjoint(Algebra& algebra, const Node& node, std::size_t argument, int g) {
  const Shape& target = algebra.shape(node.in[argument]);
  const auto axis_attr = node.attrs.find("axis");
  const bool flat = axis_attr != node.attrs.end() && std::holds_alternative<std::monostate>(axis_attr->second);
  const std::int64_t axis = flat ? 0 : int_attr(node.attrs, "axis");
  const auto at = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(target.size()) : axis);
  const auto length = [&](std::size_t i) {
    const Shape& shape = algebra.shape(node.in[i]);
    if (!flat) return shape[at];
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    return count;
  };
  std::int64_t start = 0;
  for (std::size_t i = 0; i < argument; ++i) start += length(i);
  ROUNDOFF_TRY(const int part, algebra.part(g, at, start, length(argument)));
  return algebra.reshape(part, target);
}

/// The indices start, start + step, … that a Python slice takes along an axis, in ascending order.
struct Taken {
  std::int64_t start = 0, step = 1, count = 0;
  bool reversed = false;
};

Taken taken(std::int64_t size, std::int64_t start, std::int64_t stop, std::int64_t step) {
  const bool down = step < 0;
  const std::int64_t low = down ? -1 : 0, high = down ? size - 1 : size;
  const auto bound = [&](std::int64_t value, std::int64_t open) {
    if (value == kNoneInt) return open;
    return std::clamp(value < 0 ? value + size : value, low, high);
  };
  const std::int64_t first = bound(start, down ? high : low), last = bound(stop, down ? low : high);
  const std::int64_t stride = down ? -step : step, span = down ? first - last : last - first;
  Taken result{.start = first, .step = stride, .count = span <= 0 ? 0 : (span - 1) / stride + 1, .reversed = down};
  if (down) result.start = first - (result.count - 1) * stride;
  return result;
}

/// g spread along the axis with step − 1 zeros behind every element.
Result<int> spread(Algebra& algebra, int g, std::size_t axis, std::int64_t step) {
  if (step == 1) return g;
  const DType dtype = algebra.node(g).dtype;
  Shape split = algebra.shape(g), joined = split;
  split.insert(split.begin() + static_cast<std::ptrdiff_t>(axis) + 1, 1);
  joined[axis] *= step;
  ROUNDOFF_TRY(const int column, algebra.reshape(g, split));
  split[axis + 1] = step - 1;
  ROUNDOFF_TRY(const int zeros, algebra.filled(0, dtype, split));
  ROUNDOFF_TRY(const int both, algebra.concat({column, zeros}, axis + 1));
  return algebra.reshape(both, joined);
}

/// g between `before` zeros and as many behind as make `size` elements along the axis.
Result<int> padded(Algebra& algebra, int g, std::size_t axis, std::int64_t before, std::int64_t size) {
  const DType dtype = algebra.node(g).dtype;
  // Zeros behind the last element may be too many already.
  ROUNDOFF_TRY(const int body, algebra.part(g, axis, 0, std::min(algebra.shape(g)[axis], size - before)));
  Shape shape = algebra.shape(body);
  const std::int64_t after = size - before - shape[axis];
  shape[axis] = before;
  ROUNDOFF_TRY(const int head, algebra.filled(0, dtype, shape));
  shape[axis] = after;
  ROUNDOFF_TRY(const int tail, algebra.filled(0, dtype, shape));
  return algebra.concat({head, body, tail}, axis);
}

Result<int> slice_adjoint(Algebra& algebra, const Node& node, int g) {
  const Shape& target = algebra.shape(node.in[0]);
  const auto starts = list_attr(node.attrs, "starts"), stops = list_attr(node.attrs, "stops"),
             steps = list_attr(node.attrs, "steps");
  std::vector<Taken> axes;
  Shape undropped;
  for (std::size_t i = 0; i < target.size(); ++i) {
    axes.push_back(i < starts.size() ? taken(target[i], starts[i], stops[i], steps[i])
                                     : taken(target[i], kNoneInt, kNoneInt, 1));
    undropped.push_back(axes[i].count);
    if (axes[i].count == 0) return algebra.filled(0, algebra.node(g).dtype, target);
  }
  ROUNDOFF_TRY(int flow, algebra.reshape(g, undropped));
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (axes[i].count == target[i] && !axes[i].reversed) continue;
    if (axes[i].reversed && axes[i].count > 1) {
      ROUNDOFF_TRY(flow, algebra.reversed(flow, {static_cast<std::int64_t>(i)}));
    }
    if (axes[i].count > 1) {
      ROUNDOFF_TRY(flow, spread(algebra, flow, i, axes[i].step));
    }
    ROUNDOFF_TRY(flow, padded(algebra, flow, i, axes[i].start, target[i]));
  }
  return flow;
}

constexpr std::array<std::string_view, 6> kMovements = {"reshape", "permute_dims", "broadcast_to",
                                                        "slice",   "concat",       "astype"};

}  // namespace

bool has_movement_adjoint(const Node& node) {
  return std::find(kMovements.begin(), kMovements.end(), node.name) != kMovements.end();
}

Result<int> movement_adjoint(Algebra& algebra, const Node& node, std::size_t argument, int g) {
  const Shape& target = algebra.shape(node.in[argument]);
  if (node.name == "reshape") return algebra.reshape(g, target);
  if (node.name == "permute_dims") return permute_adjoint(algebra, node, g);
  if (node.name == "broadcast_to") return algebra.fitted(g, target);
  if (node.name == "slice") return slice_adjoint(algebra, node, g);
  if (node.name == "concat") return concat_adjoint(algebra, node, argument, g);
  return g;  // astype: the caller converts
}

}  // namespace roundoff
