// divide(x1, x2) = x1 / x2
#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (arb_contains_zero(in[1]->arb())) return out.set_kind(Kind::undecided);
  arb_div(out.arb(), in[0]->arb(), in[1]->arb(), prec);
  out.settle();
}

std::optional<double> special(Numbers x, const Attrs&) {
  if (x[0] == 0 || x[1] == 0 || !std::isfinite(x[0]) || !std::isfinite(x[1])) return x[0] / x[1];
  return std::nullopt;
}

std::optional<Rational> rational(Rationals x, const Attrs&) {
  if (sgn(x[1]) == 0) return std::nullopt;
  return Rational(x[0] / x[1]);
}

}  // namespace

Op make_divide() {
  return {
      .name = "divide",
      .summary = "quotient of two numbers",
      .body = Elementwise{.arity = 2,
                          .ball = ball,
                          .special = special,
                          .rational = rational,
                          .pair = [](const DoubleDouble* x) { return roundoff::divide(x[0], x[1]); }},
      .allowance = basic_operation(),
      .special_values =
          "x / ±0 = ±inf, ±0 / ±0 = NaN, ±inf / ±inf = NaN, x / ±inf = ±0 (IEEE 754-2019, 6.1, 7.2 and 7.3)",
      .sample = {{{-1, 1}, {-1e6, 1e6}}, {{0.5, 2}, {-1e3, 1e3}}},
      .derivative = {"g / x2", "-g * out / x2"},
      .dtype = floating("divide"),
  };
}

}  // namespace roundoff::ops
