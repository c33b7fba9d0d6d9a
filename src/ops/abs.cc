// abs(x) = |x|
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long) { set_abs(out, *in[0]); }

std::optional<double> special(Numbers x, const Attrs&) { return std::fabs(x[0]); }

std::optional<Rational> rational(Rationals x, const Attrs&) { return Rational(abs(x[0])); }

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong, slong) {
  const int sign = sign_of(x);
  if (sign == 0) return set_indeterminate(out);
  sign < 0 ? arb_poly_neg(out, x) : arb_poly_set(out, x);
}

}  // namespace

Op make_abs() {
  return {
      .name = "abs",
      .summary = "absolute value",
      .body = Elementwise{.arity = 1, .ball = ball, .special = special, .rational = rational},
      .allowance = nothing_to_round(),
      .special_values = "abs(-0) = +0, abs(±inf) = +inf, abs(NaN) = NaN (IEEE 754-2019, 5.5.1)",
      .sample = {{{-1, 1}, {-1e6, 1e6}}},
      .derivative = {"g * sign(x1)"},
      .course = {.parity = Parity::even, .monotone = valley(), .tails = monotone_everywhere(), .series = series},
      .dtype = numeric("abs"),
  };
}

}  // namespace roundoff::ops
