// Published arguments whose exact result lies unusually near a midpoint between two floats, or where a library errs
// most: data/worst_cases.txt, with its sources.
#pragma once

#include <string_view>
#include <vector>

#include "inputs/float_range.h"

namespace roundoff {

/// The arguments of each case of this op in this dtype; none where none is known.
[[nodiscard]] std::vector<std::vector<Bits>> worst_cases(std::string_view op, DType dtype);

}  // namespace roundoff
