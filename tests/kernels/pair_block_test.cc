#include "kernels/pair_block.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace roundoff {
namespace {

using Block = std::vector<float>;

struct Case {
  Block a, b;
  PairRequest request;
};

float with_bits_off(float x, std::uint32_t bits) {
  std::uint32_t stored;
  std::memcpy(&stored, &x, sizeof stored);
  stored ^= bits;
  std::memcpy(&x, &stored, sizeof x);
  return x;
}

/// Every kind of block: the same bits, a few ulps apart, far apart, with zeros of both signs, too wide, with NaN.
std::vector<Case> cases() {
  std::vector<Case> all;
  std::mt19937_64 random(7);
  for (int kind = 0; kind < 8; ++kind) {
    for (const int exponent : {-79, -3, 1, 60, 126}) {
      for (const std::uint32_t offset : {0U, 112U << 23}) {
        Case c;
        for (std::int64_t i = 0; i < kPairBlock; ++i) {
          const int binades = kind == 5 ? 25 : kind == 4 ? kPairSpan : 9;
          const double unit = 1 + static_cast<double>(random() >> 41) * 0x1p-23;
          auto x = static_cast<float>(
              std::ldexp(unit, exponent - 1 - static_cast<int>(random() % static_cast<unsigned>(binades))));
          if (random() % 2 != 0) x = -x;
          if (random() % 13 == 0) x = random() % 2 != 0 ? 0.0F : -0.0F;
          float y = x;
          if (kind == 1) y = with_bits_off(x, x == 0 ? 0 : static_cast<std::uint32_t>(random() % 8));
          if (kind == 2) y = x * 1.0009765625F;
          if (kind >= 3) y = i > 0 ? c.a[static_cast<std::size_t>(i) - 1] : x;
          if (kind == 3 && random() % 3 == 0) y = -x;
          if (kind == 6 && i == 700) y = std::nanf("");
          if (kind == 7 && i == 3) x = HUGE_VALF;
          c.a.push_back(x);
          c.b.push_back(y);
        }
        c.request.exponent = exponent;
        c.request.least = offset == 0 ? 0x1p-100F : 0x1p-14F;
        c.request.offset = offset;
        c.request.relative = kind % 2 == 0 ? 0.0F : 1.5F;
        all.push_back(std::move(c));
      }
    }
  }
  return all;
}

void expect_equal(const PairSum& got, const PairSum& oracle) {
  EXPECT_EQ(got.high, oracle.high);
  EXPECT_EQ(got.low, oracle.low);
}

class PairOnEveryTarget : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override {
    hwy::SetSupportedTargetsForTest(GetParam());
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  void TearDown() override {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

void expect_figures(const PairFigures& got, const PairFigures& oracle) {
  ASSERT_EQ(got.fits, oracle.fits);
  EXPECT_EQ(got.largest, oracle.largest);
  if (!got.fits) return;
  EXPECT_EQ(got.relative_beyond, oracle.relative_beyond);
  EXPECT_EQ(got.max_abs, oracle.max_abs);
  EXPECT_EQ(got.max_ulp, oracle.max_ulp);
  EXPECT_EQ(got.max_distance, oracle.max_distance);
  EXPECT_EQ(got.distance, oracle.distance);
  EXPECT_EQ(got.zero_signs, oracle.zero_signs);
  EXPECT_EQ(got.abs, oracle.abs);
  EXPECT_EQ(got.ulps, oracle.ulps);
  expect_equal(got.aa, oracle.aa);
}

TEST_P(PairOnEveryTarget, GivesTheBytesOfTheOracle) {
  int same = 0, near = 0, far = 0;
  std::vector<std::uint32_t> counts(kPairTables * kPairTableStep), oracle_counts(counts);
  for (const Case& c : cases()) {
    PairFigures got, oracle;
    std::vector<std::uint16_t> bins(kPairBlock), oracle_bins(kPairBlock);
    same_block(c.a.data(), c.b.data(), c.request, got);
    same_block_oracle(c.a.data(), c.b.data(), c.request, oracle);
    ASSERT_EQ(got.fits, oracle.fits);
    if (got.fits) expect_equal(got.aa, oracle.aa);
    same += got.fits;

    got = oracle = {};
    near_block(c.a.data(), c.b.data(), c.request, bins.data(), got);
    near_block_oracle(c.a.data(), c.b.data(), c.request, oracle_bins.data(), oracle);
    if (got.fits || oracle.fits) {
      expect_figures(got, oracle);
      expect_equal(got.ad, oracle.ad);
      EXPECT_EQ(got.dd, oracle.dd);
      std::ranges::sort(bins);
      std::ranges::sort(oracle_bins);
      EXPECT_EQ(bins, oracle_bins);
    }
    near += got.fits;

    got = oracle = {};
    far_block(c.a.data(), c.b.data(), c.request, bins.data(), got);
    far_block_oracle(c.a.data(), c.b.data(), c.request, oracle_bins.data(), oracle);
    expect_figures(got, oracle);
    if (got.fits) {
      expect_equal(got.ab, oracle.ab);
      expect_equal(got.bb, oracle.bb);
    }
    far += got.fits;
    if (!got.fits) continue;
    EXPECT_EQ(count_beyond(c.a.data(), c.b.data(), 1e-3F, 1e-6F),
              count_beyond_oracle(c.a.data(), c.b.data(), 1e-3F, 1e-6F));
    // The bins of a block before are counted on the way, each once.
    PairRequest with = c.request;
    with.pending = bins.data();
    with.counts = counts.data();
    std::vector<std::uint16_t> unused(kPairBlock);
    far_block(c.a.data(), c.b.data(), with, unused.data(), got);
    count_bins(bins.data(), oracle_counts.data());
    ASSERT_EQ(counts, oracle_counts);
  }
  EXPECT_GT(same, 3);
  EXPECT_GT(near, 3);
  EXPECT_GT(far, 20);
}

std::vector<std::int64_t> targets() {
  hwy::SetSupportedTargetsForTest(0);
  std::vector<std::int64_t> all;
  for (std::int64_t rest = hwy::SupportedTargets() & HWY_TARGETS; rest != 0; rest &= rest - 1)
    all.push_back(rest & -rest);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Targets, PairOnEveryTarget, testing::ValuesIn(targets()),
                         [](const auto& target) { return std::string(hwy::TargetName(target.param)); });

}  // namespace
}  // namespace roundoff
