// tanh(x) = sinh(x) / cosh(x)
#include "kernels/elementary.h"
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (above_2exp(*in[0], kGiantExponent)) return set_near(out, 1);
  if (below_neg_2exp(*in[0], kGiantExponent)) return set_near(out, -1);
  set_monotone(out, *in[0], arb_tanh, prec);
}

/// tanh(x) = 2 / (1 + e^−2x) − 1
void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  Poly twice;
  arb_poly_scalar_mul_2exp_si(twice, x, 1);
  logistic(out, twice, length, prec);
  arb_poly_scalar_mul_2exp_si(out, out, 1);
}

/// 1 − 2 / (e^(2x) + 1) for x > 0, and odd; near 0 too little of exp's precision is left.
DoubleDouble pair(const DoubleDouble* x) {
  if (std::fabs(x->hi) < 0x1p-6 || std::fabs(x->hi) > 145) return no_answer();
  const double twice = x->hi < 0 ? -2 : 2;
  const DoubleDouble power = exp(DoubleDouble{twice * x->hi, twice * x->lo, 2 * x->rad});
  const DoubleDouble out = subtract({1, 0, 0}, divide({2, 0, 0}, add(power, {1, 0, 0})));
  return x->hi < 0 ? -out : out;
}

}  // namespace

Op make_tanh() {
  return {
      .name = "tanh",
      .summary = "hyperbolic tangent",
      .body = Elementwise{.arity = 1,
                          .ball = ball,
                          .special = edges({.keeps_zero = true, .neg_inf = -1.0, .pos_inf = 1.0}),
                          .pair = pair},
      .allowance = opencl(5),
      .special_values = "tanh(±0) = ±0, tanh(±inf) = ±1, tanh(NaN) = NaN (C17 F.10.2.6)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {-10, 10}, {-20, 20}}},
      .derivative = {"g * (1 - square(out))"},
      .course = {.parity = Parity::odd, .monotone = rises(), .tails = monotone_everywhere(), .series = series},
      .dtype = floating("tanh"),
  };
}

}  // namespace roundoff::ops
