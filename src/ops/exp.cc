// exp(x) = e^x
#include "kernels/elementary.h"
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (above_2exp(*in[0], kGiantExponent)) return out.set_kind(Kind::huge_pos);
  if (below_neg_2exp(*in[0], kGiantExponent)) return set_tiny(out);
  set_monotone(out, *in[0], arb_exp, prec);
}

}  // namespace

Op make_exp() {
  return {
      .name = "exp",
      .summary = "e raised to the power x",
      .body = Elementwise{.arity = 1,
                          .ball = ball,
                          .special = edges({.zero = 1.0, .neg_inf = 0.0, .pos_inf = kInf}),
                          .pair = [](const DoubleDouble* x) { return exp(x[0]); }},
      .allowance = opencl(3),
      .special_values = "exp(±0) = 1, exp(-inf) = +0, exp(+inf) = +inf, exp(NaN) = NaN (C17 F.10.3.1)",
      .sample = {{{-87.3, 88.7}, {-1, 1}, {-103.9, -87.3}, {-745, 709.7}}},
      .derivative = {"g * out"},
      .course = {.monotone = rises(), .tails = monotone_everywhere(), .series = from_arb_poly<arb_poly_exp_series>},
      .dtype = floating("exp"),
  };
}

}  // namespace roundoff::ops
