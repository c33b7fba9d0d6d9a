#include "metrics/sweep/tally.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "metrics/sweep/element.h"

namespace roundoff::sweep {
namespace {

Tally random_tally(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Tally tally(DType::float32);
  for (int i = 0; i < 300; ++i) {
    const auto pattern = static_cast<std::uint32_t>(random());
    if ((pattern & 0x7fffffff) > 0x7f800000) continue;
    const double error =
        std::ldexp(static_cast<double>(random() >> 11) * 0x1p-53 - 0.5, static_cast<int>(random() % 60));
    Measured m{.decided = random() % 20 != 0,
               .correct = std::fabs(error) < 0.5,
               .real = true,
               .error = error,
               .bin = bin_of(error)};
    m.broken[random() % kBreaks] = random() % 10 == 0;
    const Example at{.input = {pattern, 0}, .output = random() % 1000};
    Elements::add_counts(m, at, static_cast<Tier>(random() % kTiers), tally);
    tally.add_worst({.ulps = std::fabs(error), .below = error < 0, .at = at});
  }
  return tally;
}

TEST(Tally, MergesToTheSameBytesInAnyOrder) {
  const Tally a = random_tally(1), b = random_tally(2), c = random_tally(3);
  Tally left = a, right = c, mixed = b;
  left.merge(b);
  left.merge(c);
  right.merge(a);
  right.merge(b);
  Tally tail = c;
  tail.merge(a);
  mixed.merge(tail);
  EXPECT_EQ(left.save(), right.save());
  EXPECT_EQ(left.save(), mixed.save());
  Tally none(DType::float32);
  none.merge(a);
  EXPECT_EQ(none.save(), a.save());
}

TEST(Tally, ReadsBackWhatItSaves) {
  const Tally tally = random_tally(4);
  const auto back = Tally::load(tally.save());
  ASSERT_TRUE(back.ok()) << to_string(back.error());
  EXPECT_EQ(back->save(), tally.save());
}

TEST(Tally, RefusesWhatIsNoTally) {
  const std::string good = random_tally(5).save();
  for (const std::string& bad :
       {std::string("{"), std::string("[]"), std::string("{}"), good.substr(0, good.size() / 2)}) {
    EXPECT_FALSE(Tally::load(bad).ok()) << bad.substr(0, 20);
  }
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"roundoff.tally/1", "roundoff.tally/9"},
                                                        {"float32", "int8"},
                                                        {"\"elements\":", "\"elements\":-"},
                                                        {"\"sum\":\"", "\"sum\":\"x"}}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    EXPECT_FALSE(Tally::load(bad).ok()) << to;
  }
}

TEST(Tally, EdgesBelongToTheBinBelow) {
  for (int k = 1; k < kSideBins; ++k) {
    const double edge = lower_edge(k + 1);
    EXPECT_EQ(bin_of(edge), k);
    EXPECT_EQ(bin_of(std::nextafter(edge, 1e300)), std::min(k + 1, kSideBins));
    EXPECT_EQ(bin_of(-edge), -k);
  }
  EXPECT_EQ(bin_of(0.125), 0);
  EXPECT_EQ(bin_of(std::nextafter(0.125, 1)), 1);
  EXPECT_EQ(bin_of(0), 0);
  EXPECT_EQ(bin_of(INFINITY), kSideBins);
}

TEST(Tally, CountsAboveThresholds) {
  Tally tally(DType::float32);
  for (const double e : {0.5, 0.6, -1.0, -1.5, 2.0, 4.0, 5.0, -100.0}) {
    Elements::add_counts({.decided = true, .real = true, .error = e, .bin = bin_of(e)}, {}, Tier::ball, tally);
  }
  EXPECT_EQ(tally.above(0.5), 7);
  EXPECT_EQ(tally.above(1), 5);
  EXPECT_EQ(tally.above(2), 3);
  EXPECT_EQ(tally.above(4), 2);
  EXPECT_EQ(tally.measured(), 8);
  EXPECT_NEAR(tally.mean(), (0.5 + 0.6 - 1 - 1.5 + 2 + 4 + 5 - 100) / 8, kSumError);
  EXPECT_NEAR(tally.mean_abs(), (0.5 + 0.6 + 1 + 1.5 + 2 + 4 + 5 + 100) / 8, kSumError);
}

TEST(Tally, OfEqualErrorsTheSmallestInputIsKept) {
  Tally tally(DType::float32);
  tally.add_worst({.ulps = 0.7, .at = {.input = {20, 0}}});
  tally.add_worst({.ulps = 0.7 + 0x1p-30, .at = {.input = {30, 0}}});  // the same level
  EXPECT_EQ(tally.worst_of_all().at.input[0], 20u);
  tally.add_worst({.ulps = 0.7, .at = {.input = {10, 0}}});
  EXPECT_EQ(tally.worst_of_all().at.input[0], 10u);
  tally.add_worst({.ulps = 0.8, .at = {.input = {40, 0}}});
  EXPECT_EQ(tally.worst_of_all().at.input[0], 40u);
}

}  // namespace
}  // namespace roundoff::sweep
