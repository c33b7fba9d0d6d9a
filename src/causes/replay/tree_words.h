// Trees in words.
#pragma once

#include <string>

#include "causes/replay/sum_tree.h"

namespace roundoff::replay {

/// "left to right", "in blocks of 448, 288, 264, left to right inside", "4 accumulators k mod 4, joined (0 + 1) + (2 +
/// 3)", or the tree.
[[nodiscard]] std::string describe(const SumTree& tree);

}  // namespace roundoff::replay
