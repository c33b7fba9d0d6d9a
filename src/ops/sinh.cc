// sinh(x) = (e^x − e^−x) / 2
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (above_2exp(*in[0], kGiantExponent)) return out.set_kind(Kind::huge_pos);
  if (below_neg_2exp(*in[0], kGiantExponent)) return out.set_kind(Kind::huge_neg);
  set_monotone(out, *in[0], arb_sinh, prec);
}

}  // namespace

Op make_sinh() {
  return {
      .name = "sinh",
      .summary = "hyperbolic sine",
      .body =
          Elementwise{
              .arity = 1, .ball = ball, .special = edges({.keeps_zero = true, .neg_inf = -kInf, .pos_inf = kInf})},
      .allowance = opencl(4),
      .special_values = "sinh(±0) = ±0, sinh(±inf) = ±inf, sinh(NaN) = NaN (C17 F.10.2.5)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {-89, 89}, {-710, 710}}},
      .derivative = {"g * cosh(x1)"},
      .course = {.parity = Parity::odd,
                 .monotone = rises(),
                 .tails = monotone_everywhere(),
                 .series = from_arb_poly<arb_poly_sinh_series>},
      .dtype = floating("sinh"),
  };
}

}  // namespace roundoff::ops
