// The double-double tier of elementwise ops: f of every number of the arguments' intervals lies in its answer.
#include <gtest/gtest.h>

#include "checker.h"

namespace roundoff::testing {
namespace {

constexpr int kRounds = 4000;

/// hi + lo ± rad as a ball.
Ball ball_of(const DoubleDouble& x) {
  Ball out;
  set(out, Enclosure{.hi = x.hi, .lo = x.lo, .rad = x.rad});
  return out;
}

/// A pair: a double, a double and a rest, or those with a radius of 2^-64 to 2^-4 of it.
DoubleDouble random_pair(const Interval& interval, Random& random) {
  DoubleDouble out;
  out.hi = random.uniform(interval.lo, interval.hi);
  if (random.bits() % 8 == 0) out.hi = std::round(out.hi);
  if (random.bits() % 2 == 0) out.lo = out.hi * 0x1p-55 * random.uniform(-1, 1);
  if (random.bits() % 2 == 0) out.rad = std::ldexp(std::fabs(out.hi), -4 - static_cast<int>(random.bits() % 60));
  return out;
}

/// A number of the interval as a pair: an end, the middle, or between.
DoubleDouble point_of(const DoubleDouble& x, Random& random) {
  const double share = random.bits() % 3 == 0 ? 1 : random.bits() % 2 == 0 ? -1 : random.uniform(-1, 1);
  DoubleDouble out = x;
  out.rad = 0;
  double error;
  out.hi = two_sum(x.hi, share * x.rad * (1 - 0x1p-40), error);
  out.lo = x.lo + error;  // |error + lo| rounds to well inside the interval, if there is one
  if (x.rad == 0) out = {x.hi, x.lo, 0};
  out.hi = fast_two_sum(out.hi, out.lo, out.lo);
  return out;
}

bool in_range(double x) { return std::fabs(x) >= 0x1p-300 && std::fabs(x) <= 0x1p300; }

TEST(Pairs, HoldTheValueAtEveryPointOfTheirArguments) {
  int with_pair = 0;
  for (const auto& [name, op] : all_ops()) {
    const auto* const body = std::get_if<Elementwise>(&op.body);
    if (body == nullptr || body->pair == nullptr) continue;
    ++with_pair;
    Random random(7);
    int answers = 0, asked = 0;
    for (int round = 0; round < kRounds; ++round) {
      std::vector<DoubleDouble> x(static_cast<std::size_t>(body->arity)), point(x.size());
      bool usable = true;
      for (std::size_t k = 0; k < x.size(); ++k) {
        const auto& intervals = op.sample.at(k);
        x[k] = random_pair(intervals[random.bits() % intervals.size()], random);
        point[k] = point_of(x[k], random);
        usable = usable && in_range(x[k].hi) && in_range(point[k].hi);
      }
      if (!usable) continue;
      ++asked;
      const DoubleDouble y = body->pair(x.data());
      if (!std::isfinite(y.rad) || !std::isfinite(y.hi)) continue;
      ++answers;
      std::vector<Ball> balls;
      std::vector<const Ball*> in;
      for (const DoubleDouble& each : point) balls.push_back(ball_of(each));
      for (const Ball& each : balls) in.push_back(&each);
      Ball truth;
      evaluate(*body, truth, in, {}, 1200);
      ASSERT_TRUE(truth.real() || truth.kind() == Kind::neg_zero) << name;
      const Ball answer = ball_of(y);
      ASSERT_TRUE(arb_contains(answer.arb(), truth.arb()))
          << name << " of " << hex(x[0].hi) << " + " << hex(x[0].lo) << " ± " << hex(x[0].rad);
      bool exact = true;
      double size = std::fabs(y.hi);
      for (const DoubleDouble& each : x) {
        exact = exact && each.rad == 0;
        size = std::max(size, std::fabs(each.hi));
      }
      if (exact) {
        EXPECT_LE(y.rad, size * 0x1p-78) << name << " of " << hex(x[0].hi);
      }
    }
    EXPECT_GT(answers, asked / 4) << name;
  }
  EXPECT_GE(with_pair, 20);
}

TEST(Pairs, AreExactWhereTheResultIs) {
  const auto pair = [](const char* op) { return std::get<Elementwise>(find_op(op)->body).pair; };
  const DoubleDouble six_and_three[] = {{6, 0, 0}, {3, 0, 0}};
  for (const char* const op : {"add", "subtract", "multiply", "divide"})
    EXPECT_EQ(pair(op)(six_and_three).rad, 0) << op;
  const DoubleDouble square{0x1.8p40, 0, 0};
  EXPECT_EQ(pair("square")(&square).rad, 0);
  const DoubleDouble nine{9, 0, 0};
  EXPECT_EQ(pair("sqrt")(&nine).rad, 0);
  EXPECT_EQ(pair("sqrt")(&nine).hi, 3);
}

TEST(Pairs, HaveNoAnswerWhereTheyWouldBeWrong) {
  const auto answers = [](const char* op, std::vector<DoubleDouble> x) {
    return std::isfinite(std::get<Elementwise>(find_op(op)->body).pair(x.data()).rad);
  };
  EXPECT_FALSE(answers("log", {{-1, 0, 0}}));
  EXPECT_FALSE(answers("log", {{1, 0, 0}}));
  EXPECT_FALSE(answers("log", {{3, 0, 2}}));
  EXPECT_FALSE(answers("sqrt", {{-1, 0, 0}}));
  EXPECT_FALSE(answers("sqrt", {{1, 0, 0.75}}));
  EXPECT_FALSE(answers("divide", {{1, 0, 0}, {1, 0, 0.75}}));
  EXPECT_FALSE(answers("exp", {{701, 0, 0}}));
  EXPECT_FALSE(answers("pow", {{-2, 0, 0}, {3, 0, 0}}));
  EXPECT_FALSE(answers("tanh", {{0x1p-7, 0, 0}}));
}

}  // namespace
}  // namespace roundoff::testing
