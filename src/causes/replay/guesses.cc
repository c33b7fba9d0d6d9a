#include "causes/replay/guesses.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <set>

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
  std::int64_t join(std::vector<std::int64_t> sums, Join join) {
    if (join == Join::in_order || !std::has_single_bit(sums.size())) {
      return std::accumulate(sums.begin() + 1, sums.end(), sums[0],
                             [this](std::int64_t a, std::int64_t b) { return add(a, b); });
    }
    for (std::size_t n = sums.size() / 2; n > 0; n /= 2) {
      for (std::size_t i = 0; i < n; ++i)
        sums[i] = join == Join::halves ? add(sums[i], sums[i + n]) : add(sums[2 * i], sums[2 * i + 1]);
    }
    return sums[0];
  }
  SumTree take(std::int64_t root) {
    tree_.root = root;
    return std::move(tree_);
  }

 private:
  SumTree tree_;
};

}  // namespace

namespace {

/// How many products of a block are taken in turn.
std::int64_t taken_in_turn(const InTurn& how, std::int64_t size) {
  const std::int64_t turn = how.ways * how.unroll;
  return how.rest == InTurn::Rest::in_turn ? size : size / turn * turn;
}

/// One block, from leaf `first` on; answers its node.
std::int64_t grow(Grower& grower, std::int64_t first, std::int64_t size, const InTurn& how) {
  const std::int64_t turns_end = first + taken_in_turn(how, size), end = first + size;
  if (how.ways == 1 || turns_end - first < how.ways) return grower.run(first, end, 1);
  std::vector<std::int64_t> lanes;
  for (std::int64_t i = 0; i < how.ways; ++i) lanes.push_back(grower.run(first + i, turns_end, how.ways));
  const auto add_rest = [&](std::int64_t sum) {
    for (std::int64_t leaf = turns_end; leaf < end; ++leaf) sum = grower.add(sum, leaf);
    return sum;
  };
  if (how.rest == InTurn::Rest::to_first) lanes[0] = add_rest(lanes[0]);
  const std::int64_t joined = grower.join(std::move(lanes), how.join);
  return how.rest == InTurn::Rest::after_join ? add_rest(joined) : joined;
}

std::string joined_words(std::int64_t ways, Join join) {
  std::vector<std::string> lanes;
  for (std::int64_t i = 0; i < ways; ++i) lanes.push_back(fmt::format("{}", i));
  if (join == Join::in_order) return fmt::format("{}", fmt::join(lanes, " + "));
  for (std::size_t n = lanes.size() / 2; n > 0; n /= 2) {
    for (std::size_t i = 0; i < n; ++i) {
      const std::string left = join == Join::halves ? lanes[i] : lanes[2 * i];
      const std::string right = join == Join::halves ? lanes[i + n] : lanes[2 * i + 1];
      const bool single = right.find(' ') == std::string::npos;
      lanes[i] = single ? left + " + " + right : left + " + (" + right + ")";
    }
  }
  return lanes[0];
}

}  // namespace

std::string words(const InTurn& how, std::span<const std::int64_t> sizes) {
  std::string text =
      fmt::format("{} accumulators, k mod {}, joined {}", how.ways, how.ways, joined_words(how.ways, how.join));
  if (std::ranges::all_of(sizes, [&](std::int64_t size) { return taken_in_turn(how, size) == size; })) return text;
  return text + (how.rest == InTurn::Rest::to_first ? ", what is left over in the first"
                                                    : ", what is left over added one by one");
}

SumTree blocks_in_turn(std::span<const std::int64_t> sizes, const InTurn& how) {
  Grower grower(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}));
  std::vector<std::int64_t> sums;
  std::int64_t first = 0;
  for (const std::int64_t size : sizes) {
    sums.push_back(grow(grower, first, size, how));
    first += size;
  }
  return grower.take(grower.join(std::move(sums), Join::in_order));
}

const std::vector<InTurn>& ways_in_turn() {
  static const std::vector<InTurn> all = [] {
    std::vector<InTurn> made;
    for (const std::int64_t ways : {2, 4, 8, 16}) {
      for (const Join join : {Join::halves, Join::neighbours, Join::in_order}) {
        if (ways == 2 && join != Join::in_order) continue;
        made.push_back({ways, 1, join, InTurn::Rest::in_turn});
        for (const std::int64_t unroll : {1, 2, 4, 8}) {
          made.push_back({ways, unroll, join, InTurn::Rest::to_first});
          made.push_back({ways, unroll, join, InTurn::Rest::after_join});
        }
      }
    }
    return made;
  }();
  return all;
}

std::vector<SumTree> guesses_from(std::int64_t depth, std::span<const SumTree> known) {
  std::vector<std::vector<std::int64_t>> cuts{{depth}};
  for (const SumTree& tree : known) {
    std::vector<std::int64_t> sizes = blocks_of(tree);
    if (std::ranges::find(cuts, sizes) == cuts.end()) cuts.push_back(std::move(sizes));
  }
  std::vector<SumTree> guesses;
  std::set<std::uint64_t> seen;
  const auto guess = [&](const std::vector<std::int64_t>& sizes, const InTurn& how) {
    SumTree tree = blocks_in_turn(sizes, how);
    if (seen.insert(hash_of(tree)).second) guesses.push_back(std::move(tree));
  };
  for (const std::vector<std::int64_t>& sizes : cuts) guess(sizes, {});
  for (const InTurn& how : ways_in_turn()) {
    for (const std::vector<std::int64_t>& sizes : cuts) guess(sizes, how);
  }
  return guesses;
}

}  // namespace roundoff::replay
