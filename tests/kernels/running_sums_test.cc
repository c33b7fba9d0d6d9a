#include "kernels/running_sums.h"

#include <gmpxx.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "every_target.h"
#include "kernels/running_grid.h"
#include "random_terms.h"

namespace roundoff {
namespace {

struct Scan {
  std::vector<double> high, low, radius;
  DoubleDouble last;
};

constexpr DoubleDouble kBefore{1, 0x1p-60, 0};

template <class F>
Scan scan(const std::vector<double>& x, F f, const DoubleDouble& before = kBefore) {
  Scan out{std::vector<double>(x.size()),
           std::vector<double>(x.size()),
           std::vector<double>((x.size() + kScanSegment - 1) / kScanSegment),
           {}};
  out.last =
      f(before, x.data(), static_cast<std::int64_t>(x.size()), out.high.data(), out.low.data(), out.radius.data());
  return out;
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

bool same(const DoubleDouble& a, const DoubleDouble& b) { return a.hi == b.hi && a.lo == b.lo && a.rad == b.rad; }

bool same(const Scan& a, const Scan& b) {
  return same(a.high, b.high) && same(a.low, b.low) && same(a.radius, b.radius) && same(a.last, b.last);
}

/// Pairs of chunks: on a grid all above safe_size(), on one but with small terms and zeros, all zeros, ties, near
/// either end of the range, far from any grid; and one kind after the other.
std::vector<std::vector<double>> all_kinds() {
  constexpr std::int64_t n = 2 * kScanChunk;
  std::vector<std::vector<double>> kinds{terms(n, 0, 1), terms(n, 12, 2), terms(n, 3, 3), std::vector<double>(n)};
  for (std::size_t i = 0; i < kinds[2].size(); i += 3) kinds[2][i] = i % 2 == 0 ? 0.0 : -0.0;
  kinds.emplace_back(n, 0x3p-41);  // ties between steps of 2^-40
  kinds.back()[5] = 1;
  for (const double scale : {0x1p-1060, 0x1p-930, 0x1p960}) {
    kinds.push_back(terms(n, 1, 4));
    for (double& v : kinds.back()) v *= scale;
  }
  for (const int spread : {60, 300}) kinds.push_back(terms(n, spread, 5));
  std::vector<double> all;
  for (const auto& x : kinds) all.insert(all.end(), x.begin(), x.end());
  kinds.push_back(all);
  return kinds;
}

class RunningSumTargets : public EveryTarget {};

TEST_P(RunningSumTargets, GiveTheBytesOfTheOracle) {
  for (const std::int64_t n : {0, 1, 15, 16, 17, 63, 1000, 1024, 1025, 2048, 5000}) {
    for (const int spread : {0, 30, 500}) {
      const auto x = terms(n, spread, static_cast<std::uint64_t>(n + spread));
      ASSERT_TRUE(same(scan(x, scan_doubles), scan(x, scan_doubles_oracle))) << n << " " << spread;
    }
  }
  const DoubleDouble starts[] = {{}, kBefore, {-0x1p70, 3, 0x1p-20}, {0, 1, 0}};
  for (const auto& x : all_kinds())
    for (const DoubleDouble& before : starts)
      ASSERT_TRUE(same(scan(x, scan_doubles, before), scan(x, scan_doubles_oracle, before)))
          << x[0] << " " << before.hi;
}

// Results at places of every alignment, with nothing written beside them.
TEST_P(RunningSumTargets, WriteTheirResultsAndNothingElse) {
  const auto x = all_kinds().back();
  const Scan expected = scan(x, scan_doubles_oracle);
  for (const std::size_t shift : {0, 1, 3, 7}) {
    const std::size_t size = x.size();
    std::vector<double> high(size + 16, 0.25), low(size + 16, 0.5), radius(expected.radius.size());
    scan_doubles(kBefore, x.data(), static_cast<std::int64_t>(size), high.data() + shift, low.data() + 8 - shift,
                 radius.data());
    ASSERT_EQ(0, std::memcmp(high.data() + shift, expected.high.data(), size * sizeof(double)));
    ASSERT_EQ(0, std::memcmp(low.data() + 8 - shift, expected.low.data(), size * sizeof(double)));
    const auto untouched = [size](const std::vector<double>& v, std::size_t at, double mark) {
      return std::ranges::all_of(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(at),
                                 [&](double y) { return y == mark; }) &&
             std::ranges::all_of(v.begin() + static_cast<std::ptrdiff_t>(at + size), v.end(),
                                 [&](double y) { return y == mark; });
    };
    ASSERT_TRUE(untouched(high, shift, 0.25) && untouched(low, 8 - shift, 0.5));
  }
}

// Wherever it stands in its chunk.
TEST_P(RunningSumTargets, WhatIsNotANumberShows) {
  for (const double odd : {std::numeric_limits<double>::quiet_NaN(), HUGE_VAL, -HUGE_VAL}) {
    for (const std::size_t at : {0, 5, 36, 1023}) {
      auto x = terms(2 * kScanChunk, 0, 1);
      x[kScanChunk + at] = odd;
      const Scan got = scan(x, scan_doubles);
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(i < kScanChunk + at, std::isfinite(got.high[i] + got.low[i])) << odd << " " << at << " " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, RunningSumTargets, testing::ValuesIn(every_target()), target_name);

bool holds(double high, double low, double radius, const mpq_class& sum) {
  return abs(sum - mpq_class(high) - mpq_class(low)) <= mpq_class(radius);
}

TEST(RunningSums, RadiiHoldAndAreSmall) {
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
  }
  EXPECT_GT(caught, 100);  // a radius 2^12 too small does not pass this test
}

// A chunk that fills its grid: sums of nearly 2^51 steps, and rests of nearly half a step each, whose sum needs every
// bit down to the fine step. With one bit more in the terms the sums do not fit, and no radius may say that they did.
TEST(RunningSums, AreExactOnAGrid) {
  constexpr double kStep = 0x1p-20, kFine = kStep * 0x1p-43;
  const DoubleDouble before{-0x1.8p50 * kStep + kStep / 4, kStep / 16, 0};
  constexpr double kSafe = 0x1p52 * kFine;  // smaller terms may have bits below the fine step
  for (const auto& [size, last] :
       {std::pair{kSafe, kFine}, {kSafe, 2 * kFine}, {kSafe / 2, kFine}, {kSafe / 2, kFine / 2}}) {
    std::vector<double> x(kScanChunk, size + (kStep / 2 - last));
    x.back() -= last;
    const Grid grid = grid_of(before, x[0]).value();
    ASSERT_EQ(grid.step, kStep);
    ASSERT_EQ(grid.holds(kStep / 2 - last), last >= kFine);
    const Scan got = scan(x, scan_doubles, before);
    mpq_class sum = mpq_class(before.hi) + mpq_class(before.lo);
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += mpq_class(x[i]);
      ASSERT_TRUE(holds(got.high[i], got.low[i], got.radius[i / kScanSegment], sum)) << last << " " << i;
      EXPECT_TRUE(got.radius[i / kScanSegment] == 0 || last < kFine);
    }
  }
}

TEST(RunningSums, OverflowShows) {
  auto x = terms(2000, 0, 1);
  x[1500] = 1.7e308;
  x[1501] = 1.7e308;
  x[1502] = -1.7e308;
  const Scan got = scan(x, scan_doubles);
  EXPECT_FALSE(got.radius[1501 / kScanSegment] < HUGE_VAL && std::isfinite(got.high[1501]));
}

}  // namespace
}  // namespace roundoff
