#include "base/format.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace roundoff {
namespace {

constexpr Format kFloat16{11, -14, 15};
constexpr Format kBfloat16{8, -126, 127};
constexpr Format kFloat32{24, -126, 127};
constexpr Format kFloat64{53, -1022, 1023};
constexpr Format kFloat8E4m3fn{4, -6, 8};
constexpr Format kFloat8E5m2{3, -14, 15};

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;
constexpr std::int64_t kFar = std::int64_t{1} << 62;

/// The exponent of a format's smallest subnormal.
constexpr int quantum(const Format& f) { return f.emin - f.precision + 1; }

/// Infinity's encoding without its sign; all that lies above are NaNs.
constexpr std::uint64_t infinity_bits(const Format& f) {
  return static_cast<std::uint64_t>(f.emax - f.emin + 2) << (f.precision - 1);
}

/// |x| in the format's own encoding (without sign), rounded once, to nearest even. x is not a NaN.
std::uint64_t encode(const Format& f, double x) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x) & ~kSignBit;
  if (bits >= infinity_bits(kFloat64)) return infinity_bits(f);
  if (f.precision == kFloat64.precision) return bits;
  const int field = static_cast<int>(bits >> 52);
  std::uint64_t mantissa = bits & ((std::uint64_t{1} << 52) - 1);
  if (field != 0) mantissa |= std::uint64_t{1} << 52;
  if (mantissa == 0) return 0;
  const int exponent = std::max(field, 1) - 1075;
  const int dropped = std::max(static_cast<int>(std::bit_width(mantissa)) - f.precision, quantum(f) - exponent);
  if (dropped > 54) return 0;  // below half of the smallest subnormal
  if (dropped > 0) {
    const std::uint64_t half = std::uint64_t{1} << (dropped - 1);
    const std::uint64_t rest = mantissa & (2 * half - 1);
    mantissa >>= dropped;
    if (rest > half || (rest == half && (mantissa & 1) != 0)) ++mantissa;
  } else {
    mantissa <<= -dropped;
  }
  // The implicit bit (or a carry out of the mantissa) adds itself to the exponent field.
  const auto scale = static_cast<std::uint64_t>(exponent + dropped - quantum(f));
  return std::min(infinity_bits(f), (scale << (f.precision - 1)) + mantissa);
}

/// The inverse, exact: magnitude bits of a format that float64 holds, NaNs included.
double decode(const Format& f, std::uint64_t magnitude) {
  if (magnitude > infinity_bits(f)) return std::numeric_limits<double>::quiet_NaN();
  if (magnitude == infinity_bits(f)) return std::numeric_limits<double>::infinity();
  if (magnitude >> (f.precision - 1) == 0) return static_cast<double>(magnitude) * f.min_subnormal();
  const auto rebias = static_cast<std::uint64_t>(f.emin - kFloat64.emin) << 52;
  return std::bit_cast<double>((magnitude << (53 - f.precision)) + rebias);
}

double from_16_bits(const Format& f, std::uint16_t bits) {
  const double magnitude = decode(f, bits & 0x7fffU);
  return (bits & 0x8000U) != 0 ? -magnitude : magnitude;
}

std::uint16_t to_16_bits(const Format& f, double x) {
  const std::uint64_t quiet_nan = infinity_bits(f) | std::uint64_t{1} << (f.precision - 2);
  const std::uint64_t magnitude = std::isnan(x) ? quiet_nan : encode(f, x);
  return static_cast<std::uint16_t>(magnitude | (std::signbit(x) ? 0x8000U : 0U));
}

/// A place on the line of the format's floats: neighbours differ by one, both zeros are 0.
std::int64_t ordinal(const Format& f, double x) {
  const auto magnitude = static_cast<std::int64_t>(encode(f, x));
  return std::signbit(x) ? -magnitude : magnitude;
}

}  // namespace

double Format::unit() const { return std::ldexp(1.0, -precision); }
double Format::max_finite() const { return std::ldexp(2.0 - std::ldexp(1.0, 1 - precision), emax); }
double Format::min_subnormal() const {
  const int exponent = quantum(*this);  // float64's own is subnormal: made from bits, whatever the flush mode
  return exponent < kFloat64.emin ? std::bit_cast<double>(std::uint64_t{1} << (exponent - quantum(kFloat64)))
                                  : std::ldexp(1.0, exponent);
}
double Format::min_normal() const { return std::ldexp(1.0, emin); }

const Format& format_of(DType dtype) {
  switch (dtype) {
    case DType::float16:
      return kFloat16;
    case DType::bfloat16:
      return kBfloat16;
    case DType::float32:
      return kFloat32;
    case DType::float8_e4m3fn:
      return kFloat8E4m3fn;
    case DType::float8_e5m2:
      return kFloat8E5m2;
    default:
      return kFloat64;
  }
}

