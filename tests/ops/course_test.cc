// What an op claims of its course, against the op's own truth.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ops/op.h"

namespace roundoff {
namespace {

/// f(x) to 1024 bits, as a double; NaN where it has no value.
double value(const Op& op, double x) {
  Ball argument, out;
  argument.set_double(x);
  const Ball* in[] = {&argument};
  evaluate(std::get<Elementwise>(op.body), out, in, {}, 1024);
  if (out.kind() == Kind::huge_pos) return HUGE_VAL;
  if (out.kind() == Kind::huge_neg) return -HUGE_VAL;
  const auto rounded_value = rounded(out, format_of(DType::float64));
  return rounded_value.value_or(NAN);
}

std::vector<double> points() {
  std::vector<double> x;
  for (int e = -60; e <= 9; ++e) {
    for (const double m : {1.0, 1.1, 1.37, 1.9}) x.insert(x.end(), {std::ldexp(m, e), -std::ldexp(m, e)});
  }
  std::ranges::sort(x);
  return x;
}

TEST(Course, MonotoneOpsAreMonotoneThere) {
  const std::vector<double> x = points();
  int checked = 0;
  for (const auto& [name, op] : all_ops()) {
    for (const Monotone& piece : op.course.monotone) {
      double before = NAN;
      for (const double at : x) {
        if (at < piece.lo || at > piece.hi) continue;
        const double now = value(op, at);
        ASSERT_FALSE(std::isnan(now)) << name << " at " << at;
        if (!std::isnan(before)) {
          EXPECT_TRUE(piece.rising ? before <= now : before >= now) << name << " at " << at;
        }
        before = now;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 5000);
}

TEST(Course, MirroredOpsAreMirrored) {
  int checked = 0;
  for (const auto& [name, op] : all_ops()) {
    const Parity parity = op.course.parity;
    if (parity == Parity::none) continue;
    for (const double at : points()) {
      const double plus = value(op, at), minus = value(op, -at);
      if (std::isnan(plus) && std::isnan(minus)) continue;
      EXPECT_EQ(plus, parity == Parity::odd ? -minus : minus) << name << " at " << at;
      ++checked;
    }
  }
  EXPECT_GT(checked, 5000);
}

TEST(Course, OpsOfSeveralArgumentsClaimNothing) {
  EXPECT_TRUE(find_op("pow")->course.monotone.empty());
  EXPECT_EQ(find_op("add")->course.parity, Parity::none);
}

}  // namespace
}  // namespace roundoff
