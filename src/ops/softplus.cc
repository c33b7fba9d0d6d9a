// softplus(x) = log(1 + e^x)
#include "kernels/elementary.h"
#include "ops/shared/course.h"
#include "ops/shared/exponential.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const Ball& x = *in[0];
  if (below_neg_2exp(x, kGiantExponent)) return set_tiny(out);
  if (!above_2exp(x, kGiantExponent)) return set_monotone(out, x, softplus_arb, prec);
  set_tiny(out);
  arb_add(out.arb(), x.arb(), out.arb(), prec);
  out.settle();
}

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  logistic(out, x, length, prec);
  integrate(out, length, prec);
}

}  // namespace

Op make_softplus() {
  return {
      .name = "softplus",
      .summary = "smooth form of relu",
      .body = Elementwise{.arity = 1,
                          .ball = ball,
                          .special = edges({.neg_inf = 0.0, .pos_inf = kInf}),
                          .pair =
                              [](const DoubleDouble* x) {
                                return roundoff::log(add({1, 0, 0}, exp(x[0])));
                              }},
      .allowance =
          {
              .ulps = 10,
              .scale_ulps = 2,
              .scale = 1,
              .source = "log1p(exp(x)): exp within 3 ulp (6u), passed on with a condition below 1, log1p within 2 ulp "
                        "(4u): 10u; weak: "
                        "log(1 + exp(x)), whose sum near 1 is rounded to half an ulp of 1 or less, then the logarithm",
          },
      .special_values = "softplus(-inf) = +0, softplus(+inf) = +inf, softplus(NaN) = NaN (the limits)",
      .sample = {{{-10, 10}, {-88, 40}, {-745, 100}}},
      .derivative = {"g * sigmoid(x1)"},
      .course = {.monotone = rises(), .tails = monotone_everywhere(), .series = series},
      .variants =
          {
              {.name = "linear above 20",
               .expression = "where(greater(x1, 20), x1, softplus(x1))",
               .who = "PyTorch torch.nn.functional.softplus, threshold=20"},
          },
      .dtype = floating("softplus"),
  };
}

}  // namespace roundoff::ops
