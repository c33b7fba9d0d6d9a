// The order of a sum as a tree, found from outside: Fu, Zhao & Zhang, "FPRev" (arXiv 2411.00442).
// All terms are 1 but +M at p and −M at q, with M so large that it swallows what is added to it: the result then counts
// the terms that are added after the two have met, and n less that is the number of leaves below their lowest common
// ancestor.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/replay_products.h"
#include "roundoff/result.h"

namespace roundoff::replay {

/// A binary tree over leaves 0 … leaves − 1. Node i is numbered leaves + i; sides are exchangeable.
struct SumTree {
  std::int64_t leaves = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> nodes;
  std::int64_t root = 0;
  friend bool operator==(const SumTree&, const SumTree&) = default;
};

using LeafPair = std::pair<std::int64_t, std::int64_t>;
/// The number of leaves below the lowest common ancestor of each pair, in one go.
using Measure = std::function<Result<std::vector<std::int64_t>>(std::span<const LeafPair>)>;

/// Of a node: its first and last leaf, and how many leaves it sums.
struct Extent {
  std::int64_t first, last, count;
  [[nodiscard]] bool contiguous() const { return last - first + 1 == count; }
};
/// Of every node, the leaves included; children come before their parents.
[[nodiscard]] std::vector<Extent> extents_of(const SumTree& tree);

/// A hash of the tree, up to exchange of the two sides of a sum: equal for equal trees.
[[nodiscard]] std::uint64_t hash_of(const SumTree& tree);

/// Finds the tree of n leaves with one call of `measure` per level of nested subtrees. An Error where the numbers fit
/// no binary tree (an instruction that adds several terms at once, or an order that is not fixed).
[[nodiscard]] Result<SumTree> find_tree(std::int64_t n, const Measure& measure);

/// Where the tree is made of blocks of neighbours, added from the first to the last: their sizes; one size where it is
/// no such tree, or left to right throughout.
[[nodiscard]] std::vector<std::int64_t> blocks_of(const SumTree& tree);

/// The tree as steps for the replay: single leaves extend the accumulator that they meet, and so do runs of evenly
/// spaced ones. Of two leaves that meet first, the one with the smaller index comes first, unless `later_first`: it
/// matters where multiply-adds are fused.
[[nodiscard]] std::vector<kernels::SumStep> steps_of(const SumTree& tree, bool later_first = false);

}  // namespace roundoff::replay
