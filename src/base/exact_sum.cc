#include "base/exact_sum.h"

#include <gmp.h>

#include <algorithm>
#include <bit>
#include <limits>

namespace roundoff {
namespace {

constexpr std::int64_t kBias = 2176;  // digit 0 weighs 2^-kBias
// A digit is below 2^32 times the number of additions since the last carry.
constexpr std::int64_t kMostPending = std::int64_t{1} << 30;

__extension__ using Wide = unsigned __int128;

struct Parts {
  bool negative;
  std::uint64_t mantissa;
  std::int64_t exponent;  // of the mantissa's last bit
};

Parts parts_of(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const auto biased = static_cast<std::int64_t>(bits >> 52 & 0x7ff);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  return {.negative = bits >> 63 != 0,
          .mantissa = biased == 0 ? fraction : fraction | std::uint64_t{1} << 52,
          .exponent = std::max<std::int64_t>(biased, 1) - 1075};
}

bool is_finite(double x) { return (std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff) != 0x7ff; }

/// Adds ±value · 2^(position − kBias).
template <std::size_t N>
void add_at(std::array<std::int64_t, N>& digit, std::int64_t position, std::uint64_t value, bool negative) {
  const auto i = static_cast<std::size_t>(position / 32);
  const auto shift = static_cast<int>(position % 32);
  const auto low = static_cast<std::int64_t>(value << shift & 0xffffffff);
  const auto middle = static_cast<std::int64_t>(value >> (32 - shift) & 0xffffffff);
  const auto high = static_cast<std::int64_t>(value >> 32 >> (32 - shift));
  digit[i] += negative ? -low : low;
  digit[i + 1] += negative ? -middle : middle;
  digit[i + 2] += negative ? -high : high;
}

/// Moves what passes 32 bits into the next digit; the last one keeps the sign.
template <std::size_t N>
void propagate(std::array<std::int64_t, N>& digit) {
  for (std::size_t i = 0; i + 1 < N; ++i) {
    digit[i + 1] += digit[i] >> 32;
    digit[i] &= 0xffffffff;
  }
}

class Integer {
 public:
  Integer() { mpz_init(z_); }
  ~Integer() { mpz_clear(z_); }
  Integer(const Integer&) = delete;
  Integer& operator=(const Integer&) = delete;
  mpz_ptr get() { return z_; }