double ulp(const Format& format, double t) {
  if (!std::isfinite(t)) return std::abs(t);
  // Subnormals' field, 0, stands for less than any emin.
  const int field = static_cast<int>(std::bit_cast<std::uint64_t>(t) >> 52 & 0x7ff);
  const int exponent = std::max(field - 1023, format.emin) - format.precision + 1;
  if (exponent < kFloat64.emin) return std::ldexp(1.0, exponent);
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

double round_to(const Format& format, double x) {
  if (std::isnan(x) || format.precision == kFloat64.precision) return x;
  if (format.precision == kFloat32.precision) return static_cast<double>(static_cast<float>(x));
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1023;
  if (exponent >= format.emin && exponent < format.emax) {
    // Normal before and after: half of the last place that is kept, less a bit where that is even, may carry into it.
    const int dropped = kFloat64.precision - format.precision;
    const std::uint64_t half = std::uint64_t{1} << (dropped - 1);
    return std::bit_cast<double>((bits + half - 1 + (bits >> dropped & 1)) & ~(2 * half - 1));
  }
  return std::copysign(decode(format, encode(format, x)), x);
}

double float16_to_double(std::uint16_t bits) { return from_16_bits(kFloat16, bits); }
double bfloat16_to_double(std::uint16_t bits) { return from_16_bits(kBfloat16, bits); }
std::uint16_t double_to_float16(double x) { return to_16_bits(kFloat16, x); }
std::uint16_t double_to_bfloat16(double x) { return to_16_bits(kBfloat16, x); }

// float8_e4m3fn goes on where the others have infinity, and its last encoding is NaN.
double float8_to_double(DType dtype, std::uint8_t bits) {
  const unsigned magnitude = bits & 0x7fU;
  const bool nan = dtype == DType::float8_e4m3fn && magnitude == 0x7f;
  const double value = nan ? std::numeric_limits<double>::quiet_NaN() : decode(format_of(dtype), magnitude);
  return (bits & 0x80U) != 0 ? -value : value;
}

std::uint8_t double_to_float8(DType dtype, double x) {
  const bool infinite = dtype == DType::float8_e5m2;
  const std::uint64_t nan = infinite ? 0x7e : 0x7f;
  const std::uint64_t magnitude =
      std::isnan(x) ? nan : std::min<std::uint64_t>(encode(format_of(dtype), x), infinite ? 0x7c : 0x7f);
  return static_cast<std::uint8_t>(magnitude | (std::signbit(x) ? 0x80U : 0U));
}

std::int64_t float_distance(DType dtype, double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : kFar;
  if (!is_float(dtype)) {
    const double apart = std::abs(a - b);
    return apart < static_cast<double>(kFar) ? static_cast<std::int64_t>(apart) : kFar;
  }
  const Format& format = format_of(dtype);
  const std::int64_t from = ordinal(format, a), to = ordinal(format, b);
  const auto apart = static_cast<std::uint64_t>(std::max(from, to)) - static_cast<std::uint64_t>(std::min(from, to));
  return static_cast<std::int64_t>(std::min(apart, static_cast<std::uint64_t>(kFar)));
}

std::string hex(double x) {
  if (std::isnan(x)) return "nan";
  const std::string sign = std::signbit(x) ? "-" : "";
  if (std::isinf(x)) return sign + "inf";
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x) & ~kSignBit;
  const int field = static_cast<int>(bits >> 52);
  if (bits == 0) return sign + "0x0p+0";
  std::string digits;
  for (std::uint64_t rest = bits << 12; rest != 0; rest <<= 4) digits += "0123456789abcdef"[rest >> 60];
  const int exponent = std::max(field, 1) - 1023;
  return sign + (field == 0 ? "0x0" : "0x1") + (digits.empty() ? "" : "." + digits) + "p" + (exponent < 0 ? "-" : "+") +
         std::to_string(std::abs(exponent));
}

std::string shortest(DType dtype, double x) {
  if (std::isnan(x)) return "nan";
  std::array<char, 64> text{};
  const auto write = [&](auto... arguments) {
    const auto written = std::to_chars(text.data(), text.data() + text.size(), arguments...);
    return std::string(text.data(), written.ptr);
  };
  if (dtype == DType::float32) return write(static_cast<float>(x));
  if (is_float(dtype) && size_of(dtype) < sizeof(float)) {
    // 5 digits tell any two numbers of 11 bits apart. Above a power of two the floats are wider apart than below it:
    // there a decimal farther off, above, can read back where the nearest one of as many digits, below, does not.
    const Format& format = format_of(dtype);
    const double above = x + std::copysign(ulp(format, x) / 4, x);
    for (int digits = 1; digits <= 5; ++digits) {
      for (const double near : {x, above}) {
        const std::string tried = write(near, std::chars_format::general, digits);
        double back = 0;
        std::from_chars(tried.data(), tried.data() + tried.size(), back);
        if (round_to(format, back) == x) return write(back);
      }
    }
  }
  return write(x);
}

}  // namespace roundoff
