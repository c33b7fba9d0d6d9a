// var(x, axis=None, correction=0, keepdims=False): Σ (x − mean)² / (n − correction) along axes

#include "ops/shared/elementwise.h"
#include "ops/shared/variance.h"

namespace roundoff::ops {
namespace {

void ball(std::span<Ball> out, std::span<const Ball> in, const Attrs& attrs, long prec) {
  variance_ball(out[0], in, attrs, prec);
}

void budget(std::span<double> out_rad, std::span<const double>, std::span<const double> mid,
            std::span<const double> rad, const Unit& unit, const Attrs& attrs) {
  out_rad[0] = variance_budget(mid, rad, unit, attrs);
}

bool rational(std::span<Rational> out, std::span<const Rational> in, const Attrs& attrs) {
  const double divisor = static_cast<double>(in.size()) - number_attr(attrs, "correction");
  if (in.empty() || !(divisor > 0)) return false;
  Rational sum = 0, squares = 0;
  for (const Rational& x : in) {
    sum += x;
    squares += x * x;
  }
  const Rational n(static_cast<unsigned long>(in.size()));
  out[0] = (squares - sum * sum / n) / Rational(divisor);
  return true;
}

}  // namespace

Op make_var() {
  return {
      .name = "var",
      .summary = "variance of the elements along axes",
      .body = Fiber{.ball = ball, .budget = budget, .rational = rational},
      .attrs = {axis_attr(std::monostate()), correction_attr(), keepdims_attr()},
      .allowance = {.ulps = 2,
                    .source = "a quotient of a sum that may itself be rounded; inside: two passes (sums in any order, "
                              "Rump 2012) or Welford's updates (Chan, Golub & LeVeque "
                              "1983); the formula E[x²] - E[x]² is not inside"},
      .special_values =
          "NaN where an argument is NaN or infinite, and of no elements; n <= correction divides by 0 (NumPy, PyTorch)",
      .derivative = {"expand(g) * 2 * (x1 - average(x1)) / (count - correction)"},
      .variants =
          {{.name = "ddof 1",
            .attrs = {{"correction", 1.0}},
            .who = "torch.var and pandas: sample, not population (their reference pages)"},
           {.name = "ddof 0",
            .attrs = {{"correction", 0.0}},
            .who =
                "numpy.var, jax.numpy.var, tf.math.reduce_variance: population, not sample (their reference pages)"}},
      .dtype = floating("var"),
  };
}

}  // namespace roundoff::ops
