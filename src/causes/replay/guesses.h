// Orders that a cell of a matrix product may have, judging by those of other cells: too small a cell cannot be asked
// for its own order in a reasonable number of calls, but a guess can be tried on random data.
#pragma once

#include <span>
#include <vector>

#include "causes/replay/sum_tree.h"

namespace roundoff::replay {

/// Blocks added from the first to the last; inside each, `ways` accumulators take the products in turn, and are joined
/// from the first to the last or (`halves`, of a power of two) i with i + ways/2, then again. `tail_last`: what does
/// not fill a turn is added one by one after the join.
[[nodiscard]] SumTree blocks_in_turn(std::span<const std::int64_t> sizes, std::int64_t ways, bool halves,
                                     bool tail_last);

/// Left to right; then the blocks of the known trees, left to right inside and in 2, 4, 8 and 16 accumulators. Without
/// the known trees themselves.
[[nodiscard]] std::vector<SumTree> guesses_from(std::int64_t depth, std::span<const SumTree> known);

}  // namespace roundoff::replay
