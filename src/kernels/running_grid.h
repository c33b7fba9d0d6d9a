// When a chunk of a running sum can be added without rounding: where every term, and the sum before, is u + l with u a
// multiple of a step and l, at most half a step, a multiple of 2^-43 of it. The step is chosen so that no sum of at
// most kScanChunk such u, or l, needs more than 53 bits. Then u's and l's are added apart, in any order, and their
// sums' sum is the only rounding. The splitting is that of Rump, Ogita & Oishi, "Accurate floating-point summation part
// I: faithful rounding", SIAM J. Sci. Comput. 31(1), 2008.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

#include "kernels/running_sums.h"

namespace roundoff {

struct Grid {
  double step = 0;
  double upper = 0, lower = 0;  // of the sum before the chunk

  /// Added to a term of at most 2^51 steps, and taken away again: the term rounded to a multiple of the step. Sums up
  /// to 2^51 steps on top of it stay exact.
  [[nodiscard]] double coarse() const { return step * 0x1.8p52; }
  /// The same for rests and the fine step, 2^-43 of a step.
  [[nodiscard]] double fine() const { return step * 0x1.8p9; }
  /// Terms of this size or above have no bit below the fine step.
  [[nodiscard]] double safe_size() const { return step * 0x1p9; }
  [[nodiscard]] bool holds(double rest) const { return std::fabs(rest) <= step && (rest + fine()) - fine() == rest; }
};

/// For terms of size up to `most`; nothing where the sum before is not on the grid, or where a sum might overflow.
inline std::optional<Grid> grid_of(const DoubleDouble& before, double most) {
  constexpr double kLeast = 0x1p-900, kMost = 0x1p1000;  // the fine step is a normal double, and coarse() is finite
  // Above every sum of the chunk, and by more than what rounding its terms to steps may add.
  const double reach =
      std::max(kLeast, (std::fabs(before.hi) + static_cast<double>(kScanChunk) * most) * (1 + 0x1p-30));
  if (!(reach < kMost)) return std::nullopt;
  // A power of two, with 2^50 · step ≤ reach < 2^51 · step.
  const std::uint64_t exponent = std::bit_cast<std::uint64_t>(reach) >> 52;
  Grid grid;
  grid.step = std::bit_cast<double>((exponent - 50) << 52);
  grid.upper = (before.hi + grid.coarse()) - grid.coarse();
  const double rest = before.hi - grid.upper;
  if (!grid.holds(rest) || !grid.holds(before.lo)) return std::nullopt;
  grid.lower = rest + before.lo;
  return grid;
}

}  // namespace roundoff
