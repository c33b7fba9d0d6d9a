// permute_dims(x, axes): out has the axis axes[i] of x as its axis i
#include <fmt/format.h>

#include "ops/shared/strides.h"

namespace roundoff::ops {
namespace {

Result<std::vector<std::size_t>> order_of(const Shape& in, const Attrs& attrs) {
  const auto axes = list_attr(attrs, "axes");
  std::vector<std::size_t> order;
  std::vector<bool> seen(in.size());
  for (const std::int64_t given : axes) {
    ROUNDOFF_TRY(const std::size_t axis, axis_of(given, in.size()));
    if (seen[axis]) return Error{Code::input, fmt::format("axis {} is named twice", axis), "axes", ""};
    seen[axis] = true;
    order.push_back(axis);
  }
  if (order.size() != in.size()) {
    return Error{Code::input, fmt::format("{} axes for an array of {} dimensions", order.size(), in.size()), "axes",
                 "name every axis once"};
  }
  return order;
}

Result<Shape> shape(std::span<const Shape> in, const Attrs& attrs) {
  ROUNDOFF_TRY(const auto order, order_of(in[0], attrs));
  Shape out;
  for (const std::size_t axis : order) out.push_back(in[0][axis]);
  return out;
}

std::vector<Movement::Source> map(std::span<const Shape> in, const Shape& out, const Attrs& attrs) {
  const auto strides = c_strides(in[0]);
  std::vector<std::int64_t> permuted;
  const auto order = order_of(in[0], attrs).value();
  for (const std::size_t axis : order) permuted.push_back(strides[axis]);
  return from_first(strided(out, 0, permuted));
}

}  // namespace

Op make_permute_dims() {
  return {
      .name = "permute_dims",
      .summary = "the axes in another order",
      .body = Movement{.map = map},
      .attrs = {{"axes", AttrType::ints, std::nullopt, "which axis of x becomes the first, the second, …", {}}},
      .allowance = nothing_moves(),
      .special_values = "unchanged",
      .shape = shape,
  };
}

}  // namespace roundoff::ops
