// Sums of doubles in doubled precision at the speed of memory, with their own error accounted. One source for every
// instruction set (sums.cc, Highway); all give the bytes of the scalar oracle below.
#pragma once

#include <cstdint>

#include "kernels/double_double.h"

namespace roundoff {

/// Chains of additions that run side by side, whatever the processor.
inline constexpr std::int64_t kSumLanes = 16;

/// A sum and Σ|x| of its terms, as accumulated in double (below the real one by a factor of at most 1 + n·2^-52).
struct LongSum {
  DoubleDouble sum;
  double size = 0;
};

/// Σ x. Chain j takes x[16·i + j]: h + x = h' + e exactly, l + e = l' + d exactly; d is dropped and |d| counted, so the
/// radius is 0 where the sum is exact. Not finite where an element is not, or where the sum overflows.
[[nodiscard]] LongSum sum_doubles(const double* x, std::int64_t n);

/// The same in plain C++, operation by operation: what every instruction set must equal.
[[nodiscard]] LongSum sum_doubles_oracle(const double* x, std::int64_t n);

}  // namespace roundoff
