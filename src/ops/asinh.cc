// asinh(x): the y with sinh(y) = x
#include "ops/shared/elementwise.h"

namespace roundoff::ops {

Op make_asinh() {
  return {
      .name = "asinh",
      .summary = "inverse hyperbolic sine",
      .body = Elementwise{.arity = 1,
                          .ball = monotone(arb_asinh),
                          .special = edges({.keeps_zero = true, .neg_inf = -kInf, .pos_inf = kInf})},
      .allowance = opencl(4),
      .special_values = "asinh(±0) = ±0, asinh(±inf) = ±inf, asinh(NaN) = NaN (C17 F.10.2.2)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {-1e6, 1e6}}},
      .derivative = {"g / sqrt(square(x1) + 1)"},
      .dtype = floating("asinh"),
  };
}

}  // namespace roundoff::ops
