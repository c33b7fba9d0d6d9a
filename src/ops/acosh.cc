// acosh(x): the y ≥ 0 with cosh(y) = x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  root_integral(out, x, -1, 1, length, prec);
}

}  // namespace

Op make_acosh() {
  return {
      .name = "acosh",
      .summary = "inverse hyperbolic cosine",
      .body = Elementwise{.arity = 1,
                          .ball = monotone_on(1, kInf, Ends::closed, arb_acosh),
                          .special = edges({.pos_inf = kInf, .points = {{1, 0}}})},
      .allowance = opencl(4),
      .special_values = "acosh(1) = +0, acosh(x < 1) = NaN, acosh(+inf) = +inf, acosh(NaN) = NaN (C17 F.10.2.1)",
      .sample = {{{1, 2}, {1, 1.001}, {1, 1e6}}},
      .derivative = {"g / sqrt(square(x1) - 1)"},
      .course = {.monotone = {{1, kInf, true}}, .series = series},
      .dtype = floating("acosh"),
  };
}

}  // namespace roundoff::ops
