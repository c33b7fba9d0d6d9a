// log2(x): the y with 2^y = x
#include "kernels/elementary.h"
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void log2(arb_t out, const arb_t x, slong prec) { arb_log_base_ui(out, x, 2, prec); }

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  logarithm(out, x, 2, length, prec);
}

}  // namespace

Op make_log2() {
  return {
      .name = "log2",
      .summary = "logarithm to base 2",
      .body = Elementwise{.arity = 1,
                          .ball = monotone_on(0, kInf, Ends::open, log2),
                          .special = edges({.zero = -kInf, .pos_inf = kInf, .points = {{1, 0}}}),
                          .pair = [](const DoubleDouble* x) { return divide(roundoff::log(x[0]), kLn2); }},
      .allowance = opencl(3),
      .special_values =
          "log2(±0) = -inf, log2(1) = +0, log2(x < 0) = NaN, log2(+inf) = +inf, log2(NaN) = NaN (C17 F.10.3.10); exact "
          "at powers of 2",
      .sample = {{{0.5, 2}, {0, 1}, {1, 1e6}, {1e-38, 3e38}}},
      .derivative = {"g / (x1 * log(2))"},
      .course = {.monotone = rises(0), .tails = monotone_above(0), .series = series},
      .dtype = floating("log2"),
  };
}

}  // namespace roundoff::ops
