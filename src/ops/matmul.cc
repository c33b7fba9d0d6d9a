// matmul(x1, x2): matrix product over the last two axes, stacks broadcast
#include <fmt/format.h>

#include <algorithm>

#include "ops/shared/contraction.h"
#include "ops/shared/strides.h"

namespace roundoff::ops {
namespace {

/// The axes before the matrix (or vector).
Shape stack_of(const Shape& shape) {
  return Shape(shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(shape.size(), 2)));
}

Result<Shape> shape(std::span<const Shape> in, const Attrs&) {
  const Shape &left = in[0], &right = in[1];
  if (left.empty() || right.empty()) return Error{Code::input, "matmul has no meaning for scalars", "", "use multiply"};
  const std::int64_t inner = left.back(), other = right.size() == 1 ? right[0] : right[right.size() - 2];
  if (inner != other) {
    return Error{
        Code::input,
        fmt::format("inner sizes differ: {} by {} has {} against {}", to_string(left), to_string(right), inner, other),
        "", "the last axis of the first must be as long as the last but one of the second"};
  }
  const std::vector<Shape> stacks{stack_of(left), stack_of(right)};
  ROUNDOFF_TRY(Shape out, broadcast(stacks));
  if (left.size() > 1) out.push_back(left[left.size() - 2]);
  if (right.size() > 1) out.push_back(right.back());
  return out;
}

Contraction::Plan plan(const Shape& left, const Shape& right, const Attrs&) {
  const std::vector<Shape> stacks{stack_of(left), stack_of(right)};
  const Shape stack = broadcast(stacks).value();
  const auto left_strides = c_strides(left), right_strides = c_strides(right);
  const bool row = left.size() == 1, column = right.size() == 1;
  Contraction::Plan plan;
  plan.batch = product_of(stack);
  plan.m = row ? 1 : left[left.size() - 2];
  plan.n = column ? 1 : right.back();
  plan.k = left.back();
  plan.left_batch = strided(stack, 0, broadcast_strides(stack, stacks[0], left_strides));
  plan.right_batch = strided(stack, 0, broadcast_strides(stack, stacks[1], right_strides));
  plan.left_row = row ? 0 : left_strides[left.size() - 2];
  plan.left_col = 1;
  plan.right_row = column ? 1 : right_strides[right.size() - 2];
  plan.right_col = column ? 0 : 1;
  return plan;
}

}  // namespace

Op make_matmul() {
  return {
      .name = "matmul",
      .summary = "matrix product; stacks of matrices broadcast, 1-D arguments are a row and a column",
      .body = Contraction{.plan = plan},
      .allowance = contraction_allowance(),
      .special_values = contraction_special_values(),
      .derivative = {"matmul(g, transposed(x2))", "matmul(transposed(x1), g)"},
      .shape = shape,
      .dtype = dtype_of_contraction,
      .arity_min = 2,
      .arity_max = 2,
  };
}

}  // namespace roundoff::ops
