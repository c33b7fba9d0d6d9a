// cosh(x) = (e^x + e^−x) / 2
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  Ball size;
  set_abs(size, *in[0]);
  if (above_2exp(size, kGiantExponent)) return out.set_kind(Kind::huge_pos);
  set_monotone(out, size, arb_cosh, prec);
}

}  // namespace

Op make_cosh() {
  return {
      .name = "cosh",
      .summary = "hyperbolic cosine",
      .body = Elementwise{.arity = 1, .ball = ball, .special = edges({.zero = 1.0, .neg_inf = kInf, .pos_inf = kInf})},
      .allowance = opencl(4),
      .special_values = "cosh(±0) = 1, cosh(±inf) = +inf, cosh(NaN) = NaN (C17 F.10.2.4)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {-89, 89}, {-710, 710}}},
      .derivative = {"g * sinh(x1)"},
      .course = {.parity = Parity::even,
                 .monotone = valley(),
                 .tails = monotone_everywhere(),
                 .series = from_arb_poly<arb_poly_cosh_series>},
      .dtype = floating("cosh"),
  };
}

}  // namespace roundoff::ops
