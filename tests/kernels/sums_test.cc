#include "kernels/sums.h"

#include <gmpxx.h>

#include <cmath>

#include "every_target.h"
#include "random_terms.h"

namespace roundoff {
namespace {

class SumTargets : public EveryTarget {};

TEST_P(SumTargets, GiveTheBytesOfTheOracle) {
  for (const std::int64_t n : {0, 1, 15, 16, 17, 63, 1000, 1024, 1025, 2048, 5000}) {
    for (const int spread : {0, 30, 500}) {
      const auto x = terms(n, spread, static_cast<std::uint64_t>(n + spread));
      const LongSum got = sum_doubles(x.data(), n), expected = sum_doubles_oracle(x.data(), n);
      ASSERT_EQ(got.sum.hi, expected.sum.hi) << n;
      ASSERT_EQ(got.sum.lo, expected.sum.lo) << n;
      ASSERT_EQ(got.sum.rad, expected.sum.rad) << n;
      ASSERT_EQ(got.size, expected.size) << n;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, SumTargets, testing::ValuesIn(every_target()), target_name);

TEST(Sums, RadiiHoldAndAreZeroWhereExact) {
  for (const int spread : {0, 20, 60, 400}) {
    const auto x = terms(3000, spread, 9);
    mpq_class sum = 0, size = 0;
    for (const double v : x) {
      sum += mpq_class(v);
      size += abs(mpq_class(v));
    }
    const LongSum total = sum_doubles(x.data(), 3000);
    ASSERT_TRUE(abs(sum - mpq_class(total.sum.hi) - mpq_class(total.sum.lo)) <= mpq_class(total.sum.rad));
    ASSERT_TRUE(size <= mpq_class(total.size) * mpq_class(1 + 0x1p-40));
    if (spread <= 20) {
      EXPECT_EQ(total.sum.rad, 0);  // all bits of all terms fit two doubles
    }
  }
}

TEST(Sums, WhatIsNotFiniteShows) {
  auto x = terms(2000, 0, 1);
  x[1500] = HUGE_VAL;
  const DoubleDouble sum = sum_doubles(x.data(), 2000).sum;
  EXPECT_FALSE(std::isfinite(sum.hi + sum.rad));
}

}  // namespace
}  // namespace roundoff
