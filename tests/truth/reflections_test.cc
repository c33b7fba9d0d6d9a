// lgamma and digamma between their poles: the values hold the truth, wherever in its row and period an input lies.
#include "truth/reflections.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "ops/op.h"

namespace roundoff::truth {
namespace {

std::uint32_t pattern_of(float x) { return std::bit_cast<std::uint32_t>(x); }

/// Every answer for inputs from this one on holds the truth and is as tight as promised; answers how many there are.
int check(Reflections& reflections, const Op& op, std::uint32_t first, int count) {
  int answers = 0;
  for (int i = 0; i < count; ++i) {
    const std::uint32_t pattern = first + static_cast<std::uint32_t>(i);
    if (!Reflections::serves(pattern)) continue;
    const double x = static_cast<double>(std::bit_cast<float>(pattern));
    const DoubleDouble t = reflections.truth(pattern);
    EXPECT_EQ(std::isfinite(t.rad), x != std::floor(x)) << x;
    if (!std::isfinite(t.rad)) continue;
    ++answers;
    Ball argument, truth, answer;
    argument.set_double(x);
    const Ball* const in = &argument;
    evaluate(std::get<Elementwise>(op.body), truth, {&in, 1}, {}, 300);
    set(answer, Enclosure{.hi = t.hi, .lo = t.lo, .rad = t.rad});
    if (!truth.real() || !arb_contains(answer.arb(), truth.arb())) {
      ADD_FAILURE() << op.name << " of " << x << ": " << t.hi << " + " << t.lo << " ± " << t.rad;
      return answers;
    }
    const double smooth = op.name == "lgamma" ? std::lgamma(1 - x) : std::log(-x);
    EXPECT_LE(t.rad, 0x1p-69 * (smooth + std::fabs(t.hi))) << x;
  }
  return answers;
}

TEST(Reflections, HoldTheTruth) {
  for (const char* const name : {"lgamma", "digamma"}) {
    const Op& op = *find_op(name);
    Reflections reflections(name);
    std::mt19937 random(5);
    int answers = 0;
    for (int binade = 10; binade < 23; ++binade) {
      const std::uint32_t first = pattern_of(-std::ldexp(1.0F, binade));
      answers += check(reflections, op, first, 70);
      answers += check(reflections, op, first + (1u << 23) - 70, 140);
      for (int i = 0; i < 12; ++i) {
        const auto row = static_cast<std::uint32_t>(random() % (1u << 12));
        answers += check(reflections, op, first + (row << 11) - 5, 10);
      }
    }
    EXPECT_GT(answers, 2000) << name;
  }
}

TEST(Reflections, ServeWhatTheyCan) {
  EXPECT_TRUE(Reflections::serves(pattern_of(-1024.0F)));
  EXPECT_TRUE(Reflections::serves(pattern_of(-8388607.5F)));
  for (const float x : {-8388608.0F, -1023.9999F, 1024.0F, 5000.5F, -INFINITY, NAN, -0.0F})
    EXPECT_FALSE(Reflections::serves(pattern_of(x))) << x;
  EXPECT_FALSE(Reflections::serves("tgamma"));
}

}  // namespace
}  // namespace roundoff::truth
