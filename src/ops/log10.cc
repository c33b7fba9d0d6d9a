// log10(x): the y with 10^y = x
#include "kernels/elementary.h"
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void log10(arb_t out, const arb_t x, slong prec) { arb_log_base_ui(out, x, 10, prec); }

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  logarithm(out, x, 10, length, prec);
}

}  // namespace

Op make_log10() {
  return {
      .name = "log10",
      .summary = "logarithm to base 10",
      .body = Elementwise{.arity = 1,
                          .ball = monotone_on(0, kInf, Ends::open, log10),
                          .special = edges({.zero = -kInf, .pos_inf = kInf, .points = {{1, 0}}}),
                          .pair = [](const DoubleDouble* x) { return divide(roundoff::log(x[0]), kLn10); }},
      .allowance = opencl(3),
      .special_values =
          "log10(±0) = -inf, log10(1) = +0, log10(x < 0) = NaN, log10(+inf) = +inf, log10(NaN) = NaN (C17 F.10.3.8); "
          "exact at powers of 10",
      .sample = {{{0.5, 2}, {0, 1}, {1, 1e6}, {1e-38, 3e38}}},
      .derivative = {"g / (x1 * log(10))"},
      .course = {.monotone = rises(0), .tails = monotone_above(0), .series = series},
      .dtype = floating("log10"),
  };
}

}  // namespace roundoff::ops
