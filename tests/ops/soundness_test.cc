// Wide balls: f(points inside) must lie in ball(f), for that is how budgets propagate.
#include <gtest/gtest.h>

#include "checker.h"

namespace roundoff::testing {
namespace {

constexpr int kBalls = 1500;
constexpr int kPoints = 6;

Attrs attrs_of(const std::string& name) {
  const auto it = oracles().find(name);
  return it == oracles().end() ? Attrs{} : it->second.attrs;
}

/// A random ball round a sample of the op: exact, or with a relative (now and then absolute) radius of 2^-60 to 2^2.
void random_ball(Ball& out, const Op& op, std::size_t argument, Random& random) {
  const auto& intervals = op.sample.at(argument);
  const Interval& interval = intervals[random.bits() % intervals.size()];
  double x = random.bits() % 8 == 0 ? random.pattern(DType::float32) : random.uniform(interval.lo, interval.hi);
  if (!std::isfinite(x)) x = 1;
  if (random.bits() % 8 == 0) x = std::round(x);
  out.set_double(x == 0 ? 0.0 : x);
  if (random.bits() % 4 == 0) return;
  arf_t size;
  arf_init(size);
  arf_set_d(size, random.bits() % 3 == 0 ? 1 : x);
  arf_get_mag(arb_radref(out.arb()), size);
  const int shift = random.bits() % 2 == 0 ? 30 : 60;
  mag_mul_2exp_si(arb_radref(out.arb()), arb_radref(out.arb()), 2 - static_cast<slong>(random.bits() % (shift + 2)));
  arf_clear(size);
}

/// An exact number of the ball: an end, the midpoint, or between.
void random_point(Ball& out, const Ball& ball, Random& random) {
  arf_t t;
  arf_init(t);
  arf_set_mag(t, arb_radref(ball.arb()));
  const std::uint64_t way = random.bits() % 4;
  if (way >= 2) {
    arf_t share;
    arf_init(share);
    arf_set_d(share, random.uniform(-1, 1));
    arf_mul(t, t, share, ARF_PREC_EXACT, ARF_RND_DOWN);
    arf_clear(share);
  }
  if (way == 1) arf_neg(t, t);
  arf_add(arb_midref(out.arb()), arb_midref(ball.arb()), t, ARF_PREC_EXACT, ARF_RND_DOWN);
  mag_zero(arb_radref(out.arb()));
  out.set_kind(Kind::real);
  arf_clear(t);
}

bool surely_beyond(const Ball& ball, bool negative) {
  if (ball.kind() == (negative ? Kind::huge_neg : Kind::huge_pos)) return true;
  return ball.real() && (negative ? arb_is_negative(ball.arb()) : arb_is_positive(ball.arb())) &&
         arf_cmpabs_2exp_si(arb_midref(ball.arb()), 1 << 20) >= 0;
}

/// Whether the enclosure `wide` allows the value `point`, itself a certified ball.
bool allows(const Ball& wide, const Ball& point) {
  if (wide.kind() == Kind::undecided || point.kind() == Kind::undecided) return true;
  static const Ball kZero;
  const Ball& value = point.kind() == Kind::neg_zero ? kZero : point;
  if (wide.kind() == Kind::huge_pos || wide.kind() == Kind::huge_neg) {
    return surely_beyond(value, wide.kind() == Kind::huge_neg);
  }
  if (wide.kind() == Kind::neg_zero) return value.real() && arb_contains_zero(value.arb());
  if (wide.real() && (value.kind() == Kind::huge_pos || value.kind() == Kind::huge_neg)) {
    Ball bound;  // at least one such number must be in
    arb_set_si(bound.arb(), value.kind() == Kind::huge_pos ? 1 : -1);
    arb_mul_2exp_si(bound.arb(), bound.arb(), 1 << 20);
    return value.kind() == Kind::huge_pos ? !arb_lt(wide.arb(), bound.arb()) : !arb_gt(wide.arb(), bound.arb());
  }
  if (!wide.real() || !value.real()) return wide.kind() == value.kind();
  return arb_overlaps(wide.arb(), value.arb()) != 0;
}

std::string describe(const Ball& ball) {
  if (!ball.real()) return fmt::format("kind {}", static_cast<int>(ball.kind()));
  char* text = arb_get_str(ball.arb(), 25, 0);
  std::string out = text;
  flint_free(text);
  return out;
}

/// Violations of inclusion of f over random balls, and how many of the enclosures said something.
struct Found {
  int violations = 0, decided = 0;
  std::string first;
};

Found violations(const Op& op, const Elementwise& f, const Attrs& attrs, std::uint64_t seed) {
  Found found;
  Random random(seed);
  const auto arity = static_cast<std::size_t>(f.arity);
  std::vector<Ball> wide(arity), point(arity);
  std::vector<const Ball*> wide_in, point_in;
  for (std::size_t i = 0; i < arity; ++i) {
    wide_in.push_back(&wide[i]);
    point_in.push_back(&point[i]);
  }
  for (int i = 0; i < kBalls; ++i) {
    for (std::size_t k = 0; k < arity; ++k) random_ball(wide[k], op, k, random);
    Ball enclosure, value, through;
    evaluate(f, enclosure, wide_in, attrs, random.bits() % 2 == 0 ? 64 : 128);
    found.decided += enclosure.kind() != Kind::undecided;
    set(through, enclosure_of(enclosure));  // what the next node of a walk sees
    for (int j = 0; j < kPoints; ++j) {
      for (std::size_t k = 0; k < arity; ++k) random_point(point[k], wide[k], random);
      evaluate(f, value, point_in, attrs, 400);
      if (allows(enclosure, value) && allows(through, value)) continue;
      if (++found.violations > 4) continue;
      found.first += "\n f(";
      for (const Ball& each : wide) found.first += describe(each) + "; ";
      found.first += ") = " + describe(enclosure) + " leaves out f(";
      for (const Ball& each : point) found.first += describe(each) + "; ";
      found.first += ") = " + describe(value);
    }
  }
  return found;
}

TEST(Soundness, WideBallsHoldTheFunctionOfTheirPoints) {
  for (const auto& [name, op] : all_ops()) {
    const auto* f = std::get_if<Elementwise>(&op.body);
    if (f == nullptr) continue;
    const Found found = violations(op, *f, attrs_of(name), 7);
    EXPECT_EQ(found.violations, 0) << name << found.first;
    EXPECT_GT(found.decided, kBalls / 3) << name << ": an enclosure that never says anything is no budget";
  }
}

TEST(Soundness, HoldsForTheOtherForms) {
  for (const char* word : {"tanh"}) {
    const Op& op = *find_op("gelu");
    const Found found = violations(op, std::get<Elementwise>(op.body), {{"approximate", std::string(word)}}, 8);
    EXPECT_EQ(found.violations, 0) << found.first;
  }
  for (const char* word : {"int32", "uint8", "bool", "int64"}) {
    const Op& op = *find_op("astype");
    const Found found = violations(op, std::get<Elementwise>(op.body), {{"dtype", std::string(word)}}, 9);
    EXPECT_EQ(found.violations, 0) << found.first;
  }
}

TEST(Soundness, PlantedFaultsAreFound) {
  // A radius that is passed on unchanged where the slope is 1/x …
  Elementwise careless = std::get<Elementwise>(find_op("log")->body);
  careless.ball = [](Ball& out, std::span<const Ball* const> in, const Attrs&, long prec) {
    arb_get_mid_arb(out.arb(), in[0]->arb());
    arb_log(out.arb(), out.arb(), prec);
    mag_add(arb_radref(out.arb()), arb_radref(out.arb()), arb_radref(in[0]->arb()));
    out.settle();
  };
  EXPECT_GT(violations(*find_op("log"), careless, {}, 7).violations, 0);
  // … and a function taken for monotone that is not.
  Elementwise turning = std::get<Elementwise>(find_op("square")->body);
  turning.ball = [](Ball& out, std::span<const Ball* const> in, const Attrs&, long prec) {
    arb_t low, high;
    arb_init(low);
    arb_init(high);
    arb_get_interval_arf(arb_midref(low), arb_midref(high), in[0]->arb(), prec);
    arb_mul(low, low, low, prec);
    arb_mul(high, high, high, prec);
    arb_union(out.arb(), low, high, prec);
    out.settle();
    arb_clear(low);
    arb_clear(high);
  };
  EXPECT_GT(violations(*find_op("square"), turning, {}, 7).violations, 0);
}

}  // namespace
}  // namespace roundoff::testing
