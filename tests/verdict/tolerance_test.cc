// The tolerance must cover every pair of honest results, and be no looser than it has to.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "verdict/verdict.h"

namespace roundoff {
namespace {

Truth make(int n, DType dtype, const std::function<double(int)>& t, const std::function<double(double)>& radius) {
  Truth truth;
  truth.dtype = dtype;
  truth.shape = {n};
  for (int i = 0; i < n; ++i) {
    truth.nearest.push_back(round_to(format_of(dtype), t(i)));
    truth.value.push_back({truth.nearest.back(), 0, 0, 0, Kind::real});
    truth.budget.sound.push_back(radius(truth.nearest.back()));
    truth.budget.probable.push_back(truth.budget.sound.back() / 4);
  }
  return truth;
}

double ulp32(double t) { return ulp(format_of(DType::float32), t); }

void expect_covers(const Truth& truth, const Tolerance& tolerance) {
  for (std::size_t i = 0; i < truth.nearest.size(); ++i) {
    const double r = truth.budget.sound[i];
    if (!std::isfinite(r) || !std::isfinite(truth.nearest[i])) continue;
    ASSERT_LE(2 * r, (tolerance.atol + tolerance.rtol * std::max(0.0, std::fabs(truth.nearest[i]) - r)) * (1 + 1e-12))
        << i;
  }
  for (const double x : {tolerance.rtol, tolerance.atol})
    EXPECT_EQ(x, std::stod(fmt::format("{:.1e}", x))) << "two digits";
}

TEST(Tolerance, AnElementwiseFunctionNeedsNoAtol) {
  const Truth truth = make(
      2000, DType::float32, [](int i) { return std::exp(-80 + 0.08 * i); }, ulp32);
  const Tolerance t = justified_tolerance(truth).value();
  expect_covers(truth, t);
  EXPECT_EQ(t.atol, 0);
  EXPECT_EQ(t.rtol, 2.4e-7);  // two ulp of what is just above a power of two
  EXPECT_THAT(t.basis, ::testing::HasSubstr("usually"));
}

TEST(Tolerance, SubnormalResultsNeedATinyAtolOnly) {
  const Truth truth = make(
      2000, DType::float32, [](int i) { return std::exp2(-149 + 0.1 * i); }, ulp32);
  const Tolerance t = justified_tolerance(truth).value();
  expect_covers(truth, t);
  EXPECT_LE(t.atol, 4e-45);
  EXPECT_GT(t.atol, 0);
  EXPECT_LE(t.rtol, 3e-7);
}

TEST(Tolerance, AConstantRadiusNeedsNoRtol) {
  const Truth truth = make(
      1000, DType::float32, [](int i) { return std::sin(i); }, [](double) { return 1e-5; });
  const Tolerance t = justified_tolerance(truth).value();
  expect_covers(truth, t);
  EXPECT_EQ(t.rtol, 0);
  EXPECT_EQ(t.atol, 2e-5);
}

TEST(Tolerance, RelativeAndAbsoluteTogether) {
  const Truth truth = make(
      4000, DType::float32, [](int i) { return std::exp(0.005 * i) * (i % 2 ? 1 : -1); },
      [](double x) { return 1e-6 * std::fabs(x) + 1e-4; });
  const Tolerance t = justified_tolerance(truth).value();
  expect_covers(truth, t);
  EXPECT_LE(t.rtol, 2.2e-6);
  EXPECT_LE(t.atol, 2.2e-4);
}

TEST(Tolerance, RandomBudgetsAreCovered) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int round = 0; round < 200; ++round) {
    const double wild = std::exp(40 * uniform(random));
    const Truth truth = make(
        1 + round, DType::float64, [&](int) { return std::exp(wild * 0.1 * uniform(random)) * uniform(random); },
        [&](double x) { return std::fabs(x) * std::exp(-20 + 20 * uniform(random)); });
    const auto t = justified_tolerance(truth);
    ASSERT_TRUE(t.has_value());
    expect_covers(truth, *t);
  }
}

TEST(Tolerance, ExactFunctionsAndEmptyOnes) {
  const Truth exact = make(
      50, DType::float32, [](int i) { return i; }, [](double) { return 0; });
  const Tolerance t = justified_tolerance(exact).value();
  EXPECT_EQ(t.rtol, 0);
  EXPECT_EQ(t.atol, 0);
  EXPECT_THAT(t.basis, ::testing::HasSubstr("equal"));
  EXPECT_FALSE(justified_tolerance(make(0, DType::float32, nullptr, nullptr)).has_value());
}

TEST(Tolerance, ElementsWithoutABoundAreNamed) {
  Truth truth = make(
      10, DType::float32, [](int) { return 1; }, ulp32);
  truth.budget.sound[4] = std::numeric_limits<double>::infinity();
  truth.nearest[5] = std::numeric_limits<double>::quiet_NaN();
  const Tolerance t = justified_tolerance(truth).value();
  EXPECT_EQ(t.rtol, 2.4e-7);
  EXPECT_THAT(t.basis, ::testing::HasSubstr("1 element"));
  truth.budget.sound.assign(10, std::numeric_limits<double>::infinity());
  EXPECT_FALSE(justified_tolerance(truth).has_value());
}

}  // namespace
}  // namespace roundoff
