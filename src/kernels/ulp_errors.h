// Signed ulp errors of contiguous float32 outputs against one polynomial, in fixed point: a chunk at a time, reduced to
// integers. One source for every instruction set (ulp_errors.cc, Highway); all give the bytes of the scalar oracle.
#pragma once

#include <cstdint>

namespace roundoff {

/// Fixed point: units of 2^-bits ulp, modulo 2^32. Errors below 2^(31 − bits) ulp are told apart.
inline constexpr int kFineBits = 20;
inline constexpr int kSteepBits = 16;  ///< for truths that move by many ulps from one input to the next
/// Errors are rounded to multiples of 2^-kGridBits ulp for sums.
inline constexpr int kGridBits = 12;
/// Classes of errors are 2^-kClassBits ulp wide. An error nearer than kMargin units to an edge is not clear.
inline constexpr int kClassBits = 3;
inline constexpr int kMargin = 2;
/// Nor is one of 4 ulp and more.
inline constexpr std::int32_t kMostUlps = 4;

inline constexpr int kDegree = 4;
inline constexpr int kLeastChunk = 64, kMostChunk = 512;

/// T(u) = Σ c[k]·u^k: the bits of the truth (a real number, linear in the value within a binade), in units, for the
/// element at the integer offset u. c[0] is fixed_constant() of an integer; higher coefficients are any.
struct UnitPolynomial {
  int bits = kFineBits;  ///< or kSteepBits
  double c[kDegree + 1] = {};
};

/// 1.5 · 2^52: added to a number below 2^51, it rounds it to an integer that stands in the low bits.
inline constexpr double kFixedPoint = 0x1.8p52;
/// The constant term for `whole` ulps and some units more, modulo 2^32.
[[nodiscard]] double fixed_constant(int bits, std::uint32_t whole, std::int32_t units);

/// An element is open where its y lies outside [lowest, highest], or its error is not clear. It counts as an error of 0
/// in the figures below (and in `counts`).
struct ChunkErrors {
  int open = 0;                               ///< how many are
  std::uint64_t lanes[kMostChunk / 64] = {};  ///< and which: bit i % 64 of word i / 64
  std::int32_t least = 0, most = 0;           ///< errors, in units; 0 is among them
  std::int64_t sum = 0, sum_abs = 0;          ///< of the errors in grid steps, each rounded to nearest
};

/// errors[i] = y[i] − T(first + i) for i < n, as bits: n a multiple of kLeastChunk, at most kMostChunk; errors aligned
/// to 64 bytes. Where they are clear, adds how many lie in [k/8, (k + 1)/8) ulp to counts[32 + k], |k| ≤ 32.
void unit_errors(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* y, int n,
                 std::uint32_t lowest, std::uint32_t highest, std::int32_t* errors, ChunkErrors& out,
                 std::int64_t* counts);
void unit_errors_oracle(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* y, int n,
                        std::uint32_t lowest, std::uint32_t highest, std::int32_t* errors, ChunkErrors& out,
                        std::int64_t* counts);

/// T(i) = fma(a, cosines[i], b·sines[i]): a real number, no bits. Of a quotient that over the same of c and d.
struct Rotation {
  double a, b;
  const double* cosines;
  const double* sines;
  bool quotient = false;
  double c = 0, d = 0;
};
/// Errors (y − T) / ulp(T) at kSteepBits of elements first … first + n − 1 of the row. What has a part less than 2^-11
/// (of a quotient 2^-10) from zero, or errs by 2^15 ulp or more, is open.
void rotation_errors(const Rotation& row, int first, const std::uint32_t* y, int n, std::int32_t* errors,
                     ChunkErrors& out, std::int64_t* counts);
void rotation_errors_oracle(const Rotation& row, int first, const std::uint32_t* y, int n, std::int32_t* errors,
                            ChunkErrors& out, std::int64_t* counts);
/// |T|; numerator and denominator of a quotient; |error| in units.
inline constexpr double kLeastRotated = 0x1p-11, kLeastQuotient = 0x1p-10, kMostRotated = 0x1p31;

/// Whether one error is far enough from all edges, ±1/8 being the first.
[[nodiscard]] constexpr bool is_clear(std::int32_t error, int bits) {
  const std::int32_t width = 1 << (bits - kClassBits), centre = width - kMargin, most = kMostUlps << bits;
  if (error > -centre && error < centre) return true;
  return ((error + (kMargin - 1)) & (width - 1)) > 2 * (kMargin - 1) && error < most && error >= -most;
}
/// Whether all of a chunk are, from its extremes and the least of (error + kMargin − 1) modulo the classes' width; a
/// chunk with some near 0 and others beyond 1/8 ulp may be denied although it is.
[[nodiscard]] constexpr bool clear_chunk(std::uint32_t nearest, std::int32_t least, std::int32_t most, int bits) {
  const std::int32_t centre = (1 << (bits - kClassBits)) - kMargin, bound = kMostUlps << bits;
  if (least > -centre && most < centre) return true;
  return nearest > 2 * (kMargin - 1) && least >= -bound && most < bound;
}
/// An error in grid steps, rounded to nearest, ties up.
[[nodiscard]] constexpr std::int32_t grid_steps(std::int32_t error, int bits) {
  return (error + (1 << (bits - kGridBits - 1))) >> (bits - kGridBits);
}

/// Whether y[i] = expected + slope·i (slope 0 or 1) for all i < n.
[[nodiscard]] bool on_line(const std::uint32_t* y, std::int64_t n, std::uint32_t expected, std::uint32_t slope);
[[nodiscard]] bool on_line_oracle(const std::uint32_t* y, std::int64_t n, std::uint32_t expected, std::uint32_t slope);

}  // namespace roundoff
