// sqrt(x): the non-negative y with y² = x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {

Op make_sqrt() {
  return {
      .name = "sqrt",
      .summary = "square root",
      .body = Elementwise{.arity = 1,
                          .ball = monotone_on(0, kInf, Ends::closed, arb_sqrt),
                          .special = edges({.keeps_zero = true, .pos_inf = kInf}),
                          .pair = [](const DoubleDouble* x) { return square_root(x[0]); }},
      .allowance = basic_operation(),
      .special_values = "sqrt(±0) = ±0, sqrt(x < 0) = NaN, sqrt(+inf) = +inf, sqrt(NaN) = NaN (IEEE 754-2019, 5.4.1)",
      .sample = {{{0, 100}, {1, 4}, {0, 3.4e38}, {1.2e-38, 1}, {0, 1.2e-38}}},
      .derivative = {"g / (2 * out)"},
      .course = {.monotone = rises(0), .tails = monotone_above(0), .series = from_arb_poly<arb_poly_sqrt_series>},
      .dtype = floating("sqrt"),
  };
}

}  // namespace roundoff::ops
