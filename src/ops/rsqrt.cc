// rsqrt(x) = 1/√x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

std::optional<double> special(Numbers x, const Attrs&) {
  if (x[0] == 0) return std::copysign(kInf, x[0]);
  return edges({.pos_inf = 0.0})(x, {});
}

}  // namespace

Op make_rsqrt() {
  return {
      .name = "rsqrt",
      .summary = "reciprocal of the square root",
      .body = Elementwise{.arity = 1,
                          .ball = monotone_on(0, kInf, Ends::open, arb_rsqrt),
                          .special = special,
                          .pair =
                              [](const DoubleDouble* x) {
                                return divide({1, 0, 0}, square_root(x[0]));
                              }},
      .allowance = opencl(2),
      .special_values =
          "rsqrt(±0) = ±inf, rsqrt(x < 0) = NaN, rsqrt(+inf) = +0, rsqrt(NaN) = NaN (IEEE 754-2019, 9.2.1: rSqrt)",
      .sample = {{{0.25, 4}, {0, 100}, {1e-38, 3e38}}},
      .derivative = {"-g * out / (2 * x1)"},
      .course = {.monotone = {{0, kInf, false}},
                 .tails = monotone_above(0),
                 .series = from_arb_poly<arb_poly_rsqrt_series>},
      .dtype = floating("rsqrt"),
  };
}

}  // namespace roundoff::ops
