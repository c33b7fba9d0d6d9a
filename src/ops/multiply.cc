// multiply(x1, x2) = x1 · x2
#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

std::optional<double> special(Numbers x, const Attrs&) {
  if (x[0] == 0 || x[1] == 0 || !std::isfinite(x[0]) || !std::isfinite(x[1])) return x[0] * x[1];
  return std::nullopt;
}

std::optional<Rational> rational(Rationals x, const Attrs&) { return Rational(x[0] * x[1]); }

}  // namespace

Op make_multiply() {
  return {
      .name = "multiply",
      .summary = "product of two numbers",
      .body = Elementwise{.arity = 2,
                          .ball = from_arb(arb_mul),
                          .special = special,
                          .rational = rational,
                          .pair = [](const DoubleDouble* x) { return roundoff::multiply(x[0], x[1]); }},
      .allowance = basic_operation(),
      .special_values =
          "±0 · ±inf = NaN; the sign of zeros and infinities is the product of the signs (IEEE 754-2019, 6.1, 6.3 and "
          "7.2)",
      .sample = {{{-1, 1}, {-1e6, 1e6}}, {{-1, 1}, {-1e-3, 1e3}}},
      .derivative = {"g * x2", "g * x1"},
      .dtype = numeric("multiply"),
  };
}

}  // namespace roundoff::ops
