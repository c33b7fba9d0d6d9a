// Correct rounding of a ball, decided or refused. Overflow as IEEE 754-2019, 4.3.1: |t| ≥ max_finite + ulp/2 rounds to
// ±∞.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "balls/ball.h"
#include "balls/held.h"

namespace roundoff {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// x to nearest even in the format.
double round_arf(arf_srcptr x, const Format& format) {
  const int sign = arf_sgn(x);
  if (sign == 0) return 0.0;
  if (arf_cmpabs_2exp_si(x, format.emax + 1) >= 0) return sign * kInf;
  const slong quantum = format.emin - format.precision + 1;
  if (arf_cmpabs_2exp_si(x, quantum - 1) < 0) return std::copysign(0.0, sign);
  slong exponent = fmpz_get_si(ARF_EXPREF(x)) - 1;  // ⌊log2|x|⌋
  if (exponent < format.emin) exponent = format.emin;
  const slong weight = exponent - format.precision + 1;
  Arf scaled;
  Integer integer;
  arf_mul_2exp_si(scaled, x, -weight);
  arf_get_fmpz(integer, scaled, ARF_RND_NEAR);
  const double significand = static_cast<double>(fmpz_get_si(integer));  // at most 2^precision: exact
  if (std::fabs(significand) == std::ldexp(1.0, format.precision) && exponent == format.emax) return sign * kInf;
  return significand == 0 ? std::copysign(0.0, sign) : std::ldexp(significand, static_cast<int>(weight));
}

/// |x| lies well inside float64's normal range: spacings and their quarters are doubles.
bool comfortable(double x) { return std::fabs(x) > 0x1p-900 && std::fabs(x) < 0x1p1000; }

double power_of_two(int exponent) { return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52); }

int exponent_of(double x) { return static_cast<int>((std::bit_cast<std::uint64_t>(x) >> 52) & 0x7ff) - 1023; }

/// The answer where plain doubles prove it; NaN where they do not.
double quick(const Enclosure& e, const Format& format) {
  constexpr double kUnclear = std::numeric_limits<double>::quiet_NaN();
  if (e.exp != 0 || !comfortable(e.hi)) return kUnclear;
  const double reach = (std::fabs(e.lo) + e.rad) * (1 + 0x1p-50);  // |t − hi| ≤ reach
  const int exponent = exponent_of(e.hi);
  if (format.precision == 53) {
    const bool binade_start = (std::bit_cast<std::uint64_t>(e.hi) << 12) == 0;  // the doubles below lie twice as close
    return reach < power_of_two(exponent - (binade_start ? 54 : 53)) ? e.hi : kUnclear;
  }
  if (exponent > format.emax) {
    return exponent > format.emax + 1 && reach < std::fabs(e.hi) / 4 ? std::copysign(kInf, e.hi) : kUnclear;
  }
  const double step = power_of_two(std::max(exponent, format.emin) - format.precision + 1);
  const double magic = step * 0x1.8p52;  // adding it rounds to a multiple of step, ties to even
  const double y = std::copysign((e.hi + magic) - magic, e.hi);
  const double offset = std::fabs(e.hi - y);  // exact
  if (reach != 0) {
    // Where y is a power of two the half step below it is a quarter of `step`: then reach alone may cross it.
    if (!(offset + reach < step / 2 * (1 - 0x1p-50)) || !(reach < step / 4)) return kUnclear;
    if (y == 0 && std::fabs(e.hi) <= reach) return kUnclear;
  }
  return std::fabs(y) > power_of_two(format.emax) * (2 - 0x1p-30) ? std::copysign(kInf, e.hi) : y;
}

}  // namespace

std::optional<double> rounded(const Ball& ball, const Format& format) {
  switch (ball.kind()) {
    case Kind::nan:
      return std::numeric_limits<double>::quiet_NaN();
    case Kind::pos_inf:
    case Kind::huge_pos:
      return kInf;
    case Kind::neg_inf:
    case Kind::huge_neg:
      return -kInf;
    case Kind::neg_zero:
      return -0.0;
    case Kind::undecided:
      return std::nullopt;
    case Kind::real:
      break;
  }
  const arf_srcptr mid = arb_midref(ball.arb());
  if (arb_is_exact(ball.arb())) return round_arf(mid, format);
  Arf low, high;
  // Ends rounded outwards, with so many bits that a midpoint off a tie stays on its side of it.
  arb_get_interval_arf(low, high, ball.arb(), arf_bits(mid) + 64);
  const double a = round_arf(low, format);
  const double b = round_arf(high, format);
  const bool negative = arf_sgn(low) < 0 && arf_sgn(high) <= 0;
  if (a != b) return std::nullopt;
  return a == 0 ? (negative ? -0.0 : 0.0) : a;
}

std::optional<double> rounded(const Enclosure& enclosure, const Format& format) {
  if (enclosure.real()) {
    if (enclosure.hi == 0 && enclosure.rad == 0) return 0.0;
    const double answer = quick(enclosure, format);
    if (!std::isnan(answer)) return answer;
  }
  Ball ball;
  set(ball, enclosure);
  return rounded(ball, format);
}

}  // namespace roundoff
