// log(x): the y with e^y = x
#include "kernels/elementary.h"
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {

Op make_log() {
  return {
      .name = "log",
      .summary = "natural logarithm",
      .body = Elementwise{.arity = 1,
                          .ball = monotone_on(0, kInf, Ends::open, arb_log),
                          .special = edges({.zero = -kInf, .pos_inf = kInf, .points = {{1, 0}}}),
                          .pair = [](const DoubleDouble* x) { return roundoff::log(x[0]); }},
      .allowance = opencl(3),
      .special_values =
          "log(±0) = -inf, log(1) = +0, log(x < 0) = NaN, log(+inf) = +inf, log(NaN) = NaN (C17 F.10.3.7)",
      .sample = {{{0.5, 2}, {0, 1}, {1, 1e6}, {1e-38, 3e38}}},
      .derivative = {"g / x1"},
      .course = {.monotone = rises(0), .tails = monotone_above(0), .series = from_arb_poly<arb_poly_log_series>},
      .dtype = floating("log"),
  };
}

}  // namespace roundoff::ops
