#include "kernels/output_scan.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

namespace roundoff {
namespace {

/// Runs body once for each instruction set that this machine has, then as usual.
template <class Body>
void on_every_target(Body body) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    SCOPED_TRACE(hwy::TargetName(target));
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
}

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

TEST(OutputScan, OneWrongPairIsSeenWhereverItIs) {
  on_every_target([] {
    for (const bool rising : {true, false}) {
      for (std::size_t at = 0; at < 99; ++at) {
        std::vector<std::uint32_t> y;
        for (int i = -50; i < 50; ++i) y.push_back(bits(static_cast<float>(rising ? i : -i)));
        EXPECT_TRUE(goes_one_way(y.data(), 99, rising));
        y[at + 1] = bits(std::bit_cast<float>(y[at]) + (rising ? -1.0f : 1.0f));
        EXPECT_FALSE(goes_one_way(y.data(), 99, rising)) << at;
        EXPECT_EQ(goes_one_way(y.data(), static_cast<std::int64_t>(at), rising), true) << at;
      }
    }
  });
}

TEST(OutputScan, AnyBitsAsTheOracleSays) {
  on_every_target([] {
    std::mt19937 random(1);
    const std::vector<std::uint32_t> odd{0,          0x80000000, 1,          0x80000001, 0x7f800000,
                                         0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001};
    for (int round = 0; round < 2000; ++round) {
      std::vector<std::uint32_t> y(40);
      for (auto& each : y) each = random() % 4 != 0 ? odd[random() % odd.size()] : static_cast<std::uint32_t>(random());
      if (round % 2 == 0) std::ranges::sort(y);
      for (const bool rising : {true, false})
        EXPECT_EQ(goes_one_way(y.data(), 39, rising), goes_one_way_oracle(y.data(), 39, rising));
    }
  });
}

TEST(OutputScan, OneOtherBitIsSeen) {
  on_every_target([] {
    for (const std::uint32_t flip : {0U, 0x80000000U}) {
      std::vector<std::uint32_t> a, b;
      for (std::uint32_t i = 0; i < 77; ++i) {
        a.push_back(i * 0x01234567);
        b.push_back(a.back() ^ flip);
      }
      EXPECT_TRUE(same_bits_flipped(a.data(), b.data(), 77, flip));
      for (std::size_t at = 0; at < 77; ++at) {
        b[at] ^= 1U << (at % 32);
        EXPECT_FALSE(same_bits_flipped(a.data(), b.data(), 77, flip)) << at;
        b[at] ^= 1U << (at % 32);
      }
    }
  });
}

TEST(OutputScan, HashesAreTheOracles) {
  on_every_target([] {
    std::mt19937 random(2);
    std::vector<std::uint32_t> words(kHashWords), first(kHashWords), second(kHashWords);
    for (int round = 0; round < 50; ++round) {
      for (auto* each : {&words, &first, &second}) {
        for (auto& word : *each) word = static_cast<std::uint32_t>(random());
      }
      for (auto& word : words) word &= 0xbfffffff;  // no NaN
      std::uint64_t hashes[2], expected[2];
      ASSERT_TRUE(hash_floats(words.data(), first.data(), second.data(), hashes));
      ASSERT_TRUE(hash_floats_oracle(words.data(), first.data(), second.data(), expected));
      EXPECT_EQ(hashes[0], expected[0]);
      EXPECT_EQ(hashes[1], expected[1]);
      words[random() % kHashWords] = 0xffc00000;
      EXPECT_FALSE(hash_floats(words.data(), first.data(), second.data(), hashes));
      EXPECT_FALSE(hash_floats_oracle(words.data(), first.data(), second.data(), expected));
    }
  });
}

}  // namespace
}  // namespace roundoff
