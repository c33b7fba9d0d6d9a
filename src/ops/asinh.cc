// asinh(x): the y with sinh(y) = x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  root_integral(out, x, 1, 1, length, prec);
}

}  // namespace

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
      .course = {.parity = Parity::odd, .monotone = rises(), .tails = monotone_everywhere(), .series = series},
      .dtype = floating("asinh"),
  };
}

}  // namespace roundoff::ops
