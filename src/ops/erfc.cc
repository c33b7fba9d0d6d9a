// erfc(x) = 1 − erf(x)
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (above_2exp(*in[0], kGiantExponent / 2)) return set_tiny(out);
  if (below_neg_2exp(*in[0], kGiantExponent / 2)) return set_near(out, 2);
  set_monotone(out, *in[0], arb_hypgeom_erfc, prec);
}

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  gaussian(out, x, -2, 1, length, prec);
}

}  // namespace

Op make_erfc() {
  return {
      .name = "erfc",
      .summary = "complementary error function",
      .body = Elementwise{.arity = 1, .ball = ball, .special = edges({.zero = 1.0, .neg_inf = 2.0, .pos_inf = 0.0})},
      .allowance = opencl(16),
      .special_values = "erfc(±0) = 1, erfc(-inf) = 2, erfc(+inf) = +0, erfc(NaN) = NaN (C17 F.10.5.2)",
      .sample = {{{-1, 1}, {-4, 10}, {-6, 27}}},
      .derivative = {"-g * exp(-square(x1)) / sqrt(atan(1))"},
      .course = {.monotone = falls(), .tails = monotone_everywhere(), .series = series},
      .dtype = floating("erfc"),
  };
}

}  // namespace roundoff::ops
