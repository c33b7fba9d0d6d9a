// log1p(x) = log(1 + x)
#include "kernels/elementary.h"
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  Poly one;
  arb_poly_one(one);
  arb_poly_add(out, x, one, prec);
  arb_poly_log_series(out, out, length, prec);
}

}  // namespace

Op make_log1p() {
  return {
      .name = "log1p",
      .summary = "natural logarithm of one plus x",
      .body = Elementwise{.arity = 1,
                          .ball = monotone_on(-1, kInf, Ends::open, arb_log1p),
                          .special = edges({.keeps_zero = true, .pos_inf = kInf, .points = {{-1, -kInf}}}),
                          .pair =
                              [](const DoubleDouble* x) {
                                return roundoff::log(add({1, 0, 0}, x[0]));
                              }},
      .allowance = opencl(2),
      .special_values =
          "log1p(±0) = ±0, log1p(-1) = -inf, log1p(x < -1) = NaN, log1p(+inf) = +inf, log1p(NaN) = NaN (C17 F.10.3.9)",
      .sample = {{{-0.5, 1}, {-1e-3, 1e-3}, {-1, 1e6}}},
      .derivative = {"g / (1 + x1)"},
      .course = {.monotone = {{-1, kInf, true}}, .tails = monotone_above(0), .series = series},
      .dtype = floating("log1p"),
  };
}

}  // namespace roundoff::ops
