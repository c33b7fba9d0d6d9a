#include "kernels/sums.h"

#include <gmpxx.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "every_target.h"

namespace roundoff {
namespace {

std::vector<double> terms(std::int64_t n, int spread, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> x(static_cast<std::size_t>(n));
  for (double& v : x) {
    v = std::ldexp(static_cast<double>(random() >> 11) * 0x1p-52 - 1,
                   static_cast<int>(random() % static_cast<unsigned>(2 * spread + 1)) - spread);
  }
  return x;
}

struct Scan {
  std::vector<double> high, low, radius;
  DoubleDouble last;
};

template <class F>
Scan scan(const std::vector<double>& x, F f) {
  Scan out{std::vector<double>(x.size()),
           std::vector<double>(x.size()),
           std::vector<double>((x.size() + kScanSegment - 1) / kScanSegment),
           {}};
  out.last = f(DoubleDouble{1, 0x1p-60, 0}, x.data(), static_cast<std::int64_t>(x.size()), out.high.data(),
               out.low.data(), out.radius.data());
  return out;
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

bool same(const DoubleDouble& a, const DoubleDouble& b) { return a.hi == b.hi && a.lo == b.lo && a.rad == b.rad; }

class SumTargets : public EveryTarget {};

TEST_P(SumTargets, GiveTheBytesOfTheOracle) {
  for (const std::int64_t n : {0, 1, 15, 16, 17, 63, 1000, 1024, 1025, 2048, 5000}) {
    for (const int spread : {0, 30, 500}) {
      const auto x = terms(n, spread, static_cast<std::uint64_t>(n + spread));
      const LongSum got = sum_doubles(x.data(), n), expected = sum_doubles_oracle(x.data(), n);
      ASSERT_TRUE(same(got.sum, expected.sum)) << n;
      ASSERT_EQ(got.size, expected.size) << n;
      const Scan a = scan(x, scan_doubles), b = scan(x, scan_doubles_oracle);
      ASSERT_TRUE(same(a.high, b.high) && same(a.low, b.low) && same(a.radius, b.radius) && same(a.last, b.last)) << n;
    }
  }
}

// Results that bypass the caches, at places of every alignment, with nothing written beside them.
TEST_P(SumTargets, GiveTheBytesOfTheOracleBeyondTheCaches) {
  const std::int64_t n = kScanBeyondCaches + kScanChunk + 777;
  const auto x = terms(n, 30, 5);
  const Scan expected = scan(x, scan_doubles_oracle);
  for (const std::size_t shift : {0, 1, 3, 7}) {
    const std::size_t size = x.size();
    std::vector<double> high(size + 16, 0.25), low(size + 16, 0.5), radius(expected.radius.size());
    const auto last =
        scan_doubles({1, 0x1p-60, 0}, x.data(), n, high.data() + shift, low.data() + 8 - shift, radius.data());
    ASSERT_EQ(0, std::memcmp(high.data() + shift, expected.high.data(), size * sizeof(double)));
    ASSERT_EQ(0, std::memcmp(low.data() + 8 - shift, expected.low.data(), size * sizeof(double)));
    ASSERT_TRUE(same(radius, expected.radius) && same(last, expected.last));
    const auto untouched = [size](const std::vector<double>& v, std::size_t at, double mark) {
      return std::ranges::all_of(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(at),
                                 [&](double y) { return y == mark; }) &&
             std::ranges::all_of(v.begin() + static_cast<std::ptrdiff_t>(at + size), v.end(),
                                 [&](double y) { return y == mark; });
    };
    ASSERT_TRUE(untouched(high, shift, 0.25) && untouched(low, 8 - shift, 0.5));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, SumTargets, testing::ValuesIn(every_target()), target_name);

bool holds(double high, double low, double radius, const mpq_class& sum) {
  return abs(sum - mpq_class(high) - mpq_class(low)) <= mpq_class(radius);
}

TEST(Sums, RadiiHoldAreSmallAndZeroWhereExact) {
  int caught = 0;
  for (const int spread : {0, 20, 60, 400}) {
    const auto x = terms(3000, spread, 9);
    const Scan got = scan(x, scan_doubles);
    mpq_class sum = 1 + mpq_class(0x1p-60), size = 1;
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += mpq_class(x[i]);
      size += abs(mpq_class(x[i]));
      const double radius = got.radius[i / kScanSegment];
      ASSERT_TRUE(holds(got.high[i], got.low[i], radius, sum)) << spread << " " << i;
      // Segments share a radius: it is small against what their last element sums.
      ASSERT_TRUE(i % kScanSegment != kScanSegment - 1 || mpq_class(radius) <= size * mpq_class(0x1p-90));
      ASSERT_EQ(got.high[i], got.high[i] + got.low[i]);
      caught += !holds(got.high[i], got.low[i], radius * 0x1p-12, sum);
    }
    ASSERT_TRUE(holds(got.last.hi, got.last.lo, got.last.rad, sum));
    const LongSum total = sum_doubles(x.data(), 3000);
    ASSERT_TRUE(holds(total.sum.hi, total.sum.lo, total.sum.rad, sum - 1 - mpq_class(0x1p-60)));
    ASSERT_TRUE(size <= mpq_class(total.size) * mpq_class(1 + 0x1p-40) + 1);
    if (spread <= 20) {
      EXPECT_EQ(total.sum.rad, 0);  // all bits of all terms fit two doubles
    }
  }
  EXPECT_GT(caught, 100);  // a radius 2^12 too small does not pass this test
}

TEST(Sums, WhatIsNotFiniteShows) {
  auto x = terms(2000, 0, 1);
  x[1500] = HUGE_VAL;
  EXPECT_FALSE(std::isfinite(sum_doubles(x.data(), 2000).sum.hi + sum_doubles(x.data(), 2000).sum.rad));
  x[1500] = 1.7e308;
  x[1501] = 1.7e308;
  x[1502] = -1.7e308;
  const Scan got = scan(x, scan_doubles);
  EXPECT_FALSE(got.radius[1501 / kScanSegment] < HUGE_VAL && std::isfinite(got.high[1501]));
}

}  // namespace
}  // namespace roundoff
