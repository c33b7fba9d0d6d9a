// What var and std share.
#pragma once

#include "ops/shared/fibers.h"

namespace roundoff::ops {

/// Σ (x − mean)² / max(n − correction, 0); 0 / 0 is NaN, as in NumPy and PyTorch.
void variance_ball(Ball& out, std::span<const Ball> in, const Attrs& attrs, long prec);
/// Radius of the variance, its last rounding apart. Derivation: docs/budgets.md.
[[nodiscard]] double variance_budget(std::span<const double> mid, std::span<const double> rad, const Unit& unit,
                                     const Attrs& attrs);

}  // namespace roundoff::ops
