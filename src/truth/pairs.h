// The arguments that Elementwise::pair takes.
#pragma once

#include <cmath>

namespace roundoff::truth {

/// Whether the number's size is in the range that a pair's bounds hold for; NaN is not.
[[nodiscard]] inline bool for_pair(double x) { return std::fabs(x) >= 0x1p-300 && std::fabs(x) <= 0x1p300; }

}  // namespace roundoff::truth
