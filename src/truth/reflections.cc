#include "truth/reflections.h"

#include <bit>
#include <cmath>

#include "balls/ball.h"
#include "balls/held.h"

namespace roundoff::truth {
namespace {

constexpr long kBits = 140;
constexpr std::uint32_t kSign = 0x8000'0000, kLeast = 0x4480'0000, kBeyond = 0x4b00'0000;  // 2^10 and 2^23
constexpr std::uint32_t kHidden = 0x80'0000;

double value(std::uint32_t pattern) { return static_cast<double>(std::bit_cast<float>(pattern)); }

DoubleDouble pair_of(const Ball& x) {
  const Enclosure e = enclosure_of(x);
  return {e.hi, e.lo, e.rad};
}

/// ln(π / |sin πz|), or π·cot πz.
DoubleDouble periodic(double z, bool logarithmic) {
  Ball x, out, pi;
  x.set_double(z);
  arb_const_pi(pi.arb(), kBits);
  if (logarithmic) {
    arb_sin_pi(out.arb(), x.arb(), kBits);
    arb_abs(out.arb(), out.arb());
    arb_div(out.arb(), pi.arb(), out.arb(), kBits);
    arb_log(out.arb(), out.arb(), kBits);
  } else {
    arb_cot_pi(out.arb(), x.arb(), kBits);
    arb_mul(out.arb(), out.arb(), pi.arb(), kBits);
  }
  return pair_of(out);
}

}  // namespace

bool Reflections::serves(std::uint32_t pattern) {
  return (pattern & kSign) != 0 && (pattern & ~kSign) >= kLeast && (pattern & ~kSign) < kBeyond;
}

/// A period is 1: of 2^k ≤ z < 2^(k+1), z = (2^23 + m)·2^(k−23), the places m mod 2^(23−k).
void Reflections::start_binade(std::uint32_t size) {
  binade_ = size / kHidden;
  const std::uint32_t first = binade_ * kHidden;
  const double step = value(first + 1) - value(first);
  periodic_.assign(static_cast<std::size_t>(1 / step), no_answer());
  for (std::size_t i = 1; i < periodic_.size(); ++i)
    periodic_[i] = periodic(static_cast<double>(i) * step, logarithmic_);
}

void Reflections::start_row(std::uint32_t size) {
  row_ = size >> kRowLevel;
  centre_ = value((row_ << kRowLevel) + (1u << (kRowLevel - 1)));
  Poly at, series;
  Ball coefficient;
  arb_poly_set_coeff_si(at, 1, 1);
  coefficient.set_double(centre_);
  arb_add_ui(coefficient.arb(), coefficient.arb(), 1, kBits);
  arb_poly_set_coeff_arb(at, 0, coefficient.arb());
  (logarithmic_ ? arb_poly_lgamma_series : arb_poly_digamma_series)(series, at, kTerms, kBits);
  for (int k = 0; k < kTerms; ++k) {
    arb_poly_get_coeff_arb(coefficient.arb(), series, k);
    const DoubleDouble pair = pair_of(coefficient);
    smooth_[static_cast<std::size_t>(k)] = logarithmic_ ? -pair : pair;
  }
}

/// With |δ| ≤ 2^-13·z, S the smooth function's size (above 6 and, of lgamma, above 5·z):
/// - remainder: |digamma^(m)(t)| ≤ (m − 1)!/t^m + m!/t^(m+1), so coefficient 6 of lgamma is below 0.04/z^5 and that of
///   digamma below 0.2/z^6: with δ^6 below 2^-82·z and 2^-80;
/// - the terms from δ² on are below 2^-26·z and 2^-26, and are added in double with ten roundings: 2^-75·z, 2^-75;
/// - the first two are added in double-double arithmetic, which keeps its own books.
/// Together below 2^-74 of S.
DoubleDouble Reflections::truth(std::uint32_t pattern) {
  const std::uint32_t size = pattern & ~kSign;
  if (size / kHidden != binade_) start_binade(size);
  if (size >> kRowLevel != row_) start_row(size);
  const DoubleDouble& place = periodic_[size % periodic_.size()];
  if (!std::isfinite(place.rad)) return place;
  const double offset = value(size) - centre_;  // exact
  double tail = 0;
  for (int k = kTerms; k-- > 2;) tail = tail * offset + smooth_[static_cast<std::size_t>(k)].hi;
  const DoubleDouble rest{tail * offset * offset, 0, std::fabs(smooth_[0].hi) * 0x1p-74};
  const DoubleDouble line = add(smooth_[0], multiply(smooth_[1], {offset, 0, 0}));
  return add(add(line, rest), place);
}

}  // namespace roundoff::truth
