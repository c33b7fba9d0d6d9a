// std(x, axis=None, correction=0, keepdims=False): √var(x) along axes
#include <algorithm>
#include <cmath>

#include "ops/shared/elementwise.h"
#include "ops/shared/variance.h"

namespace roundoff::ops {
namespace {

void ball(std::span<Ball> out, std::span<const Ball> in, const Attrs& attrs, long prec) {
  variance_ball(out[0], in, attrs, prec);
  if (!out[0].real()) return;
  arb_sqrtpos(out[0].arb(), out[0].arb(), prec);
  out[0].settle();
}

/// |√(v + e) − √v| ≤ √v − √(v − e), or what remains of either side where e passes v.
void budget(std::span<double> out_rad, std::span<const double> out_mid, std::span<const double> mid,
            std::span<const double> rad, const Unit& unit, const Attrs& attrs) {
  const double root = std::fabs(out_mid[0]), variance = root * root;
  const double error = (variance_budget(mid, rad, unit, attrs) + 4 * unit.u * variance + 2 * unit.eta) * slack(1);
  out_rad[0] = (error < variance ? error / (root + std::sqrt(variance - error))
                                 : std::max(root, std::sqrt(variance + error) - root)) *
               slack(4);
}

}  // namespace

Op make_std() {
  return {
      .name = "std",
      .summary = "standard deviation of the elements along axes",
      .body = Fiber{.ball = ball, .budget = budget},
      .attrs = {axis_attr(std::monostate()), correction_attr(), keepdims_attr()},
      .allowance = {.ulps = 1,
                    .source = "one square root; inside: two passes (sums in any order, Rump 2012) or Welford's updates "
                              "(Chan, Golub & LeVeque "
                              "1983); the formula E[x²] - E[x]² is not inside"},
      .special_values =
          "NaN where an argument is NaN or infinite, and of no elements; n <= correction divides by 0 (NumPy, PyTorch)",
      .derivative = {"expand(g) * (x1 - average(x1)) / ((count - correction) * expand(out))"},
      .variants =
          {{.name = "ddof 1",
            .attrs = {{"correction", 1.0}},
            .who = "torch.std and pandas: sample, not population (their reference pages)"},
           {.name = "ddof 0",
            .attrs = {{"correction", 0.0}},
            .who = "numpy.std, jax.numpy.std, tf.math.reduce_std: population, not sample (their reference pages)"}},
      .dtype = floating("std"),
  };
}

}  // namespace roundoff::ops
