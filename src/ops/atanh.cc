// atanh(x): the y with tanh(y) = x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  inverse_integral(out, x, -1, length, prec);
}

}  // namespace

Op make_atanh() {
  return {
      .name = "atanh",
      .summary = "inverse hyperbolic tangent",
      .body = Elementwise{.arity = 1,
                          .ball = monotone_on(-1, 1, Ends::open, arb_atanh),
                          .special = edges({.keeps_zero = true, .points = {{1, kInf}, {-1, -kInf}}})},
      .allowance = opencl(5),
      .special_values = "atanh(±0) = ±0, atanh(±1) = ±inf, atanh(|x| > 1) = NaN, atanh(NaN) = NaN (C17 F.10.2.3)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {0.9, 1}}},
      .derivative = {"g / (1 - square(x1))"},
      .course = {.parity = Parity::odd, .monotone = {{-1, 1, true}}, .series = series},
      .dtype = floating("atanh"),
  };
}

}  // namespace roundoff::ops
