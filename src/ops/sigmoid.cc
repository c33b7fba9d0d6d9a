// sigmoid(x) = 1 / (1 + e^−x)
#include "kernels/elementary.h"
#include "ops/shared/course.h"
#include "ops/shared/exponential.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (above_2exp(*in[0], kGiantExponent)) return set_near(out, 1);
  if (below_neg_2exp(*in[0], kGiantExponent)) return set_tiny(out);
  set_monotone(out, *in[0], sigmoid_arb, prec);
}

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  logistic(out, x, length, prec);
}

DoubleDouble pair(const DoubleDouble* x) {
  return std::fabs(x->hi) > 290 ? no_answer() : divide({1, 0, 0}, add({1, 0, 0}, exp(-*x)));
}

}  // namespace

Op make_sigmoid() {
  return {
      .name = "sigmoid",
      .summary = "logistic function",
      .body =
          Elementwise{
              .arity = 1, .ball = ball, .special = edges({.zero = 0.5, .neg_inf = 0.0, .pos_inf = 1.0}), .pair = pair},
      .allowance =
          {
              .ulps = 8,
              .scale_ulps = 2,
              .scale = 1,
              .source = "1 / (1 + exp(-x)) with exp within 3 ulp (6u), one addition and one division (u each): 8u; "
                        "weak: 0.5 + tanh(x/2) / 2 "
                        "with tanh within 5 ulp, which are ulps of 1/2 at most: 1.5 ulp of 1",
          },
      .special_values = "sigmoid(±0) = 0.5, sigmoid(-inf) = +0, sigmoid(+inf) = 1, sigmoid(NaN) = NaN (the limits)",
      .sample = {{{-10, 10}, {-88, 20}, {-745, 40}}},
      .derivative = {"g * out * (1 - out)"},
      .course = {.monotone = rises(), .tails = monotone_everywhere(), .series = series},
      .dtype = floating("sigmoid"),
  };
}

}  // namespace roundoff::ops
