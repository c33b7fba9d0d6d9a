#include "causes/replay/guesses.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace roundoff::replay {
namespace {

/// Grows a tree from the leaves up.
class Grower {
 public:
  explicit Grower(std::int64_t leaves) : tree_{leaves, {}, 0} {}

  std::int64_t add(std::int64_t left, std::int64_t right) {
    tree_.nodes.emplace_back(left, right);
    return tree_.leaves + static_cast<std::int64_t>(tree_.nodes.size()) - 1;
  }
  /// The leaves first, first + stride, … before `last`, from the first on.
  std::int64_t run(std::int64_t first, std::int64_t last, std::int64_t stride) {
    std::int64_t sum = first;
    for (std::int64_t leaf = first + stride; leaf < last; leaf += stride) sum = add(sum, leaf);
    return sum;
  }
  std::int64_t join(std::vector<std::int64_t> sums, bool halves) {
    if (halves && std::has_single_bit(sums.size())) {
      for (std::size_t n = sums.size() / 2; n > 0; n /= 2) {
        for (std::size_t i = 0; i < n; ++i) sums[i] = add(sums[i], sums[i + n]);
      }
      return sums[0];
    }
    return std::accumulate(sums.begin() + 1, sums.end(), sums[0],
                           [this](std::int64_t a, std::int64_t b) { return add(a, b); });
  }
  SumTree take(std::int64_t root) {
    tree_.root = root;
    return std::move(tree_);
  }

 private:
  SumTree tree_;
};

}  // namespace

SumTree blocks_in_turn(std::span<const std::int64_t> sizes, std::int64_t ways, bool halves, bool tail_last) {
  Grower grower(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}));
  std::vector<std::int64_t> sums;
  std::int64_t first = 0;
  for (const std::int64_t size : sizes) {
    const std::int64_t lanes = std::min(ways, size);
    const std::int64_t end = first + size;
    const std::int64_t turns_end = tail_last ? first + size / lanes * lanes : end;
    std::vector<std::int64_t> lane;
    for (std::int64_t i = 0; i < lanes; ++i) lane.push_back(grower.run(first + i, turns_end, lanes));
    std::int64_t sum = grower.join(std::move(lane), halves);
    for (std::int64_t leaf = turns_end; leaf < end; ++leaf) sum = grower.add(sum, leaf);
    sums.push_back(sum);
    first = end;
  }
  return grower.take(grower.join(std::move(sums), false));
}

std::vector<SumTree> guesses_from(std::int64_t depth, std::span<const SumTree> known) {
  std::vector<std::vector<std::int64_t>> cuts{{depth}};
  for (const SumTree& tree : known) {
    std::vector<std::int64_t> sizes = blocks_of(tree);
    if (std::ranges::find(cuts, sizes) == cuts.end()) cuts.push_back(std::move(sizes));
  }
  std::vector<SumTree> guesses;
  for (const std::vector<std::int64_t>& sizes : cuts) guesses.push_back(blocks_in_turn(sizes, 1, false, false));
  for (const std::int64_t ways : {2, 4, 8, 16}) {
    for (const std::vector<std::int64_t>& sizes : cuts) {
      for (const bool halves : {true, false}) {
        for (const bool tail_last : {true, false}) {
          if (halves || ways > 2) guesses.push_back(blocks_in_turn(sizes, ways, halves, tail_last));
        }
      }
    }
  }
  return guesses;
}

}  // namespace roundoff::replay
