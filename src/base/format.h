// Binary floating-point formats: parameters, rounding, ulp, bits.
// Source of the parameters: IEEE 754-2019, table 3.5; bfloat16: Intel 338302-001US; 8 bits: OCP 8-bit Floating Point Specification 1.0.
#pragma once

#include <cstdint>
#include <string>

#include "roundoff/array.h"

namespace roundoff {

/// precision p counts the leading bit; emin and emax are the exponents of the smallest and largest normal numbers.
struct Format {
  int precision;
  int emin;
  int emax;
  [[nodiscard]] double unit() const;           ///< u = 2^-p, half an ulp of 1
  [[nodiscard]] double max_finite() const;     ///< (2 − 2^(1−p)) · 2^emax
  [[nodiscard]] double min_subnormal() const;  ///< 2^(emin − p + 1)
  [[nodiscard]] double min_normal() const;     ///< 2^emin
};

/// The format of a floating dtype; bool and integers answer float64's.
[[nodiscard]] const Format& format_of(DType dtype);

/// ulp(t) = 2^(max(⌊log2|t|⌋, emin) − p + 1), from a double near the real t; ulp(0) is the smallest subnormal.
[[nodiscard]] double ulp(const Format& format, double t);

/// x rounded to the format, to nearest, ties to even, with overflow to infinity; NaN, infinities and signed zeros stay.
[[nodiscard]] double round_to(const Format& format, double x);

/// Conversions between bits and doubles for the 16-bit formats (widening is exact, narrowing rounds to nearest even).
[[nodiscard]] double float16_to_double(std::uint16_t bits);
[[nodiscard]] double bfloat16_to_double(std::uint16_t bits);
[[nodiscard]] std::uint16_t double_to_float16(double x);
[[nodiscard]] std::uint16_t double_to_bfloat16(double x);
/// The same for the 8-bit formats. float8_e4m3fn has no infinity: what is beyond 464 becomes NaN, as in ml_dtypes.
[[nodiscard]] double float8_to_double(DType dtype, std::uint8_t bits);
[[nodiscard]] std::uint8_t double_to_float8(DType dtype, double x);

/// Float distance: how many floats of the format lie between a and b (−0 and +0 are the same float); of integers the
/// difference. At most 2^62, which is also the distance between a NaN and a number; two NaNs are 0 apart.
[[nodiscard]] std::int64_t float_distance(DType dtype, double a, double b);

/// "0x1.8p+1": C's %a of the value.
[[nodiscard]] std::string hex(double x);
/// Shortest decimal that reads back as the same value of the dtype.
[[nodiscard]] std::string shortest(DType dtype, double x);

}  // namespace roundoff
