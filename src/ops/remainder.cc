// remainder(x1, x2) = x1 − ⌊x1/x2⌋ · x2, which has the sign of x2
#include "balls/held.h"
#include "ops/shared/steps.h"

namespace roundoff::ops {
namespace {

bool infinite(const Ball& ball) { return ball.kind() == Kind::pos_inf || ball.kind() == Kind::neg_inf; }

bool zero(const Ball& ball) { return ball.kind() == Kind::neg_zero || (ball.real() && arb_is_zero(ball.arb())); }

/// x1 ≠ 0 with x2 = ±∞: x1 itself where the signs agree, else x2.
void against_infinity(Ball& out, const Ball& x, const Ball& infinity) {
  const bool positive = arb_is_positive(x.arb()) != 0;
  if (!positive && !arb_is_negative(x.arb())) return out.set_kind(Kind::undecided);
  out = positive == (infinity.kind() == Kind::pos_inf) ? x : infinity;
}

/// Inexact arguments: a single quotient is subtracted; where several are possible the remainder lies between 0 and x2.
void of_balls(Ball& out, const Ball& x, const Ball& divisor, long prec) {
  Arf low, high;
  arb_div(out.arb(), x.arb(), divisor.arb(), prec);
  arb_get_interval_arf(low, high, out.arb(), prec + 64);
  arf_floor(low, low);
  arf_floor(high, high);
  if (arf_equal(low, high)) {
    arb_set_arf(out.arb(), low);
    arb_neg(out.arb(), out.arb());
    arb_mul(out.arb(), out.arb(), divisor.arb(), prec);
    arb_add(out.arb(), out.arb(), x.arb(), prec);
  } else {
    arb_zero(out.arb());
    arb_union(out.arb(), out.arb(), divisor.arb(), prec);
  }
  out.settle();
}

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const Ball &x = *in[0], &divisor = *in[1];
  if (x.kind() == Kind::nan || divisor.kind() == Kind::nan || infinite(x) || zero(divisor)) {
    return out.set_kind(Kind::nan);
  }
  if (x.real() && infinite(divisor) && !zero(x)) return against_infinity(out, x, divisor);
  if (zero(x) || !x.real() || !divisor.real() || arb_contains_zero(divisor.arb())) {
    const bool signless = zero(x) && divisor.real() && !arb_contains_zero(divisor.arb());
    if (!signless) return out.set_kind(Kind::undecided);
    return out.set_double(arb_is_negative(divisor.arb()) ? -0.0 : 0.0);
  }
  if (!x.exact() || !divisor.exact()) return of_balls(out, x, divisor, prec);
  Ball quotient;
  if (!divide_exactly(x, divisor, quotient, out)) return out.set_kind(Kind::undecided);
  if (arb_is_zero(out.arb()) && arb_is_negative(divisor.arb())) out.set_kind(Kind::neg_zero);
}

std::optional<double> special(Numbers x, const Attrs&) {
  if (std::isnan(x[0]) || std::isnan(x[1]) || std::isinf(x[0]) || x[1] == 0) return kNaN;
  if (x[0] == 0) return std::copysign(0.0, x[1]);
  return std::nullopt;
}

std::optional<Rational> rational(Rationals x, const Attrs&) {
  if (sgn(x[1]) == 0) return std::nullopt;
  return Rational(x[0] - to_integer(x[0] / x[1], Direction::down) * x[1]);
}

}  // namespace

Op make_remainder() {
  return {
      .name = "remainder",
      .summary = "what floor division leaves; it has the sign of the divisor",
      .body = Elementwise{.arity = 2, .ball = ball, .special = special, .any_kind = true, .rational = rational},
      .allowance = {.ulps = 1,
                    .source = "C fmod is exact (C17 F.10.7.1); moving it to the sign of the divisor is one addition"},
      .special_values =
          "remainder(±inf, x) = remainder(x, ±0) = NaN, a zero result has the sign of x2, "
          "remainder(x, ±inf) = x where the signs agree, else ±inf (array API 2023.12: remainder)",
      .sample = {{{-10, 10}, {-1e6, 1e6}}, {{0.5, 5}, {-5, -0.5}, {1e-3, 1e3}}},
      .derivative = {"g", "-g * floor_divide(x1, x2)"},
      .variants =
          {
              {.name = "sign of the dividend",
               .expression = "x1 - trunc(x1 / x2) * x2",
               .who = "C fmod, NumPy fmod, PyTorch fmod, TensorFlow truncatemod (C17 7.12.10.1)"},
              {.name = "nearest quotient",
               .expression = "x1 - round(x1 / x2) * x2",
               .who = "C remainder, Python math.remainder (IEEE 754-2019, 5.3.1)"},
          },
      .dtype = numeric("remainder"),
  };
}

}  // namespace roundoff::ops