 private:
  mpz_t z_;
};

/// At least 55 bits of numerator / divisor, both positive; answers what the quotient is to be scaled by, 2^result. Then
/// no more than the last bit kept can depend on the remainder.
std::int64_t divide(mpz_ptr numerator, mpz_ptr divisor, mpz_ptr quotient, mpz_ptr remainder) {
  const auto wanted = static_cast<std::int64_t>(55 + mpz_sizeinbase(divisor, 2));
  const std::int64_t scale =
      std::max<std::int64_t>(0, wanted - static_cast<std::int64_t>(mpz_sizeinbase(numerator, 2)));
  mpz_mul_2exp(numerator, numerator, static_cast<mp_bitcnt_t>(scale));
  mpz_tdiv_qr(quotient, remainder, numerator, divisor);
  return -scale;
}

/// The quotient without its last `dropped` bits, rounded to nearest even.
std::uint64_t rounded_bits(mpz_ptr quotient, mpz_ptr remainder, std::int64_t dropped) {
  const auto half = static_cast<mp_bitcnt_t>(dropped - 1);
  const bool up = mpz_tstbit(quotient, half) != 0;
  const bool beyond_half = mpz_sgn(remainder) != 0 || mpz_scan1(quotient, 0) < half;
  mpz_tdiv_q_2exp(quotient, quotient, half + 1);
  if (up && (beyond_half || mpz_odd_p(quotient))) mpz_add_ui(quotient, quotient, 1);
  std::uint64_t mantissa = 0;
  mpz_export(&mantissa, nullptr, -1, sizeof mantissa, 0, 0, quotient);
  return mantissa;
}

/// numerator / divisor · 2^exponent as the bits of a double, rounded to nearest even; both positive.
std::uint64_t rounded_quotient(mpz_ptr numerator, mpz_ptr divisor, std::int64_t exponent) {
  Integer quotient, remainder;
  exponent += divide(numerator, divisor, quotient.get(), remainder.get());
  const auto bits = static_cast<std::int64_t>(mpz_sizeinbase(quotient.get(), 2));
  const std::int64_t dropped = std::max(bits - 53, -1074 - exponent);
  const std::uint64_t mantissa = rounded_bits(quotient.get(), remainder.get(), dropped);
  // The implicit bit (or a carry out of the mantissa) adds itself to the exponent field.
  const auto field = static_cast<std::uint64_t>(exponent + dropped + 1074);
  const std::uint64_t infinity = std::uint64_t{0x7ff} << 52;
  return field > 0x7fe ? infinity : std::min(infinity, (field << 52) + mantissa);
}

}  // namespace

void ExactSum::add(double x) {
  if (!is_finite(x)) {
    nan_ = true;
    return;
  }
  const Parts p = parts_of(x);
  add_at(digit_, p.exponent + kBias, p.mantissa, p.negative);
  if (++pending_ >= kMostPending) carry();
}

void ExactSum::add_product(double x, double y) {
  if (!is_finite(x) || !is_finite(y)) {
    nan_ = true;
    return;
  }
  const Parts p = parts_of(x), q = parts_of(y);
  const std::int64_t position = p.exponent + q.exponent + kBias;
  const Wide product = static_cast<Wide>(p.mantissa) * q.mantissa;  // 106 bits: five digits hold it wherever it begins
  const auto shift = static_cast<int>(position % 32);
  Wide rest = product << shift;  // its upper 32 bits are lost here,
  const auto last = static_cast<std::int64_t>(product >> (128 - 32) >> (32 - shift));  // and kept here
  const std::int64_t sign = p.negative != q.negative ? -1 : 1;
  std::int64_t* digit = digit_.data() + position / 32;
  for (int i = 0; i < 4; ++i, rest >>= 32)
    digit[i] += sign * static_cast<std::int64_t>(static_cast<std::uint32_t>(rest));
  digit[4] += sign * last;
  if (++pending_ >= kMostPending) carry();
}

void ExactSum::carry() {
  propagate(digit_);
  pending_ = 1;
}

void ExactSum::merge(const ExactSum& other) {
  nan_ = nan_ || other.nan_;
  if (pending_ + other.pending_ >= kMostPending) carry();
  for (std::size_t i = 0; i < kDigits; ++i) digit_[i] += other.digit_[i];
  pending_ += other.pending_;
  if (pending_ >= kMostPending) carry();
}

void ExactSum::subtract(const ExactSum& other) {
  nan_ = nan_ || other.nan_;
  if (pending_ + other.pending_ >= kMostPending) carry();
  for (std::size_t i = 0; i < kDigits; ++i) digit_[i] -= other.digit_[i];
  pending_ += other.pending_;
  if (pending_ >= kMostPending) carry();
}

double ExactSum::rounded() const { return divided_by(1); }

bool ExactSum::magnitude(mpz_ptr sum) const {
  auto digit = digit_;
  propagate(digit);
  const bool negative = digit.back() < 0;
  if (negative) {
    for (std::int64_t& d : digit) d = -d;
    propagate(digit);
  }
  mpz_import(sum, kDigits, -1, sizeof digit[0], 0, 32, digit.data());
  return negative;
}

double ExactSum::divided_by(std::int64_t n) const {
  if (nan_ || n <= 0) return std::numeric_limits<double>::quiet_NaN();
  Integer sum, divisor;
  const bool negative = magnitude(sum.get());
  if (mpz_sgn(sum.get()) == 0) return 0;
  mpz_import(divisor.get(), 1, -1, sizeof n, 0, 0, &n);
  const std::uint64_t bits = rounded_quotient(sum.get(), divisor.get(), -kBias);
  return std::bit_cast<double>(bits | static_cast<std::uint64_t>(negative) << 63);
}

ExactSum::Scaled ExactSum::scaled(std::int64_t n) const {
  if (nan_ || n <= 0) return {std::numeric_limits<double>::quiet_NaN(), 0};
  Integer sum, divisor, quotient, remainder;
  const bool negative = magnitude(sum.get());
  if (mpz_sgn(sum.get()) == 0) return {};
  mpz_import(divisor.get(), 1, -1, sizeof n, 0, 0, &n);
  const std::int64_t scale = divide(sum.get(), divisor.get(), quotient.get(), remainder.get());
  const auto dropped = static_cast<std::int64_t>(mpz_sizeinbase(quotient.get(), 2)) - 53;
  const auto mantissa = static_cast<double>(rounded_bits(quotient.get(), remainder.get(), dropped)) * 0x1p-52;
  return {negative ? -mantissa : mantissa, scale - kBias + dropped + 52};
}

}  // namespace roundoff
