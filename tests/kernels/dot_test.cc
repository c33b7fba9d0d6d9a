#include "kernels/dot.h"

#include <gmpxx.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "every_target.h"

namespace roundoff {
namespace {

struct Problem {
  Factors factors;
  std::int64_t k;
  std::vector<double> x, x_low, y, y_low;
};

double short_double(std::mt19937_64& random, int spread) {
  const auto mantissa = static_cast<double>(static_cast<std::int64_t>(random() % (1u << 25)) - (1 << 24));
  return std::ldexp(mantissa, static_cast<int>(random() % static_cast<unsigned>(2 * spread + 1)) - spread - 24);
}

double any_double(std::mt19937_64& random, int spread) {
  const double unit = static_cast<double>(random() >> 11) * 0x1p-53 - 0.5;
  return std::ldexp(unit, static_cast<int>(random() % static_cast<unsigned>(2 * spread + 1)) - spread);
}

Problem make(Factors factors, std::int64_t k, int spread, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Problem p{factors, k, {}, {}, {}, {}};
  const auto draw = [&](std::vector<double>& high, std::vector<double>& low, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      const double h = random() % 17 == 0                  ? 0.0
                       : factors == Factors::short_doubles ? short_double(random, spread)
                                                           : any_double(random, spread);
      high.push_back(h);
      low.push_back(h * 0x1p-54 * (static_cast<double>(random() >> 11) * 0x1p-52 - 1));
    }
  };
  draw(p.x, p.x_low, k);
  draw(p.y, p.y_low, k * kPanel);
  return p;
}

std::vector<Problem> problems() {
  std::vector<Problem> all;
  std::uint64_t seed = 1;
  for (const Factors factors : {Factors::short_doubles, Factors::doubles, Factors::double_doubles}) {
    for (const std::int64_t k : {0, 1, 2, 3, 7, 64, 333}) {
      const int widest = factors == Factors::short_doubles ? 120 : 440;
      for (const int spread : {0, 3, 40, widest}) all.push_back(make(factors, k, spread, seed++));
    }
  }
  return all;
}

PanelSums run(const Problem& p) {
  PanelSums out;
  dot_panel(p.factors, p.x.data(), p.x_low.data(), p.y.data(), p.y_low.data(), p.k, out);
  return out;
}

class DotTargets : public EveryTarget {};

TEST_P(DotTargets, GivesTheBytesOfTheOracle) {
  for (const Problem& p : problems()) {
    PanelSums oracle;
    dot_panel_oracle(p.factors, p.x.data(), p.x_low.data(), p.y.data(), p.y_low.data(), p.k, oracle);
    const PanelSums got = run(p);
    for (int j = 0; j < kPanel; ++j) {
      ASSERT_EQ(got.high[j], oracle.high[j]) << hwy::TargetName(GetParam()) << " k " << p.k;
      ASSERT_EQ(got.low[j], oracle.low[j]) << hwy::TargetName(GetParam()) << " k " << p.k;
      ASSERT_EQ(got.slip[j], oracle.slip[j]) << hwy::TargetName(GetParam()) << " k " << p.k;
      ASSERT_EQ(got.size[j], oracle.size[j]) << hwy::TargetName(GetParam()) << " k " << p.k;
    }
    std::vector<double> x(p.x), y(p.y);
    for (double& v : x) v = std::fabs(v);
    for (double& v : y) v = std::fabs(v);
    double sizes[kPanel], expected[kPanel];
    size_panel(x.data(), y.data(), p.k, sizes);
    size_panel_oracle(x.data(), y.data(), p.k, expected);
    ASSERT_EQ(0, std::memcmp(sizes, expected, sizeof sizes));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, DotTargets, testing::ValuesIn(every_target()), target_name);

mpq_class exact_sum(const Problem& p, int j, mpq_class& size) {
  mpq_class sum = 0;
  size = 0;
  for (std::int64_t i = 0; i < p.k; ++i) {
    mpq_class x(p.x[static_cast<std::size_t>(i)]), y(p.y[static_cast<std::size_t>(i * kPanel + j)]);
    if (p.factors == Factors::double_doubles) {
      x += mpq_class(p.x_low[static_cast<std::size_t>(i)]);
      y += mpq_class(p.y_low[static_cast<std::size_t>(i * kPanel + j)]);
    }
    sum += x * y;
    size += abs(x * y);
  }
  return sum;
}

TEST(Dot, RadiusHoldsAndIsZeroOnlyWhereExact) {
  int exact = 0, inexact = 0;
  for (const Problem& p : problems()) {
    const PanelSums got = run(p);
    for (int j = 0; j < kPanel; ++j) {
      mpq_class size;
      const mpq_class error = abs(exact_sum(p, j, size) - mpq_class(got.high[j]) - mpq_class(got.low[j]));
      const double radius = kernel_radius(p.factors, p.k, got.slip[j], got.size[j]);
      ASSERT_TRUE(error <= mpq_class(radius)) << "k " << p.k;
      ASSERT_TRUE(mpq_class(radius) <= size * mpq_class(0x1p-90)) << "useless radius";
      ASSERT_TRUE(mpq_class(got.size[j]) <= size * mpq_class(1 + 0x1p-40));
      ASSERT_TRUE(size <= mpq_class(got.size[j]) * mpq_class(1 + static_cast<double>(p.k + 1) * 0x1p-52));
      ++(radius == 0 ? exact : inexact);
    }
  }
  EXPECT_GT(exact, 100);
  EXPECT_GT(inexact, 100);
}

TEST(Dot, SmallIntegersAreExact) {
  Problem p = make(Factors::doubles, 1000, 0, 5);
  for (double& v : p.x) v = std::rint(v * 4096);
  for (double& v : p.y) v = std::rint(v * 4096);
  const PanelSums got = run(p);
  for (int j = 0; j < kPanel; ++j) EXPECT_EQ(0, kernel_radius(p.factors, p.k, got.slip[j], got.size[j]));
}

}  // namespace
}  // namespace roundoff
