// expm1(x) = e^x − 1
#include "kernels/elementary.h"
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (above_2exp(*in[0], kGiantExponent)) return out.set_kind(Kind::huge_pos);
  if (below_neg_2exp(*in[0], kGiantExponent)) return set_near(out, -1);
  set_monotone(out, *in[0], arb_expm1, prec);
}

/// Near 0 too little of exp's precision is left.
DoubleDouble pair(const DoubleDouble* x) {
  return std::fabs(x->hi) < 0x1p-6 ? no_answer() : subtract(exp(*x), {1, 0, 0});
}

}  // namespace

Op make_expm1() {
  return {
      .name = "expm1",
      .summary = "e raised to the power x, less one",
      .body = Elementwise{.arity = 1,
                          .ball = ball,
                          .special = edges({.keeps_zero = true, .neg_inf = -1.0, .pos_inf = kInf}),
                          .pair = pair},
      .allowance = opencl(3),
      .special_values = "expm1(±0) = ±0, expm1(-inf) = -1, expm1(+inf) = +inf, expm1(NaN) = NaN (C17 F.10.3.3)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {-20, 88.7}, {-745, 709.7}}},
      .derivative = {"g * exp(x1)"},
      .course = {.monotone = rises(), .tails = monotone_everywhere(), .series = from_arb_poly<arb_poly_exp_series>},
      .dtype = floating("expm1"),
  };
}

}  // namespace roundoff::ops
