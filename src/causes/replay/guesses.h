// Orders that a cell of a matrix product may have, judging by those of other cells: too small a cell cannot be asked
// for its own order in a reasonable number of calls, but a guess can be tried on random data.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "causes/replay/orders.h"
#include "causes/replay/sum_tree.h"

namespace roundoff::replay {

/// How the products of a block are summed: `ways` accumulators take them in turn, `unroll` turns at a time.
struct InTurn {
  enum class Rest {
    in_turn,     ///< what is left over goes on in turn
    to_first,    ///< … all goes to the first accumulator
    after_join,  ///< … is added one by one once the accumulators are joined
  };
  std::int64_t ways = 1;
  std::int64_t unroll = 1;
  Join join = Join::in_order;
  Rest rest = Rest::in_turn;
};

/// "4 accumulators, k mod 4, joined 0 + 1 + (2 + 3), what is left over in the first", for blocks of these sizes.
[[nodiscard]] std::string words(const InTurn& how, std::span<const std::int64_t> sizes);

/// Blocks of these sizes, each summed so, added from the first to the last.
[[nodiscard]] SumTree blocks_in_turn(std::span<const std::int64_t> sizes, const InTurn& how);

/// The ways of 2, 4, 8 and 16 accumulators.
[[nodiscard]] const std::vector<InTurn>& ways_in_turn();

/// Left to right; then the blocks of the known trees, left to right inside and in several accumulators.
[[nodiscard]] std::vector<SumTree> guesses_from(std::int64_t depth, std::span<const SumTree> known);

}  // namespace roundoff::replay
