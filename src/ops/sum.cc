// sum(x, axis=None, keepdims=False): Σ x along axes
#include "ops/shared/fibers.h"

namespace roundoff::ops {
namespace {

void ball(std::span<Ball> out, std::span<const Ball> in, const Attrs&, long prec) { sum_balls(out[0], in, prec); }

bool enclose(std::span<Enclosure> out, std::span<const Enclosure> in, const Attrs&) {
  EnclosureSum sum;
  for (const Enclosure& e : in) {
    if (!sum.take(e)) return false;
  }
  return sum.write(out[0]);
}

void budget(std::span<double> out_rad, std::span<const double>, std::span<const double> mid,
            std::span<const double> rad, const Unit& unit, const Attrs&) {
  SumBudget total;
  for (std::size_t i = 0; i < mid.size(); ++i) total.take(mid[i], rad[i]);
  out_rad[0] = total.radius(unit);
}

bool rational(std::span<Rational> out, std::span<const Rational> in, const Attrs&) {
  out[0] = 0;
  for (const Rational& x : in) out[0] += x;
  return true;
}

}  // namespace

Op make_sum() {
  return {
      .name = "sum",
      .summary = "sum of the elements along axes",
      .body = Fiber{.ball = ball, .enclose = enclose, .budget = budget, .rational = rational},
      .attrs = {axis_attr(std::monostate()), keepdims_attr()},
      .allowance = {.ulps = 1,
                    .source = "one rounding of the result; the sum itself: (n-1)·u·Σ|x| in any order (Rump 2012)"},
      .special_values =
          "inf + -inf = NaN, NaN propagates, only -0 sums to -0, no elements to +0 (IEEE 754-2019, 6.1 and 6.3; array "
          "API 2023.12)",
      .derivative = {"expand(g)"},
      .dtype = dtype_of_sum,
  };
}

}  // namespace roundoff::ops
