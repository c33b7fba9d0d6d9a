#include "kernels/ulp_errors.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace roundoff {
namespace {

struct Answer {
  ChunkErrors errors;
  std::vector<std::int32_t> each;
  std::array<std::int64_t, 65> counts{};
};

bool same(const Answer& a, const Answer& b) {
  if (a.errors.open != b.errors.open || a.each != b.each || a.counts != b.counts) return false;
  if (!std::equal(std::begin(a.errors.lanes), std::end(a.errors.lanes), b.errors.lanes)) return false;
  return a.errors.least == b.errors.least && a.errors.most == b.errors.most && a.errors.sum == b.errors.sum &&
         a.errors.sum_abs == b.errors.sum_abs;
}

struct Chunk {
  UnitPolynomial polynomial;
  std::int32_t first = 0;
  std::vector<std::uint32_t> y;
  std::uint32_t lowest = 0, highest = 0;
};

/// Outputs within `spread` ulps of a polynomial with the coefficients of a gentle or a steep function.
Chunk make_chunk(std::mt19937_64& random, int n, int bits, int spread) {
  Chunk chunk;
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-52 - 1; };
  const std::uint32_t base = 0x3f000000 + static_cast<std::uint32_t>(random() % 0x400000);
  const double slope = unit() * (bits == kFineBits ? 3 : 100);
  chunk.polynomial.bits = bits;
  chunk.polynomial.c[0] = fixed_constant(bits, base, static_cast<std::int32_t>(random() % 1000));
  chunk.polynomial.c[1] = std::ldexp(slope, bits);
  chunk.polynomial.c[2] = std::ldexp(unit(), bits - 16);
  chunk.polynomial.c[3] = std::ldexp(unit(), bits - 34);
  chunk.polynomial.c[4] = std::ldexp(unit(), bits - 50);
  chunk.first = static_cast<std::int32_t>(random() % 4096) - 2048;
  chunk.lowest = UINT32_MAX;
  for (int i = 0; i < n; ++i) {
    const double u = chunk.first + i;
    const double truth = slope * u + chunk.polynomial.c[2] * u * u / std::ldexp(1.0, bits);
    const int wobble = spread == 0 ? 0 : static_cast<int>(random() % static_cast<unsigned>(2 * spread + 1)) - spread;
    chunk.y.push_back(base + static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lrint(truth)) + wobble));
    chunk.lowest = std::min(chunk.lowest, chunk.y.back());
    chunk.highest = std::max(chunk.highest, chunk.y.back());
  }
  if (random() % 8 == 0) ++chunk.lowest;  // one of them lies outside
  return chunk;
}

template <class F>
Answer ask(F f, std::size_t n) {
  alignas(64) std::array<std::int32_t, kMostChunk> errors{};
  Answer answer;
  f(errors.data(), answer.errors, answer.counts.data());
  answer.each.assign(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(n));
  return answer;
}

/// f() on every instruction set that this machine has.
template <class F>
void on_all_targets(F f) {
  for (const auto target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    f();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

TEST(UlpErrors, EveryInstructionSetGivesTheOraclesBytes) {
  std::mt19937_64 random(1);
  int clear = 0;
  for (int round = 0; round < 400; ++round) {
    const int n = kLeastChunk << (round % 4);
    const Chunk c = make_chunk(random, n, round % 2 == 0 ? kFineBits : kSteepBits, round % 5);
    const Answer expected = ask(
        [&](std::int32_t* errors, ChunkErrors& out, std::int64_t* counts) {
          unit_errors_oracle(c.polynomial, c.first, c.y.data(), n, c.lowest, c.highest, errors, out, counts);
        },
        c.y.size());
    clear += expected.errors.open == 0;
    on_all_targets([&] {
      const Answer answer = ask(
          [&](std::int32_t* errors, ChunkErrors& out, std::int64_t* counts) {
            unit_errors(c.polynomial, c.first, c.y.data(), n, c.lowest, c.highest, errors, out, counts);
          },
          c.y.size());
      ASSERT_TRUE(same(answer, expected)) << "round " << round;
    });
  }
  EXPECT_GT(clear, 100);
}

TEST(UlpErrors, RotationsToo) {
  std::mt19937_64 random(2);
  std::vector<double> cosines, sines;
  for (int i = 0; i < 1024; ++i) {
    cosines.push_back(std::cos(i * 1.25));
    sines.push_back(std::sin(i * 1.25));
  }
  int clear = 0;
  for (int round = 0; round < 200; ++round) {
    const double x = static_cast<double>(random() % 100000);
    const bool quotient = round % 2 == 1;
    const Rotation row{std::sin(x), std::cos(x), cosines.data(), sines.data(), quotient, std::cos(x), -std::sin(x)};
    const int first = static_cast<int>(random() % 7) * 128, n = 128;
    std::vector<std::uint32_t> y;
    for (int i = 0; i < n; ++i) {
      const double angle = x + (first + i) * 1.25;
      y.push_back(std::bit_cast<std::uint32_t>(static_cast<float>(quotient ? std::tan(angle) : std::sin(angle))));
      if (round % 8 < 2 && i % 50 == 0) y.back() = static_cast<std::uint32_t>(random());
    }
    const Answer expected =
        ask([&](std::int32_t* errors, ChunkErrors& out,
                std::int64_t* counts) { rotation_errors_oracle(row, first, y.data(), n, errors, out, counts); },
            y.size());
    clear += expected.errors.open == 0;
    on_all_targets([&] {
      const Answer answer =
          ask([&](std::int32_t* errors, ChunkErrors& out,
                  std::int64_t* counts) { rotation_errors(row, first, y.data(), n, errors, out, counts); },
              y.size());
      ASSERT_TRUE(same(answer, expected)) << "round " << round;
    });
  }
  EXPECT_GT(clear, 50);
}

TEST(UlpErrors, ASkippedElementShows) {
  UnitPolynomial line;
  line.c[0] = fixed_constant(kFineBits, 0x3f800000, 0);
  line.c[1] = std::ldexp(2.75, kFineBits);
  std::vector<std::uint32_t> y;
  for (int i = 0; i < kMostChunk; ++i) y.push_back(0x3f800000 + static_cast<std::uint32_t>(std::lrint(2.75 * i)));
  y.erase(y.begin() + 200);  // all that follow are one place too early
  y.push_back(y.back() + 3);
  ChunkErrors out;
  alignas(64) std::array<std::int32_t, kMostChunk> errors{};
  std::array<std::int64_t, 65> counts{};
  unit_errors(line, 0, y.data(), kMostChunk, 0x3f800000, 0x3f801000, errors.data(), out, counts.data());
  const auto right = [](std::int32_t e) { return std::abs(e) <= (1 << (kFineBits - 1)) + kMargin; };
  EXPECT_TRUE(std::all_of(errors.begin(), errors.begin() + 200, right));
  EXPECT_TRUE(std::none_of(errors.begin() + 200, errors.end(), right));
}

TEST(UlpErrors, LinesAreExact) {
  std::vector<std::uint32_t> y(1000);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = 77 + static_cast<std::uint32_t>(i);
  on_all_targets([&] {
    for (std::size_t bad = 0; bad < y.size(); bad += 37) {
      EXPECT_TRUE(on_line(y.data(), 1000, 77, 1));
      y[bad] ^= 1;
      EXPECT_FALSE(on_line(y.data(), 1000, 77, 1)) << bad;
      y[bad] ^= 1;
    }
    EXPECT_FALSE(on_line(y.data(), 1000, 77, 0));
  });
}

}  // namespace
}  // namespace roundoff
