// vecdot(x1, x2, axis=-1): Σ x1·x2 along one axis, the others broadcast
#include <fmt/format.h>

#include "ops/shared/contraction.h"
#include "ops/shared/strides.h"

namespace roundoff::ops {
namespace {

/// An argument's axes apart from the one that is summed over.
struct View {
  Shape stack;
  std::vector<std::int64_t> strides;
  std::int64_t length = 0, step = 0;
};

Result<View> view_of(const Shape& shape, const Attrs& attrs) {
  ROUNDOFF_TRY(const std::size_t axis, axis_of(int_attr(attrs, "axis", -1), shape.size()));
  View view{.stack = shape, .strides = c_strides(shape), .length = shape[axis]};
  view.step = view.strides[axis];
  view.stack.erase(view.stack.begin() + static_cast<std::ptrdiff_t>(axis));
  view.strides.erase(view.strides.begin() + static_cast<std::ptrdiff_t>(axis));
  return view;
}

Result<Shape> shape(std::span<const Shape> in, const Attrs& attrs) {
  ROUNDOFF_TRY(const View left, view_of(in[0], attrs));
  ROUNDOFF_TRY(const View right, view_of(in[1], attrs));
  if (left.length != right.length) {
    return Error{Code::input, fmt::format("vectors of {} and {} elements", left.length, right.length), "",
                 "both arguments must be equally long along the axis"};
  }
  return broadcast(std::vector<Shape>{left.stack, right.stack});
}

Contraction::Plan plan(const Shape& left_shape, const Shape& right_shape, const Attrs& attrs) {
  const View left = view_of(left_shape, attrs).value(), right = view_of(right_shape, attrs).value();
  const Shape stack = broadcast(std::vector<Shape>{left.stack, right.stack}).value();
  Contraction::Plan plan;
  plan.batch = product_of(stack);
  plan.m = plan.n = 1;
  plan.k = left.length;
  plan.left_batch = strided(stack, 0, broadcast_strides(stack, left.stack, left.strides));
  plan.right_batch = strided(stack, 0, broadcast_strides(stack, right.stack, right.strides));
  plan.left_row = plan.right_col = 0;
  plan.left_col = left.step;
  plan.right_row = right.step;
  return plan;
}

}  // namespace

Op make_vecdot() {
  return {
      .name = "vecdot",
      .summary = "inner product of vectors along one axis",
      .body = Contraction{.plan = plan},
      .attrs = {{"axis", AttrType::integer, AttrValue{std::int64_t{-1}}, "the axis to sum over", {}}},
      .allowance = contraction_allowance(),
      .special_values = contraction_special_values(),
      .derivative = {"expand(g) * x2", "expand(g) * x1"},
      .shape = shape,
      .dtype = dtype_of_contraction,
      .arity_min = 2,
      .arity_max = 2,
  };
}

}  // namespace roundoff::ops
