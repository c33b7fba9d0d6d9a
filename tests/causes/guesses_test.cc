// Trees made of blocks with several accumulators, and their words.
#include "causes/replay/guesses.h"

#include <gtest/gtest.h>

#include <set>

#include "causes/replay/tree_words.h"

namespace roundoff::replay {
namespace {

TEST(BlocksInTurn, AreWhatTheyAreDescribedAs) {
  const std::vector<std::int64_t> sizes{200, 200, 150};  // room for 16 accumulators, 8 turns at a time
  for (const InTurn& how : ways_in_turn()) {
    const SumTree tree = blocks_in_turn(sizes, how);
    EXPECT_EQ(tree.leaves, 550);
    EXPECT_EQ(tree.nodes.size(), 549u);
    EXPECT_EQ(blocks_of(tree), sizes);
    EXPECT_NE(describe(tree).find("in blocks of 200, 200, 150, each in"), std::string::npos) << describe(tree);
  }
  EXPECT_EQ(describe(blocks_in_turn(sizes, {})),
            "in blocks of 200, 200, 150, left to right inside, blocks added left to right");
}

TEST(BlocksInTurn, WordsOfOneBlock) {
  const std::vector<std::int64_t> size{19};
  EXPECT_EQ(describe(blocks_in_turn(size, {})), "left to right");
  EXPECT_EQ(describe(blocks_in_turn(size, {4, 1, Join::neighbours, InTurn::Rest::in_turn})),
            "4 accumulators, k mod 4, joined 0 + 1 + (2 + 3)");
  EXPECT_EQ(describe(blocks_in_turn(size, {4, 1, Join::halves, InTurn::Rest::after_join})),
            "4 accumulators, k mod 4, joined 0 + 2 + (1 + 3), what is left over added one by one");
  EXPECT_EQ(describe(blocks_in_turn(size, {2, 4, Join::in_order, InTurn::Rest::to_first})),
            "2 accumulators, k mod 2, joined 0 + 1, what is left over in the first");
}

TEST(Guesses, BeginLeftToRightAndDiffer) {
  const std::vector<std::int64_t> sizes{24, 24, 22};
  const std::vector<SumTree> known{blocks_in_turn(sizes, {})};
  const std::vector<SumTree> guesses = guesses_from(70, known);
  ASSERT_GT(guesses.size(), 2u);
  EXPECT_EQ(describe(guesses[0]), "left to right");
  EXPECT_EQ(hash_of(guesses[1]), hash_of(known[0]));
  std::set<std::uint64_t> hashes;
  for (const SumTree& tree : guesses) hashes.insert(hash_of(tree));
  EXPECT_EQ(hashes.size(), guesses.size());
}

TEST(SumTrees, HashesIgnoreSidesButNotShape) {
  const SumTree a{3, {{0, 1}, {3, 2}}, 4}, swapped{3, {{1, 0}, {2, 3}}, 4}, other{3, {{1, 2}, {0, 3}}, 4};
  EXPECT_EQ(hash_of(a), hash_of(swapped));
  EXPECT_NE(hash_of(a), hash_of(other));
}

}  // namespace
}  // namespace roundoff::replay
