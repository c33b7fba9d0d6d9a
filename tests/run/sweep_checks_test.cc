#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "run/sweep/checks.h"

namespace roundoff::sweep {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

std::span<const std::byte> bytes(const std::vector<float>& y) { return std::as_bytes(std::span(y)); }

std::vector<float> rising(std::size_t n) {
  std::vector<float> y(n);
  for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<float>(i) - 100;
  return y;
}

PairCount monotone(const std::vector<float>& y, bool negative, bool rises) {
  const auto stretches = stretches_of({{-kInf, kInf, rises}}, DType::float32, negative);
  PairCount pairs;
  check_monotone({DType::float32, negative, 1000, bytes(y)}, stretches, pairs);
  return pairs;
}

TEST(SweepChecks, AFallIsFoundWhereverItIs) {
  for (const std::size_t at : {0U, 1U, 63U, 64U, 65U, 197U, 198U}) {
    std::vector<float> y = rising(200);
    EXPECT_EQ(monotone(y, false, true).broken, 0);
    y[at + 1] = y[at] - 5;
    const PairCount pairs = monotone(y, false, true);
    EXPECT_EQ(pairs.of, 199);
    EXPECT_EQ(pairs.broken, 1) << at;
    ASSERT_TRUE(pairs.first);
    EXPECT_EQ(pairs.first->x[0], 1000 + at);
    EXPECT_EQ(pairs.first->y[1], std::bit_cast<std::uint32_t>(y[at + 1]));
  }
}

TEST(SweepChecks, OnTheNegativeSideMagnitudesRunTheOtherWay) {
  std::vector<float> y = rising(200);
  EXPECT_EQ(monotone(y, true, false).broken, 0);
  const PairCount all = monotone(y, true, true);
  EXPECT_EQ(all.broken, 199);
  EXPECT_EQ(all.first->x[0], 0x80000000U + 1000 + 198);  // the leftmost
}

TEST(SweepChecks, EqualNeighboursZerosAndNaNBreakNothing) {
  EXPECT_EQ(monotone({1, 1, 1}, false, true).broken, 0);
  EXPECT_EQ(monotone({-1, 0.0f, -0.0f, 0.0f, 1}, false, true).broken, 0);
  EXPECT_EQ(monotone({2, NAN, 1}, false, true).broken, 0);
  EXPECT_EQ(monotone({1, INFINITY, 3}, false, true).broken, 1);
}

TEST(SweepChecks, OnlyStretchesCount) {
  const auto stretches = stretches_of({{0, 1, true}}, DType::float32, false);
  ASSERT_EQ(stretches.size(), 1U);
  PairCount pairs;
  const std::vector<float> y{1, 0, -1};
  check_monotone({DType::float32, false, pattern_of(DType::float32, 1) - 1, bytes(y)}, stretches, pairs);
  EXPECT_EQ(pairs.of, 1);  // 1 itself is in it, what follows is not
  EXPECT_TRUE(stretches_of({{0, 1, true}}, DType::float32, true).empty());
}

TEST(SweepChecks, Mirrors) {
  std::vector<float> p = rising(150), n = p;
  PairCount even, odd;
  check_parity({DType::float32, false, 5, bytes(p)}, {DType::float32, true, 5, bytes(n)}, Parity::even, even);
  EXPECT_EQ(even.of, 150);
  EXPECT_EQ(even.broken, 0);
  for (float& y : n) y = -y;
  n[140] = std::nextafter(n[140], 0.0f);
  p[3] = n[3] = NAN;
  check_parity({DType::float32, false, 5, bytes(p)}, {DType::float32, true, 5, bytes(n)}, Parity::odd, odd);
  EXPECT_EQ(odd.broken, 1);
  EXPECT_EQ(odd.first->x[0], 145U);
  EXPECT_EQ(odd.first->x[1], 0x80000000U + 145);
}

TEST(SweepChecks, DigestsTellOutputsApart) {
  std::vector<float> y = rising(5000);
  const Digest digest = digest_of(DType::float32, bytes(y));
  EXPECT_EQ(digest, digest_of(DType::float32, bytes(y)));
  for (const std::size_t at : {0U, 511U, 512U, 1023U, 1024U, 4999U}) {
    std::vector<float> other = y;
    other[at] = std::nextafter(other[at], 1e9f);
    EXPECT_NE(digest, digest_of(DType::float32, bytes(other))) << at;
  }
  std::vector<float> swapped = y;
  std::swap(swapped[10], swapped[20]);
  EXPECT_NE(digest, digest_of(DType::float32, bytes(swapped)));
  y.pop_back();
  EXPECT_NE(digest, digest_of(DType::float32, bytes(y)));
}

TEST(SweepChecks, EveryNaNIsTheSame) {
  const std::vector<float> a{1, std::bit_cast<float>(0x7fc00000U)}, b{1, std::bit_cast<float>(0xffc00001U)};
  EXPECT_EQ(digest_of(DType::float32, bytes(a)), digest_of(DType::float32, bytes(b)));
}

}  // namespace
}  // namespace roundoff::sweep
