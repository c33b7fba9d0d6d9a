// The double-double tier from Taylor series: f of every number of an argument's interval lies in its answer.
#include "truth/cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "balls/held.h"

namespace roundoff::truth {
namespace {

/// Numbers of the op's sample intervals, most of them crowded round a few places so that cells are worth making.
std::vector<double> arguments(const Op& op, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Interval> intervals = op.sample.empty() ? std::vector<Interval>{} : op.sample[0];
  if (intervals.empty()) intervals = {{-3, 3}, {-40, 40}, {0.1, 1e5}};
  std::vector<double> x;
  for (const Interval& interval : intervals) {
    for (int place = 0; place < 12; ++place) {
      const double at = std::uniform_real_distribution(interval.lo, interval.hi)(random);
      for (int i = 0; i < 150; ++i) x.push_back(at * (1 + std::uniform_real_distribution(-0.01, 0.01)(random)));
    }
  }
  return x;
}

Ball exact_value(const Op& op, const Ball& x) {
  Ball out;
  const Ball* const argument = &x;
  evaluate(std::get<Elementwise>(op.body), out, {&argument, 1}, {}, 700);
  return out;
}

Ball ball_of(const DoubleDouble& x) {
  Ball out;
  set(out, Enclosure{.hi = x.hi, .lo = x.lo, .rad = x.rad});
  return out;
}

struct Outcome {
  int asked = 0, answered = 0, tight = 0;
};

/// Asks about x as doubles, with lower parts and with radii; every answer must hold f at the interval's ends and
/// middle.
Outcome check(const Op& op, const std::vector<double>& xs) {
  const Cells cells(op, {}, static_cast<std::int64_t>(xs.size()), [&](std::int64_t i) { return xs[i]; });
  std::mt19937_64 random(3);
  Outcome outcome;
  for (std::size_t i = 0; i < xs.size(); i += 5) {
    DoubleDouble x{xs[i], 0, 0};
    if (random() % 2 == 0) x.lo = x.hi * 0x1p-54 * std::uniform_real_distribution(-1.0, 1.0)(random);
    if (random() % 3 == 0) x.rad = std::ldexp(std::fabs(x.hi), -10 - static_cast<int>(random() % 60));
    ++outcome.asked;
    const DoubleDouble y = cells.at(x);
    if (!std::isfinite(y.rad)) continue;
    ++outcome.answered;
    outcome.tight += x.rad == 0 && y.rad <= std::fabs(y.hi) * 0x1p-78;
    const Ball answer = ball_of(y);
    for (const double side : {-1.0, 0.0, 1.0}) {
      Ball point, radius;
      arb_set_d(point.arb(), x.hi);
      arb_set_d(radius.arb(), x.lo);
      arb_add(point.arb(), point.arb(), radius.arb(), 300);
      arb_set_d(radius.arb(), side * x.rad);
      arb_add(point.arb(), point.arb(), radius.arb(), 300);
      const Ball truth = exact_value(op, point);
      if (!truth.real() || !arb_contains(answer.arb(), truth.arb())) {
        ADD_FAILURE() << op.name << " of " << x.hi << " + " << x.lo << " ± " << side * x.rad;
        return outcome;
      }
    }
  }
  return outcome;
}

TEST(Cells, HoldTheValueAtEveryPointOfTheirArguments) {
  int with_series = 0;
  for (const auto& [name, op] : all_ops()) {
    const auto* const body = std::get_if<Elementwise>(&op.body);
    if (body == nullptr || body->arity != 1 || body->rational || op.course.series == nullptr) continue;
    ++with_series;
    const Outcome outcome = check(op, arguments(op, 11));
    EXPECT_GT(outcome.answered, outcome.asked / 8) << name;  // of waves and poles that lie dense, none
    EXPECT_GT(outcome.tight, outcome.answered / 3) << name;
  }
  EXPECT_GE(with_series, 25);
}

TEST(Cells, HaveNoAnswerWhereFewArgumentsLieOrTheSeriesEnds) {
  const Op& sine = *find_op("sin");
  const std::vector<double> few(Cells::kWorth - 1, 1.01), many(Cells::kWorth, 1.01), wild(Cells::kWorth, 1e6 + 0.5);
  const auto answers = [&](const Op& op, const std::vector<double>& xs, const DoubleDouble& x) {
    const Cells cells(op, {}, static_cast<std::int64_t>(xs.size()), [&](std::int64_t i) { return xs[i]; });
    return std::isfinite(cells.at(x).rad);
  };
  EXPECT_FALSE(answers(sine, few, {1.01, 0, 0}));
  EXPECT_TRUE(answers(sine, many, {1.01, 0, 0}));
  EXPECT_FALSE(answers(sine, many, {1.5, 0, 0}));        // another cell
  EXPECT_FALSE(answers(sine, many, {1.01, 0, 0.1}));     // leaves it
  EXPECT_FALSE(answers(sine, wild, {1e6 + 0.5, 0, 0}));  // too many waves in a cell
  const std::vector<double> pi(Cells::kWorth, 0x1.921fb54442d18p1), pole(Cells::kWorth, -2.0);
  EXPECT_FALSE(answers(sine, pi, {pi[0], 0x1.1a62633145c07p-53, 0}));  // 0 within what a pair can tell
  EXPECT_FALSE(answers(*find_op("lgamma"), pole, {-2.0, 0, 0}));
}

}  // namespace
}  // namespace roundoff::truth
