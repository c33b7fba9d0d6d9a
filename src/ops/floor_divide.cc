// floor_divide(x1, x2) = ⌊x1/x2⌋
#include "balls/held.h"
#include "ops/shared/steps.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const Ball &x = *in[0], &divisor = *in[1];
  if (arb_contains_zero(divisor.arb())) return out.set_kind(Kind::undecided);
  if (x.exact() && divisor.exact()) {
    Ball remainder;
    if (!divide_exactly(x, divisor, out, remainder)) out.set_kind(Kind::undecided);
    return;
  }
  Arf low, high;
  arb_div(out.arb(), x.arb(), divisor.arb(), prec);
  arb_get_interval_arf(low, high, out.arb(), prec + 64);
  arf_floor(low, low);
  arf_floor(high, high);
  set_interval(out, low, high, prec);
}

std::optional<double> special(Numbers x, const Attrs&) {
  if (std::isnan(x[0]) || std::isnan(x[1])) return kNaN;
  if (std::isinf(x[0]) || x[1] == 0 || x[0] == 0) return x[0] / x[1];
  if (std::isinf(x[1])) return (x[0] < 0) == (x[1] < 0) ? 0.0 : -1.0;
  return std::nullopt;
}

std::optional<Rational> rational(Rationals x, const Attrs&) {
  if (sgn(x[1]) == 0) return std::nullopt;
  return to_integer(x[0] / x[1], Direction::down);
}

}  // namespace

Op make_floor_divide() {
  return {
      .name = "floor_divide",
      .summary = "largest integer not above the quotient",
      .body = Elementwise{.arity = 2, .ball = ball, .special = special, .rational = rational},
      .allowance = {.ulps = 1, .source = "an integer beyond 2^p is rounded once"},
      .special_values =
          "x // ±0 = ±inf, ±0 // ±0 = NaN, ±inf // x = ±inf, ±inf // ±inf = NaN, x // ±inf = +0 where the "
          "signs agree, else -1 (array API 2023.12: floor_divide; NumPy answers NaN for ±inf // x)",
      .sample = {{{-10, 10}, {-1e6, 1e6}}, {{0.5, 5}, {-5, -0.5}, {1e-3, 1e3}}},
      .derivative = {"0", "0"},
      .variants =
          {
              {.name = "truncated quotient",
               .expression = "trunc(x1 / x2)",
               .who = "C integer division, PyTorch before 1.13 (C17 6.5.5)"},
          },
      .dtype = numeric("floor_divide"),
  };
}

}  // namespace roundoff::ops
