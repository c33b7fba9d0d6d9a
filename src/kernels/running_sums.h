// Running sums of doubles in doubled precision at the speed of memory, with their own error accounted. One source for
// every instruction set (running_sums.cc, Highway); all give the bytes of the scalar oracle below.
//
// A chunk of terms that lie on one grid with the sum before them (running_grid.h) is added without rounding, in any
// order. Any other goes through chains of additions in doubled precision, as in sums.h, a segment each.
#pragma once

#include <cstdint>

#include "kernels/sums.h"

namespace roundoff {

/// Consecutive elements that one chain of a running sum takes, and that share a radius.
inline constexpr std::int64_t kScanSegment = 64;
inline constexpr std::int64_t kScanChunk = kSumLanes * kScanSegment;

/// high[i] + low[i] = Σ x up to element i, on top of `before`, within radius[i / kScanSegment]; high[i] = fl(high +
/// low). radius has ⌈n / kScanSegment⌉ elements. Answers the sum after all. n ≤ kScanChunk, or several of those at a
/// time. Not finite, one of the three, from where an element is not, or from where the sum overflows.
DoubleDouble scan_doubles(const DoubleDouble& before, const double* x, std::int64_t n, double* high, double* low,
                          double* radius);

/// The same in plain C++: what every instruction set must equal.
DoubleDouble scan_doubles_oracle(const DoubleDouble& before, const double* x, std::int64_t n, double* high, double* low,
                                 double* radius);

}  // namespace roundoff
