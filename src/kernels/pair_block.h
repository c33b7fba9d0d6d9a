// Two blocks of float32 in one reading: sums, extremes, float distances and the histogram of |a − b|, all exact. One
// source for every instruction set (pair_block.cc, Highway); all give the bytes of the scalar oracle below.
//
// How sums of doubles are exact. Let every |x| be 0 or in [2^(E−19), 2^E): x is a multiple of 2^(E−42), a product of
// two of them is a multiple of 2^(2E−84) below 2^(2E), and a block has 2^10 of them. Each product p goes through two
// bins: S = M + Σ…, M = 1.5·2^(52+2E−41), takes it rounded to a multiple of U = 2^(2E−41) (their sum stays below
// 2^51·U, so S never leaves M's binade), r = S' − S is what it took, and p − r, exact and at most U/2, goes to the low
// bin: |Σ| ≤ 2^10·U/2 = 2^(2E−32), which is 2^52 quanta of 2^(2E−84). Pre-rounding by a constant: Demmel & Nguyen,
// "Fast reproducible floating-point summation", ARITH 21 (2013).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace roundoff {

inline constexpr std::int64_t kPairBlock = 1024;  ///< elements of a block, always all of them
inline constexpr int kPairSpan = 19;              ///< binades that a block may span
/// A bin of the histogram: exponent and three leading bits of the mantissa of |a − b|, which is rounded to float32.
inline constexpr int kPairBinShift = 20;
inline constexpr std::size_t kPairBins = 1 << (31 - kPairBinShift);
/// Bins are counted in several tables by turns, so that an addition need not wait for the one before. Not a multiple of
/// 4 KiB apart: processors take stores for one another's where those bits of the address agree.
inline constexpr std::size_t kPairTables = 4, kPairTableStep = kPairBins + 16;
/// Exponents E for which the kernels may be used: nothing overflows, nothing is subnormal.
inline constexpr int kPairLeastExponent = -80, kPairMostExponent = 126;

/// An exact sum as its nearest double and the rest.
struct PairSum {
  double high = 0, low = 0;
};

/// What a kernel is told.
struct PairRequest {
  int exponent = 0;                        ///< E above
  float least = 0;                         ///< nonzero magnitudes below this are refused
  std::uint32_t offset = 0;                ///< magnitudes' bits are counted from here: 0; of float16 the bits of 2^-15
  float relative = 0;                      ///< whether any |a − b| > relative · max(|a|, |b|) is asked
  const std::uint16_t* pending = nullptr;  ///< kPairBlock bins of an earlier block, counted on the way; may be nullptr
  std::uint32_t* counts = nullptr;         ///< [kPairTables][kPairTableStep]: where
};

/// What a kernel answers. Distances are of float32's ordinals.
struct PairFigures {
  bool fits = false;  ///< the block is of this kernel's kind; else only `largest` means anything
  std::uint32_t largest =
      0;  ///< bits of the largest magnitude (of a alone but in far_block()), NaN and infinity above all
  bool relative_beyond = false;
  float max_abs = 0;   ///< of |a − b|, rounded to float32 (monotonely: no other element rounds to more)
  double max_ulp = 0;  ///< of |a − b| / ulp(max(|a|, |b|))
  std::uint32_t max_distance = 0;
  std::uint64_t distance = 0;   ///< Σ
  std::int64_t zero_signs = 0;  ///< pairs of zeros of different sign
  double abs = 0, ulps = 0;     ///< Σ |a − b|, Σ in ulp
  PairSum aa, ab, bb;           ///< Σ a², Σ a·b, Σ b²: of `same_block` aa only, of `far_block` all
  PairSum ad;                   ///< Σ a·(a − b): of `near_block`
  double dd = 0;                ///< Σ (a − b)²: of `near_block`
};

/// Blocks of the same bits. No bins are made: all elements belong to bin 0.
void same_block(const float* a, const float* b, const PairRequest& request, PairFigures& out);
/// Blocks where a and b are of one sign and binade everywhere, and close: max |a − b| < 2^(e − 2) with 2^e ≤ the least
/// nonzero magnitude. `bins` gets kPairBlock bins in some order.
void near_block(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins, PairFigures& out);
/// Any block whose magnitudes are 0 or in [max(2^(E−19), least), 2^E).
void far_block(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins, PairFigures& out);

/// Counts four bins, each in a table of its own. One load: loads and stores are what counting waits for.
inline void count_four(const std::uint16_t* bins, std::uint32_t* counts) {
  std::uint64_t four;
  std::memcpy(&four, bins, sizeof four);
  ++counts[four & 0xffff];
  ++counts[kPairTableStep + (four >> 16 & 0xffff)];
  ++counts[2 * kPairTableStep + (four >> 32 & 0xffff)];
  ++counts[3 * kPairTableStep + (four >> 48)];
}
/// The same for all of a block's bins.
inline void count_bins(const std::uint16_t* bins, std::uint32_t* counts) {
  for (std::int64_t i = 0; i < kPairBlock; i += 4) count_four(bins + i, counts);
}

/// Elements with |a − b| > atol + rtol · |b|, every operation rounded to float32. No NaN, no infinity among them.
[[nodiscard]] std::int64_t count_beyond(const float* a, const float* b, float rtol, float atol);

/// The same in plain C++.
void same_block_oracle(const float* a, const float* b, const PairRequest& request, PairFigures& out);
void near_block_oracle(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins,
                       PairFigures& out);
void far_block_oracle(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins,
                      PairFigures& out);
[[nodiscard]] std::int64_t count_beyond_oracle(const float* a, const float* b, float rtol, float atol);

}  // namespace roundoff
