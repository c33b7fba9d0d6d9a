#include "ops/shared/steps.h"

#include <algorithm>

#include "balls/held.h"

namespace roundoff::ops {
namespace {

/// Longest integer that divide_exactly() works on; two float64 numbers need 2,150 bits.
constexpr slong kMostBits = slong{1} << 16;

void step(arf_t out, arf_srcptr x, Direction direction) {
  if (direction == Direction::to_zero) direction = arf_sgn(x) < 0 ? Direction::up : Direction::down;
  if (direction == Direction::down) return arf_floor(out, x);
  if (direction == Direction::up) return arf_ceil(out, x);
  if (arf_is_int(x)) return arf_set(out, x);
  // Not an integer: its bits reach below 1, so that its magnitude is no longer than its own precision.
  Integer nearest;
  arf_get_fmpz(nearest, x, ARF_RND_NEAR);
  arf_set_fmpz(out, nearest);
}

double step(double x, Direction direction) {
  switch (direction) {
    case Direction::down:
      return std::floor(x);
    case Direction::up:
      return std::ceil(x);
    case Direction::to_zero:
      return std::trunc(x);
    case Direction::to_even:
      // The remainder is exact and its ties go to the even quotient; the difference is exact too.
      return std::isfinite(x) ? std::copysign(x - std::remainder(x, 1.0), x) : x;
  }
  return x;
}

void step_ball(Ball& out, const Ball& x, Direction direction, long prec) {
  Arf low, high;
  arb_get_interval_arf(low, high, x.arb(), arf_bits(arb_midref(x.arb())) + 64);
  step(low, low, direction);
  step(high, high, direction);
  set_interval(out, low, high, prec);
  // IEEE 754-2019, 5.9: a zero result has the sign of the operand.
  if (arb_is_zero(out.arb()) && arb_is_negative(x.arb())) out.set_kind(Kind::neg_zero);
}

}  // namespace

Rational to_integer(const Rational& x, Direction direction) {
  mpz_class down, up;
  mpz_fdiv_q(down.get_mpz_t(), x.get_num_mpz_t(), x.get_den_mpz_t());
  mpz_cdiv_q(up.get_mpz_t(), x.get_num_mpz_t(), x.get_den_mpz_t());
  switch (direction) {
    case Direction::down:
      return Rational(down);
    case Direction::up:
      return Rational(up);
    case Direction::to_zero:
      return Rational(sgn(x) < 0 ? up : down);
    case Direction::to_even: {
      const int nearer = cmp(Rational(x - down), Rational(up - x));
      if (nearer != 0) return Rational(nearer < 0 ? down : up);
      return Rational(mpz_even_p(down.get_mpz_t()) ? down : up);
    }
  }
  return x;
}

Elementwise integer_step(Direction direction) {
  Elementwise f;
  f.special = [direction](Numbers x, const Attrs&) -> std::optional<double> { return step(x[0], direction); };
  f.ball = [direction](Ball& out, Arguments in, const Attrs&, long prec) { step_ball(out, *in[0], direction, prec); };
  f.rational = [direction](Rationals x, const Attrs&) -> std::optional<Rational> {
    return to_integer(x[0], direction);
  };
  return f;
}

bool divide_exactly(const Ball& a, const Ball& b, Ball& quotient, Ball& remainder) {
  Integer m, e, n, f, span;
  arf_get_fmpz_2exp(m, e, arb_midref(a.arb()));
  arf_get_fmpz_2exp(n, f, arb_midref(b.arb()));
  if (fmpz_is_zero(m)) fmpz_set(e, f);
  fmpz_sub(span, e, f);
  if (fmpz_cmp_si(span, kMostBits) > 0 || fmpz_cmp_si(span, -kMostBits) < 0) return false;
  const slong shift = fmpz_get_si(span);
  if (shift > 0) {
    fmpz_mul_2exp(m, m, static_cast<ulong>(shift));
  } else {
    fmpz_mul_2exp(n, n, static_cast<ulong>(-shift));
    fmpz_set(f, e);
  }
  fmpz_fdiv_qr(m, n, m, n);
  arb_set_fmpz(quotient.arb(), m);
  arb_set_fmpz_2exp(remainder.arb(), n, f);
  quotient.settle();
  remainder.settle();
  return true;
}

}  // namespace roundoff::ops
