#include "inputs/strata.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "inputs/worst_cases.h"

namespace roundoff {
namespace {

std::vector<Bits> drawn(const Strata& strata, std::int64_t index, std::size_t arity) {
  std::vector<Bits> x(arity);
  strata.draw(index, x);
  return x;
}

TEST(Strata, AnElementDependsOnSeedAndIndexAlone) {
  const FloatRange all = all_floats(DType::float64);
  const Strata one(*find_op("exp"), {all}, false, 7), same(*find_op("exp"), {all}, false, 7),
      other(*find_op("exp"), {all}, false, 8);
  int different = 0;
  for (std::int64_t i = 999; i >= 0; --i) {
    EXPECT_EQ(drawn(one, i, 1), drawn(same, i, 1));
    different += drawn(one, i, 1) != drawn(other, i, 1);
  }
  EXPECT_GT(different, 900);
}

TEST(Strata, NoNaNAndNothingOutsideTheRange) {
  for (const char* range : {"[-10, 10]", "[1, 2]", "[0, inf]", "[-inf, -1e300]"}) {
    const FloatRange floats = parse_float_range(range, DType::float64).value();
    const Strata strata(*find_op("sin"), {floats}, true, 1);
    for (std::int64_t i = 0; i < 4000; ++i) EXPECT_TRUE(floats.holds(drawn(strata, i, 1)[0])) << range << " " << i;
  }
}

TEST(Strata, EveryExponentIsThere) {
  const Strata strata(*find_op("exp"), {all_floats(DType::float64)}, false, 1);
  std::set<Bits> exponents;
  for (std::int64_t i = 0; i < 100'000; ++i) exponents.insert(drawn(strata, i, 1)[0] >> 52);
  EXPECT_GT(exponents.size(), 4000U);  // of 4094
}

TEST(Strata, PairsAreNeighboursAndMirrors) {
  const Strata strata(*find_op("sin"), {all_floats(DType::float64)}, true, 1);
  std::int64_t neighbours = 0;
  for (std::int64_t i = 0; i < 4000; i += 4) {
    const Bits x = drawn(strata, i, 1)[0], next = drawn(strata, i + 1, 1)[0];
    neighbours += next == x + 1;
    EXPECT_EQ(drawn(strata, i + 2, 1)[0], x ^ patterns_of(DType::float64).sign);
    EXPECT_EQ(drawn(strata, i + 3, 1)[0], next ^ patterns_of(DType::float64).sign);
  }
  EXPECT_GT(neighbours, 990);
}

TEST(Strata, PowersReachTheThresholds) {
  const FloatRange all = all_floats(DType::float64);
  const Strata strata(*find_op("pow"), {all, all}, false, 1);
  std::int64_t near = 0;
  for (std::int64_t i = 0; i < 20'000; ++i) {
    const auto x = drawn(strata, i, 2);
    const double exponent = value_of(DType::float64, x[1]) * std::log2(std::fabs(value_of(DType::float64, x[0])));
    near += std::fabs(exponent - 1024) < 4 || std::fabs(exponent + 1022) < 4 || std::fabs(exponent + 1075) < 4;
  }
  EXPECT_GT(near, 500);
}

TEST(WorstCases, ThoseOfTheFileInTheirDtype) {
  const auto exp = worst_cases("exp", DType::float64);
  ASSERT_FALSE(exp.empty());
  EXPECT_NE(std::find(exp.begin(), exp.end(), std::vector<Bits>{pattern_of(DType::float64, 0x1.83d4bcdebb3f4p+2)}),
            exp.end());
  for (const auto& x : exp) EXPECT_EQ(x.size(), 1U);
  for (const auto& x : worst_cases("atan2", DType::float64)) EXPECT_EQ(x.size(), 2U);
  EXPECT_TRUE(worst_cases("exp", DType::float16).empty());
  EXPECT_TRUE(worst_cases("nothing", DType::float64).empty());
}

}  // namespace
}  // namespace roundoff
