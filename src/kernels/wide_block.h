// Two blocks of float64 (or of what float64 holds exactly) in one reading: sums, extremes, float distances and bins of
// |a − b|, all exact. One source for every instruction set (wide_block.cc, Highway).
//
// How sums are exact. Let every x be a multiple of 2^(E−72) below 2^E. A product is p + e, p rounded and e its error
// (one FMA): |p| < 2^(2E), |e| ≤ 2^(2E−54), p a multiple of 2^(2E−92), e of 2^(2E−144), and a block has 2^10 of them. A
// bin of unit U is a double S = 1.5·2^52·U + Σ…: S' = S + x takes x rounded to a multiple of U, and x − (S' − S), exact
// and at most U/2, is the rest, as long as |Σ| ≤ 2^51·U. The first bin (U = 2^(2E−41)) takes the p; the second (U =
// 2^(2E−82)) their rests, at most 2^(2E−42), and the e; what it leaves of the former, at most 2^(2E−83), is summed as
// it is; what it leaves of the latter goes to the third bin (U = 2^(2E−124)), and the rests of that, at most
// 2^(2E−125), are summed as they are. |a − b| is ±a ∓ b: one bin (U = 2^(E−40)), rests at most 2^(E−41). Distances in
// ulp (of p bits) are below 2^(p+1) and multiples of 2^(p−73): one bin of U = 2^(p−40). Pre-rounding by a constant:
// Demmel & Nguyen, "Fast reproducible floating-point summation", ARITH 21 (2013).
#pragma once

#include <array>
#include <cstdint>

#include "kernels/pair_block.h"

namespace roundoff {

/// Exponents E that are taken, so that nothing overflows and no error of a product is subnormal.
inline constexpr int kWideLeastExponent = -400, kWideMostExponent = 400;
/// Nonzero magnitudes of floats may be so many binades below 2^E.
inline constexpr int kWideSpan = 20;
/// A bin of the histogram: exponent and three leading bits of the mantissa of |a − b|.
inline constexpr int kWideBinShift = 49;

/// What the kernel is told.
struct WideRequest {
  int exponent = 0;       ///< E: largest magnitude < 2^E
  double least = 0;       ///< nonzero magnitudes below this are refused; 2^(E−20) or more of floats, 0 of integers
  bool integers = false;  ///< an ulp is 1
  int precision = 53;     ///< of the format that ulps and distances are of; its normal numbers hold all magnitudes
  int emin = -1022;       ///< likewise
  double relative = 0;    ///< whether any |a − b| > relative · max(|a|, |b|) is asked
  double rtol = 0, atol = 0;  ///< elements with |a − b| > atol + rtol · |b| are counted, each operation rounded once
};

/// Doubles whose exact sum is meant.
template <std::size_t N>
using WideSum = std::array<double, N>;

/// What it answers. All is without meaning where !fits.
struct WideFigures {
  bool fits = false;
  double largest = 0;  ///< magnitude; NaN and infinities come out as such
  bool relative_beyond = false;
  double max_abs = 0, max_ulp = 0;  ///< of |a − b| rounded to float64, and that in ulp of the larger
  std::uint64_t max_distance = 0;   ///< at most 2^62, as all distances
  std::uint64_t distance_high = 0, distance_low = 0;   ///< Σ of distances: high · 2^32 + low
  std::int64_t equal = 0, zero_signs = 0, beyond = 0;  ///< pairs with a = b; of these, zeros of different sign
  WideSum<5> aa{}, ab{}, bb{};                         ///< Σ a², Σ a·b, Σ b²
  WideSum<2> abs{}, ulps{};                            ///< Σ |a − b|, Σ in ulp
};

/// Measures kPairBlock elements. `bins` gets kPairBlock bins in their order, 0 where a = b. Without fused multiply-add
/// no block fits.
void wide_block(const double* a, const double* b, const WideRequest& request, std::uint16_t* bins, WideFigures& out);

}  // namespace roundoff
