// What runs.cc (blocks) and runs_rows.cc (rotations, reflections) share.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "kernels/ulp_errors.h"
#include "metrics/sweep/runs.h"

namespace roundoff::sweep {

inline constexpr std::uint32_t kSign = 0x8000'0000, kInfinity = 0x7f80'0000, kHidden = 0x80'0000;

/// f(i) for each open element among `count` from the chunk's element `skip` on; i counts from there.
template <class F>
void for_open(const ChunkErrors& errors, std::size_t skip, std::size_t count, F f) {
  if (errors.open == 0) return;
  for (std::size_t word = 0; word < std::size(errors.lanes); ++word) {
    for (std::uint64_t lanes = errors.lanes[word]; lanes != 0; lanes &= lanes - 1) {
      const std::size_t at = word * 64 + static_cast<std::size_t>(std::countr_zero(lanes));
      if (at >= skip && at - skip < count) f(at - skip);
    }
  }
}

/// The level of an error of at most so many units, and one and a half for the kernel's own bound.
inline double level_within(std::int32_t units, int bits) {
  return static_cast<double>((units + 1) >> (bits - kWorstBits));
}

/// What the kernel's chunks and the elements that equal them add up to; the sums of others too. Signs are of |y| − |t|.
struct Runs::Sums {
  std::array<std::int64_t, 65> counts{};
  std::int64_t elements = 0, sum = 0, sum_abs = 0;

  void add_steps(std::int64_t steps) {
    sum += steps;
    sum_abs += std::abs(steps);
  }
  void add(const ChunkErrors& errors, int size) {
    elements += size - errors.open;
    counts[32] -= errors.open;  // counted as errors of 0
    sum += errors.sum;
    sum_abs += errors.sum_abs;
  }
  void flush(bool negative, Tally& tally) const {
    tally.elements += elements;
    tally.tiers[static_cast<std::size_t>(Tier::block)] += elements;
    for (int i = 0; i < 65; ++i) {
      const std::int64_t count = counts[static_cast<std::size_t>(i)];
      if (count == 0) continue;
      int bin = i - 32;  // the error lies in (bin, bin + 1) / 8
      if (bin < 0) ++bin;
      tally.histogram[static_cast<std::size_t>(kSideBins + (negative ? -bin : bin))] += count;
      if (bin > -4 && bin < 4) tally.correct += count;
    }
    tally.sum += static_cast<long>(negative ? -sum : sum);
    tally.sum_abs += static_cast<long>(sum_abs);
  }
};

}  // namespace roundoff::sweep
