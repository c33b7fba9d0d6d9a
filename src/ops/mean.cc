// mean(x, axis=None, keepdims=False): Σ x / n along axes
#include "ops/shared/elementwise.h"
#include "ops/shared/fibers.h"

namespace roundoff::ops {
namespace {

void ball(std::span<Ball> out, std::span<const Ball> in, const Attrs&, long prec) {
  if (in.empty()) return out[0].set_kind(Kind::nan);
  sum_balls(out[0], in, prec);
  if (!out[0].real()) return;
  arb_div_si(out[0].arb(), out[0].arb(), static_cast<slong>(in.size()), prec);
  out[0].settle();
}

bool enclose(std::span<Enclosure> out, std::span<const Enclosure> in, const Attrs&) {
  EnclosureSum sum;
  for (const Enclosure& e : in) {
    if (!sum.take(e)) return false;
  }
  return !in.empty() && sum.write_divided(out[0], static_cast<double>(in.size()));
}

void budget(std::span<double> out_rad, std::span<const double>, std::span<const double> mid,
            std::span<const double> rad, const Unit& unit, const Attrs&) {
  SumBudget total;
  for (std::size_t i = 0; i < mid.size(); ++i) total.take(mid[i], rad[i]);
  out_rad[0] = total.radius(unit) / total.count * slack(1);
}

bool rational(std::span<Rational> out, std::span<const Rational> in, const Attrs&) {
  if (in.empty()) return false;
  out[0] = 0;
  for (const Rational& x : in) out[0] += x;
  out[0] /= static_cast<unsigned long>(in.size());
  return true;
}

}  // namespace

Op make_mean() {
  return {
      .name = "mean",
      .summary = "arithmetic mean of the elements along axes",
      .body = Fiber{.ball = ball, .enclose = enclose, .budget = budget, .rational = rational},
      .attrs = {axis_attr(std::monostate()), keepdims_attr()},
      .allowance = {.ulps = 2,
                    .source =
                        "the sum's rounding and the quotient's; the sum itself: (n-1)·u·Σ|x| in any order (Rump 2012)"},
      .special_values = "as sum, divided by n; NaN of no elements (array API 2023.12)",
      .derivative = {"expand(g) / count"},
      .dtype = floating("mean"),
  };
}

}  // namespace roundoff::ops
