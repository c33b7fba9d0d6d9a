// sign(x): −1, 0 or 1
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long) {
  const arb_srcptr x = in[0]->arb();
  const int low = arb_is_positive(x) ? 1 : arb_is_nonnegative(x) ? 0 : -1;
  const int high = arb_is_negative(x) ? -1 : arb_is_nonpositive(x) ? 0 : 1;
  arb_set_si(out.arb(), low + high);
  mag_set_ui(arb_radref(out.arb()), static_cast<ulong>(high - low));
  arb_mul_2exp_si(out.arb(), out.arb(), -1);
  out.settle();
}

std::optional<double> special(Numbers x, const Attrs&) {
  if (std::isnan(x[0])) return x[0];
  return x[0] > 0 ? 1.0 : x[0] < 0 ? -1.0 : 0.0;
}

std::optional<Rational> rational(Rationals x, const Attrs&) { return Rational(sgn(x[0])); }

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong, slong) {
  sign_of(x) == 0 ? set_indeterminate(out) : arb_poly_zero(out);
}

}  // namespace

Op make_sign() {
  return {
      .name = "sign",
      .summary = "sign of the number",
      .body = Elementwise{.arity = 1, .ball = ball, .special = special, .rational = rational},
      .allowance = nothing_to_round(),
      .special_values = "sign(±0) = +0, sign(±inf) = ±1, sign(NaN) = NaN (array API 2023.12: sign)",
      .sample = {{{-1, 1}, {-1e6, 1e6}}},
      .derivative = {"0"},
      .course = {.parity = Parity::odd, .monotone = rises(), .tails = monotone_everywhere(), .series = series},
      .dtype = numeric("sign"),
  };
}

}  // namespace roundoff::ops
