#include "base/exact_sum.h"

#include <gtest/gtest.h>
#include <mpfr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace roundoff {
namespace {

/// Σ x (or Σ x²) over n by MPFR with room for every bit a double or its square can have, rounded once to a double.
double by_mpfr(const std::vector<double>& values, bool squares, std::int64_t n) {
  mpfr_t sum, term;
  mpfr_init2(sum, 4500);
  mpfr_init2(term, 128);
  mpfr_set_zero(sum, 1);
  for (const double x : values) {
    mpfr_set_d(term, x, MPFR_RNDN);
    if (squares) mpfr_sqr(term, term, MPFR_RNDN);
    mpfr_add(sum, sum, term, MPFR_RNDN);
  }
  mpfr_exp_t low = mpfr_get_emin(), high = mpfr_get_emax();
  mpfr_t quotient;
  mpfr_init2(quotient, 53);
  mpfr_set_emin(-1073);
  mpfr_set_emax(1024);
  int direction = mpfr_div_si(quotient, sum, static_cast<long>(n), MPFR_RNDN);
  direction = mpfr_check_range(quotient, direction, MPFR_RNDN);
  mpfr_subnormalize(quotient, direction, MPFR_RNDN);
  mpfr_set_emin(low);
  mpfr_set_emax(high);
  const double rounded = mpfr_zero_p(quotient) ? 0.0 : mpfr_get_d(quotient, MPFR_RNDN);
  mpfr_clears(sum, term, quotient, nullptr);
  return rounded;
}

void expect_same(double got, double expected, const char* what) {
  EXPECT_EQ(std::bit_cast<std::uint64_t>(got == 0 ? 0.0 : got),
            std::bit_cast<std::uint64_t>(expected == 0 ? 0.0 : expected))
      << what << ": " << got << " for " << expected;
}

void check(const std::vector<double>& values, std::mt19937_64& random) {
  ExactSum sum, squares;
  for (const double x : values) {
    sum.add(x);
    squares.add_product(x, x);
  }
  expect_same(sum.rounded(), by_mpfr(values, false, 1), "sum");
  expect_same(squares.rounded(), by_mpfr(values, true, 1), "squares");
  for (const std::int64_t n : {std::int64_t{1}, std::int64_t{3}, static_cast<std::int64_t>(values.size()),
                               static_cast<std::int64_t>(random() >> 1 | 1), std::int64_t{1} << 40,
                               std::numeric_limits<std::int64_t>::max()}) {
    expect_same(sum.divided_by(n), by_mpfr(values, false, n), "mean");
    expect_same(squares.divided_by(n), by_mpfr(values, true, n), "mean of squares");
  }
  // Any split, any order, any way of merging.
  std::vector<double> shuffled = values;
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  std::vector<ExactSum> parts(1 + random() % 7);
  for (const double x : shuffled) parts[random() % parts.size()].add(x);
  while (parts.size() > 1) {
    const std::size_t from = random() % (parts.size() - 1);
    parts[from].merge(parts.back());
    parts.pop_back();
  }
  expect_same(parts[0].rounded(), sum.rounded(), "merged");
}

TEST(ExactSum, RandomValuesOfAllExponents) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> values;
    while (values.size() < 1 + random() % 60) {
      const double x = std::bit_cast<double>(random());
      if (std::isfinite(x)) values.push_back(x);
    }
    check(values, random);
  }
}

TEST(ExactSum, Cancellation) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> values;
    for (int i = 0; i < 30; ++i) {
      const double x = std::bit_cast<double>(random());
      if (!std::isfinite(x)) continue;
      values.push_back(x);
      values.push_back(-x);
      if (random() % 8 == 0) values.push_back(std::nextafter(x, 0.0));
      if (random() % 8 == 0) values.push_back(-std::nextafter(x, 0.0));
    }
    std::shuffle(values.begin(), values.end(), random);
    if (!values.empty()) check(values, random);
  }
}

TEST(ExactSum, TiesAndTheirNeighbours) {
  std::mt19937_64 random(3);
  const std::vector<std::vector<double>> cases = {
      {1, 0x1p-53},
      {1, 0x1p-53, 0x1p-1074},
      {1, 0x1p-53, -0x1p-1074},
      {1 + 0x1p-52, 0x1p-53},
      {1 + 0x1p-52, 0x1p-53, -0x1p-1074},
      {-1, -0x1p-53, 0x1p-1000},
      {0x1p-1074},
      {0x1p-1074, 0x1p-1074, 0x1p-1074},
      {0x1p-1022, -0x1p-1074},
      {0x1.fffffffffffffp1023, 0x1p969},
      {0x1.fffffffffffffp1023, 0x1p970},
      {0x1.fffffffffffffp1023, 0x1p970, -0x1p-1074},
      {-0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023, 0x1p1023},
      {0.0},
      {-0.0, -0.0},
      {1e308, 1e308, -1e308, -1e308, 1},
  };
  for (const auto& values : cases) check(values, random);
}

TEST(ExactSum, OverflowInBetweenDoesNotStay) {
  ExactSum sum;
  for (int i = 0; i < 1000; ++i) sum.add(std::numeric_limits<double>::max());
  EXPECT_EQ(sum.rounded(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(sum.divided_by(1000), std::numeric_limits<double>::max());
  for (int i = 0; i < 1000; ++i) sum.add(-std::numeric_limits<double>::max());
  sum.add(0x1p-1074);
  EXPECT_EQ(sum.rounded(), 0x1p-1074);
}

TEST(ExactSum, NoOtherNumbersThanFiniteOnes) {
  ExactSum sum, other;
  EXPECT_EQ(sum.rounded(), 0);
  EXPECT_FALSE(std::signbit(sum.rounded()));
  sum.add(1);
  other.add(std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(other.rounded()));
  sum.merge(other);
  EXPECT_TRUE(std::isnan(sum.rounded()));
  ExactSum square;
  square.add_product(std::nan(""), std::nan(""));
  EXPECT_TRUE(std::isnan(square.divided_by(3)));
}

TEST(ExactSum, MergingIntoItselfManyTimesStaysExact) {
  ExactSum sum;
  sum.add(0x1.fffffffffffffp500);
  sum.add(-0x1.8p-400);
  for (int i = 0; i < 61; ++i) {
    const ExactSum copy = sum;
    sum.merge(copy);  // doubles: many more additions stand behind a digit than one digit holds
  }
  ExactSum expected;
  expected.add(0x1.fffffffffffffp561);
  expected.add(-0x1.8p-339);
  EXPECT_EQ(sum.rounded(), expected.rounded());
  ExactSum minus;
  minus.add(-0x1.fffffffffffffp561);
  sum.merge(minus);
  EXPECT_EQ(sum.rounded(), -0x1.8p-339);
}

}  // namespace
}  // namespace roundoff
