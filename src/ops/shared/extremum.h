// What max, min, argmax and argmin share: one body, told which end of the line counts.
#pragma once

#include "ops/shared/fibers.h"

namespace roundoff::ops {

enum class End { greatest, least };

/// The reduction to the element at that end.
[[nodiscard]] Fiber extremum(End end);
/// The reduction to the position of the first element there.
[[nodiscard]] Fiber position_of_extremum(End end);

}  // namespace roundoff::ops
