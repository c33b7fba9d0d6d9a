// Between Ball and its 32-byte form. Nothing is lost but what goes into the radius.
#include <algorithm>
#include <cmath>
#include <limits>

#include "balls/ball.h"
#include "balls/held.h"

namespace roundoff {
namespace {

constexpr double kMin = std::numeric_limits<double>::min();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr slong kHuge = slong{1} << 20;     // Kind::huge begins at 2^kHuge
constexpr slong kExpMost = slong{1} << 30;  // |Enclosure::exp| stays below

/// An upper bound that is 0 or at least kMin; +∞ where there is no finite one.
double upper(mag_srcptr r) {
  if (mag_is_zero(r)) return 0;
  if (mag_cmp_2exp_si(r, 1023) >= 0) return kInf;
  if (mag_cmp_2exp_si(r, -1022) <= 0) return kMin;
  // Exact. Not mag_get_d(), which answers 0 or +∞ already beyond 2^±1000.
  return std::ldexp(static_cast<double>(MAG_MAN(r)), static_cast<int>(MAG_EXP(r) - MAG_BITS));
}

/// x ≥ 0 rounded up to the 30 bits of a mag; exact where they suffice, so that a ball which ends at 0 still does.
void set_upper(mag_ptr out, double x) {
  int exponent = 0;
  const double mantissa = std::ceil(std::ldexp(std::frexp(x, &exponent), MAG_BITS));
  mag_set_ui_2exp_si(out, static_cast<ulong>(mantissa), exponent - MAG_BITS);
}

/// The nearest double, with what lies below the normal range as 0.
double normal_part(arf_srcptr x) {
  const double d = arf_get_d(x, ARF_RND_NEAR);
  return std::fabs(d) < kMin ? 0.0 : d;
}

/// hi + lo ± rad of a finite ball. The radius is +∞ where this cannot hold it.
Enclosure split(arf_srcptr mid, mag_srcptr rad) {
  Enclosure e;
  Arf rest;
  Mag radius;
  e.hi = normal_part(mid);
  if (std::isinf(e.hi)) return {.rad = kInf};
  arf_set_d(rest, -e.hi);
  arf_add(rest, mid, rest, ARF_PREC_EXACT, ARF_RND_DOWN);
  e.lo = normal_part(rest);
  const double sum = e.hi + e.lo;  // lo may have been rounded up to half an ulp of hi
  e.lo = e.lo - (sum - e.hi);
  e.hi = sum;
  arf_set_d(rest, -e.hi);
  arf_add(rest, mid, rest, ARF_PREC_EXACT, ARF_RND_DOWN);
  Arf low;
  arf_set_d(low, e.lo);
  arf_sub(rest, rest, low, ARF_PREC_EXACT, ARF_RND_DOWN);
  arf_get_mag(radius, rest);
  mag_add(radius, radius, rad);
  e.rad = upper(radius);
  return e;
}

/// Whether split() would leave float64's normal range with exp = 0.
bool needs_exponent(arf_srcptr mid, mag_srcptr rad) {
  if (!mag_is_zero(rad) && (mag_cmp_2exp_si(rad, -1020) < 0 || mag_cmp_2exp_si(rad, 1020) > 0)) return true;
  if (arf_is_zero(mid)) return false;
  if (arf_cmpabs_2exp_si(mid, 1023) >= 0) return arf_bits(mid) > 53 || arf_cmpabs_2exp_si(mid, 1024) >= 0;
  if (arf_cmpabs_2exp_si(mid, -1022) < 0) return true;
  if (arf_bits(mid) <= 53 && mag_is_zero(rad)) return false;
  return arf_cmpabs_2exp_si(mid, -1022 + 53 + 53 + 64) < 0;
}

/// ⌊log2⌋ + 1 of the larger of midpoint and radius, clamped to ±2 kExpMost.
slong magnitude(arf_srcptr mid, mag_srcptr rad) {
  const auto clamped = [](const fmpz_t e) {
    if (fmpz_cmp_si(e, 2 * kExpMost) > 0) return 2 * kExpMost;
    if (fmpz_cmp_si(e, -2 * kExpMost) < 0) return -2 * kExpMost;
    return fmpz_get_si(e);
  };
  if (arf_is_zero(mid)) return clamped(MAG_EXPREF(rad));
  if (mag_is_zero(rad)) return clamped(ARF_EXPREF(mid));
  return std::max(clamped(MAG_EXPREF(rad)), clamped(ARF_EXPREF(mid)));
}

/// Below 2^-kExpMost: the ball between 0 and that bound, on the side(s) where the number may lie.
Enclosure tiny(const Ball& ball) {
  Enclosure e{.hi = 0, .lo = 0, .rad = 1, .exp = -static_cast<std::int32_t>(kExpMost)};
  if (arb_is_nonnegative(ball.arb())) return {.hi = 0.5, .lo = 0, .rad = 0.5, .exp = e.exp};
  if (arb_is_nonpositive(ball.arb())) return {.hi = -0.5, .lo = 0, .rad = 0.5, .exp = e.exp};
  return e;
}

Enclosure scaled(const Ball& ball) {
  const arf_srcptr mid = arb_midref(ball.arb());
  const mag_srcptr rad = arb_radref(ball.arb());
  const slong exponent = magnitude(mid, rad);
  if (exponent > kHuge) {
    Arf low;
    arb_get_lbound_arf(low, ball.arb(), 64);
    if (arf_sgn(low) > 0 && arf_cmpabs_2exp_si(low, kHuge) >= 0) return {.kind = Kind::huge_pos};
    arb_get_ubound_arf(low, ball.arb(), 64);
    if (arf_sgn(low) < 0 && arf_cmpabs_2exp_si(low, kHuge) >= 0) return {.kind = Kind::huge_neg};
  }
  if (exponent > kExpMost) return {.kind = Kind::undecided};
  if (exponent < -kExpMost) return tiny(ball);
  Ball unit = ball;
  arb_mul_2exp_si(unit.arb(), unit.arb(), -exponent);
  Enclosure e = split(arb_midref(unit.arb()), arb_radref(unit.arb()));
  e.exp = static_cast<std::int32_t>(exponent);
  return e;
}

}  // namespace

Enclosure enclosure_of(double x) {
  if (std::isnormal(x)) return {.hi = x};
  Ball ball;
  ball.set_double(x);
  return enclosure_of(ball);
}

Enclosure enclosure_of(const Ball& ball) {
  if (!ball.real()) return {.kind = ball.kind()};
  if (!arb_is_finite(ball.arb())) return {.kind = Kind::undecided};
  const arf_srcptr mid = arb_midref(ball.arb());
  const mag_srcptr rad = arb_radref(ball.arb());
  if (arb_is_zero(ball.arb())) return {};
  const Enclosure e = needs_exponent(mid, rad) ? scaled(ball) : split(mid, rad);
  return std::isinf(e.rad) ? Enclosure{.kind = Kind::undecided} : e;
}

void set(Ball& out, const Enclosure& enclosure) {
  out.set_kind(enclosure.kind);
  if (!enclosure.real()) {
    arb_zero(out.arb());
    return;
  }
  const arf_ptr mid = arb_midref(out.arb());
  arf_set_d(mid, enclosure.hi);
  if (enclosure.lo != 0) {
    Arf low;
    arf_set_d(low, enclosure.lo);
    arf_add(mid, mid, low, ARF_PREC_EXACT, ARF_RND_DOWN);
  }
  set_upper(arb_radref(out.arb()), enclosure.rad);
  if (enclosure.exp != 0) arb_mul_2exp_si(out.arb(), out.arb(), enclosure.exp);
  out.settle();
}

double midpoint(const Enclosure& enclosure) {
  switch (enclosure.kind) {
    case Kind::nan:
    case Kind::undecided:
      return std::numeric_limits<double>::quiet_NaN();
    case Kind::pos_inf:
    case Kind::huge_pos:
      return kInf;
    case Kind::neg_inf:
    case Kind::huge_neg:
      return -kInf;
    case Kind::neg_zero:
      return -0.0;
    case Kind::real:
      break;
  }
  if (enclosure.exp == 0) return enclosure.hi;
  Ball ball;
  set(ball, enclosure);
  return arf_get_d(arb_midref(ball.arb()), ARF_RND_NEAR);
}

}  // namespace roundoff
