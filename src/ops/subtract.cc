// subtract(x1, x2) = x1 − x2
#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

std::optional<double> special(Numbers x, const Attrs&) {
  return ieee_special(x, [x] { return x[0] - x[1]; });
}

std::optional<Rational> rational(Rationals x, const Attrs&) { return Rational(x[0] - x[1]); }

}  // namespace

Op make_subtract() {
  return {
      .name = "subtract",
      .summary = "difference of two numbers",
      .body = Elementwise{.arity = 2,
                          .ball = from_arb(arb_sub),
                          .special = special,
                          .rational = rational,
                          .pair = [](const DoubleDouble* x) { return roundoff::subtract(x[0], x[1]); }},
      .allowance = basic_operation(),
      .special_values = "inf - inf = NaN, -0 - +0 = -0, x - x = +0 (IEEE 754-2019, 6.1 and 6.3)",
      .sample = {{{-1, 1}, {-1e6, 1e6}}, {{-1, 1}, {-1e-3, 1e-3}}},
      .derivative = {"g", "-g"},
      .dtype = numeric("subtract"),
  };
}

}  // namespace roundoff::ops
