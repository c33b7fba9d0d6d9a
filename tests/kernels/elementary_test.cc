#include "kernels/elementary.h"

#include <mpfr.h>

#include <cmath>
#include <random>

#include "every_target.h"

namespace roundoff {
namespace {

std::vector<double> arguments(int count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> x{0x1p-1074,
                        -0x1p-1022,
                        0x1p-60,
                        1,
                        -1,
                        700,
                        -600,
                        0x1.62e42fefa39efp-1,
                        0x1.62e42fefa39efp-14,
                        0x1.62e42fefa39efp-13,
                        -0x1.62e42fefa39efp-14};
  const double ranges[] = {1e-6, 0.01, 1, 20, 600};
  while (x.size() < static_cast<std::size_t>(count)) {
    const double unit = static_cast<double>(random() >> 11) * 0x1p-52 - 1;
    x.push_back(unit * ranges[random() % 5]);
    // Half way between two rows of the tables, where the reduced argument is largest.
    x.push_back((std::rint(unit * 1000000) + 0.5) * 0x1.62e42fefa39efp-13);
  }
  return x;
}

class ElementaryTargets : public EveryTarget {};

TEST_P(ElementaryTargets, GiveTheBytesOfTheOracle) {
  const auto x = arguments(3001, 1);
  std::mt19937_64 random(2);
  std::vector<double> low, rad, y(x.size()), y_low(x.size()), y_rad(x.size());
  for (const double v : x) {
    low.push_back(v * 0x1p-54 * (static_cast<double>(random() % 2001) / 1000 - 1));
    rad.push_back(std::ldexp(1.0, -static_cast<int>(random() % 120)));
  }
  for (const bool wide : {false, true}) {
    elementary(Elementary::exp, {x.data(), wide ? low.data() : nullptr, wide ? rad.data() : nullptr},
               static_cast<std::int64_t>(x.size()), {y.data(), y_low.data(), y_rad.data()});
    for (std::size_t i = 0; i < x.size(); ++i) {
      double expected[3];
      elementary_oracle(Elementary::exp, elementary_tables(), x[i], wide ? low[i] : 0, wide ? rad[i] : 0, expected);
      ASSERT_EQ(y[i], expected[0]) << x[i];
      ASSERT_EQ(y_low[i], expected[1]) << x[i];
      ASSERT_EQ(y_rad[i], expected[2]) << x[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ElementaryTargets, testing::ValuesIn(every_target()), target_name);

/// How many enclosures of exp do not hold what MPFR says at 300 bits; `relative`: the largest error found. `low`: the
/// arguments have a lower part of up to half an ulp.
int outside(const ElementaryTables& tables, const std::vector<double>& x, bool low, double& relative) {
  mpfr_t t, d;
  mpfr_init2(t, 300);
  mpfr_init2(d, 300);
  int count = 0;
  relative = 0;
  for (const double v : x) {
    double y[3];
    const double rest = low ? std::ldexp(std::sin(v), std::ilogb(v) - 53) : 0;
    elementary_oracle(Elementary::exp, tables, v, rest, 0, y);
    mpfr_set_d(t, v, MPFR_RNDN);
    mpfr_add_d(t, t, rest, MPFR_RNDN);
    mpfr_exp(t, t, MPFR_RNDN);
    mpfr_sub_d(d, t, y[0], MPFR_RNDN);
    mpfr_sub_d(d, d, y[1], MPFR_RNDN);
    mpfr_abs(d, d, MPFR_RNDN);
    count += !(y[2] < HUGE_VAL) || mpfr_cmp_d(d, y[2]) > 0;
    mpfr_div(d, d, t, MPFR_RNDN);
    relative = std::fmax(relative, mpfr_get_d(d, MPFR_RNDN));
  }
  mpfr_clear(t);
  mpfr_clear(d);
  return count;
}

TEST(Elementary, ExpHoldsWhatMpfrSays) {
  for (const bool low : {false, true}) {
    double relative;
    EXPECT_EQ(0, outside(elementary_tables(), arguments(40000, 3), low, relative)) << low;
    EXPECT_LT(relative, kExpError);
    EXPECT_GT(relative, kExpError / 64);  // the bound is not idle
  }
}

TEST(Elementary, WrongTablesAreCaught) {
  const auto x = arguments(40000, 4);
  double relative;
  for (const int row : {1, 777, 2047}) {
    ElementaryTables wrong = elementary_tables();
    wrong.exp[row].low += 0x1p-86;
    EXPECT_GT(outside(wrong, x, false, relative), 0) << row;
  }
}

TEST(Elementary, RadiiOfArgumentsArePassedOn) {
  for (const double x : {-3.0, 0.5, 40.0}) {
    for (const double rad : {0x1p-11, 0x1p-30, 0x1p-60}) {
      double at[3], above[3];
      elementary_oracle(Elementary::exp, elementary_tables(), x, 0, rad, at);
      elementary_oracle(Elementary::exp, elementary_tables(), x, rad, 0, above);
      const double reached = std::fabs((above[0] - at[0]) + (above[1] - at[1]));
      EXPECT_LE(reached, at[2]) << x;
      EXPECT_GE(reached * 1.1, at[2]) << x;
    }
  }
}

TEST(Elementary, LeavesTheRestToOthers) {
  double y[3];
  for (const double x : {-600.1, 700.5, -1e300, HUGE_VAL, -HUGE_VAL, std::nan("")}) {
    elementary_oracle(Elementary::exp, elementary_tables(), x, 0, 0, y);
    EXPECT_FALSE(y[2] < HUGE_VAL) << x;
  }
  elementary_oracle(Elementary::exp, elementary_tables(), 1, 0, 0.01, y);
  EXPECT_FALSE(y[2] < HUGE_VAL);
  EXPECT_FALSE(find_elementary("add"));
  EXPECT_EQ(find_elementary("exp"), Elementary::exp);
}

}  // namespace
}  // namespace roundoff
