// outer(x1, x2): out[i, j] = x1[i] · x2[j]
#include "ops/shared/contraction.h"

namespace roundoff::ops {
namespace {

Result<Shape> shape(std::span<const Shape> in, const Attrs&) {
  if (in[0].size() != 1 || in[1].size() != 1) {
    return Error{Code::input, "outer takes two vectors, not " + to_string(in[0]) + " and " + to_string(in[1]), "",
                 "reshape them to one dimension"};
  }
  return Shape{in[0][0], in[1][0]};
}

Contraction::Plan plan(const Shape& left, const Shape& right, const Attrs&) {
  return {.batch = 1,
          .m = left[0],
          .n = right[0],
          .k = 1,
          .left_batch = {0},
          .right_batch = {0},
          .left_row = 1,
          .left_col = 1,
          .right_row = 0,
          .right_col = 1};
}

}  // namespace

Op make_outer() {
  return {
      .name = "outer",
      .summary = "all products of the elements of two vectors",
      .body = Contraction{.plan = plan},
      .allowance = contraction_allowance(),
      .special_values = contraction_special_values(),
      .derivative = {"matmul(g, x2)", "matmul(x1, g)"},
      .shape = shape,
      .dtype = dtype_of_contraction,
      .arity_min = 2,
      .arity_max = 2,
  };
}

}  // namespace roundoff::ops
