// erf(x) = 2/√π · ∫₀ˣ e^−t² dt
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (above_2exp(*in[0], kGiantExponent / 2)) return set_near(out, 1);
  if (below_neg_2exp(*in[0], kGiantExponent / 2)) return set_near(out, -1);
  set_monotone(out, *in[0], arb_hypgeom_erf, prec);
}

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  gaussian(out, x, 2, 1, length, prec);
}

}  // namespace

Op make_erf() {
  return {
      .name = "erf",
      .summary = "error function",
      .body =
          Elementwise{
              .arity = 1, .ball = ball, .special = edges({.keeps_zero = true, .neg_inf = -1.0, .pos_inf = 1.0})},
      .allowance = opencl(16),
      .special_values = "erf(±0) = ±0, erf(±inf) = ±1, erf(NaN) = NaN (C17 F.10.5.1)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {-6, 6}}},
      .derivative = {"g * exp(-square(x1)) / sqrt(atan(1))"},
      .course = {.parity = Parity::odd, .monotone = rises(), .tails = monotone_everywhere(), .series = series},
      .dtype = floating("erf"),
  };
}

}  // namespace roundoff::ops
