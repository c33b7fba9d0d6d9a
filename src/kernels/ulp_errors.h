// Signed ulp errors of contiguous float32 outputs against one polynomial, in fixed point: a chunk at a time, reduced to
// integers. One source for every instruction set (ulp_errors.cc, Highway); all give the bytes of the scalar oracle.
#pragma once

#include <cstdint>

namespace roundoff {

/// Fixed point: units of 2^-20 ulp, modulo 2^32, so that errors below 2^11 ulp are told apart.
inline constexpr int kUnitBits = 20;
/// Errors are rounded to multiples of 2^-12 ulp for sums.
inline constexpr int kGridShift = kUnitBits - 12;
/// Edges between classes lie at multiples of 1/8 ulp. An error nearer to one than kMargin units is not clear.
inline constexpr int kEdgeBits = kUnitBits - 3;
inline constexpr int kMargin = 2;
/// A chunk with an error of 4 ulp or more is not clear.
inline constexpr std::int32_t kMostUnits = 4 << kUnitBits;

inline constexpr int kMostDegree = 6;
inline constexpr int kLeastChunk = 64, kMostChunk = 512;

/// T(u) = Σ c[k]·u^k: the bits of the truth (a real number, linear in the value within a binade), in units, for the
/// element at the integer offset u. c[0] is fixed_constant() of an integer; higher coefficients are any.
struct UnitPolynomial {
  int degree = 0;
  double c[kMostDegree + 1] = {};
};

/// 1.5 · 2^52: added to a number below 2^51, it rounds it to an integer that stands in the low bits.
inline constexpr double kFixedPoint = 0x1.8p52;
/// The constant term for `bits`·2^kUnitBits + `units`, modulo 2^32.
[[nodiscard]] double fixed_constant(std::uint32_t bits, std::int32_t units);

struct ChunkErrors {
  /// Every y lies in [lowest, highest], and every error is clear; where some are near 0 and others beyond 1/8 ulp it
  /// may be false all the same. Nothing else holds where not.
  bool clear = false;
  std::int32_t least = 0, most = 0;   ///< errors, in units
  std::int64_t sum = 0, sum_abs = 0;  ///< of the errors in grid steps, each rounded to nearest
};

/// y[i] − T(first + i) for i < n, as bits: n a multiple of kLeastChunk, at most kMostChunk. Where clear, adds how many
/// errors lie in [k/8, (k + 1)/8) ulp to counts[32 + k], |k| ≤ 32.
void unit_errors(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* y, int n,
                 std::uint32_t lowest, std::uint32_t highest, ChunkErrors& out, std::int64_t* counts);
void unit_errors_oracle(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* y, int n,
                        std::uint32_t lowest, std::uint32_t highest, ChunkErrors& out, std::int64_t* counts);

/// One error, as both compute it.
[[nodiscard]] std::int32_t unit_error(const UnitPolynomial& polynomial, std::int32_t u, std::uint32_t y);
/// Whether it is far enough from all edges, ±1/8 being the first.
[[nodiscard]] constexpr bool is_clear(std::int32_t error) {
  constexpr std::int32_t kCentre = (1 << kEdgeBits) - kMargin;
  constexpr auto kMask = (std::uint32_t{1} << kEdgeBits) - 1;
  if (error > -kCentre && error < kCentre) return true;
  return ((static_cast<std::uint32_t>(error) + (kMargin - 1)) & kMask) > 2 * (kMargin - 1) && error < kMostUnits &&
         error >= -kMostUnits;
}
/// Whether a chunk is, from its extremes and the least of (error + kMargin − 1) modulo 2^kEdgeBits.
[[nodiscard]] constexpr bool clear_chunk(std::uint32_t nearest, std::int32_t least, std::int32_t most) {
  constexpr std::int32_t kCentre = (1 << kEdgeBits) - kMargin;
  if (least > -kCentre && most < kCentre) return true;
  return nearest > 2 * (kMargin - 1) && least >= -kMostUnits && most < kMostUnits;
}
/// An error in grid steps, rounded to nearest, ties up.
[[nodiscard]] constexpr std::int32_t grid_steps(std::int32_t error) {
  return (error + (1 << (kGridShift - 1))) >> kGridShift;
}

/// Whether y[i] = expected + slope·i (slope 0 or 1) for all i < n.
[[nodiscard]] bool on_line(const std::uint32_t* y, std::int64_t n, std::uint32_t expected, std::uint32_t slope);
[[nodiscard]] bool on_line_oracle(const std::uint32_t* y, std::int64_t n, std::uint32_t expected, std::uint32_t slope);

}  // namespace roundoff
