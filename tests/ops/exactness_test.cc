// Where the real result is a dyadic number the ball must become exact: only then are ties and steps decided.
#include <gtest/gtest.h>

#include "checker.h"

namespace roundoff::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Ball number(double x) {
  Ball ball;
  ball.set_double(x);
  return ball;
}

Ball apply(const std::string& name, const std::vector<Ball>& x, long prec = 128) {
  std::vector<const Ball*> in;
  for (const Ball& each : x) in.push_back(&each);
  Ball out;
  const auto it = oracles().find(name);
  evaluate(std::get<Elementwise>(find_op(name)->body), out, in, it == oracles().end() ? Attrs{} : it->second.attrs,
           prec);
  return out;
}

void expect_exactly(double expected, const std::string& name, const std::vector<double>& x, long prec = 128) {
  std::vector<Ball> in;
  std::string text = name;
  for (const double each : x) {
    in.push_back(number(each));
    text += " " + hex(each);
  }
  const Ball out = apply(name, in, prec);
  EXPECT_TRUE(out.exact()) << text;
  EXPECT_EQ(out.as_double(), expected) << text;
}

TEST(Exactness, Roots) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const double x = std::ldexp(std::floor(random.uniform(1, 0x1p26)), static_cast<int>(random.bits() % 600) - 300);
    expect_exactly(x, "sqrt", {x * x});
    const double power = std::ldexp(1.0, static_cast<int>(random.bits() % 600) - 300);
    expect_exactly(1 / power, "rsqrt", {power * power});
    expect_exactly(5 * power, "hypot", {3 * power, -4 * power});
    expect_exactly(x, "hypot", {-0.0, x});
  }
}

TEST(Exactness, PowersAndLogarithms) {
  for (int n = -1074; n <= 1023; ++n) {
    expect_exactly(std::ldexp(1.0, n), "exp2", {static_cast<double>(n)});
    expect_exactly(n, "log2", {std::ldexp(1.0, n)});
    expect_exactly(std::ldexp(1.0, n), "pow", {2, static_cast<double>(n)});
    if (n % 2 == 0) expect_exactly(std::ldexp(1.0, n / 2), "pow", {std::ldexp(1.0, n), 0.5});
  }
  double ten = 1;
  for (int n = 0; n <= 22; ++n, ten *= 10) {
    expect_exactly(n, "log10", {ten});
    expect_exactly(ten, "pow", {10, static_cast<double>(n)});
  }
  expect_exactly(27, "pow", {9, 1.5});
  expect_exactly(1.0 / 8, "pow", {16, -0.75});
  expect_exactly(3, "pow", {81, 0.25});
  expect_exactly(2, "pow", {0x1p-1024, -1.0 / 1024});
  expect_exactly(-243, "pow", {-3, 5});
  expect_exactly(-0.125, "pow", {-2, -3});
  expect_exactly(1, "pow", {-1, 1e300});
  expect_exactly(-1, "pow", {-1, 0x1p53 - 1});
  EXPECT_FALSE(apply("pow", {number(2), number(0.5)}).exact());
  EXPECT_FALSE(apply("log10", {number(11)}).exact());
  EXPECT_FALSE(apply("log2", {number(3)}).exact());
  expect_exactly(0.5, "sigmoid", {0});
  for (const char* name : {"lgamma", "log", "log2", "log10", "acos", "acosh"}) expect_exactly(0, name, {1});
  expect_exactly(0, "lgamma", {2});
  expect_exactly(1, "cos", {-0.0});
  expect_exactly(1, "erfc", {0});
}

TEST(Exactness, TiesOfArithmeticAreDecided) {
  Random random(2);
  const Format& format = format_of(DType::float32);
  int ties = 0;
  for (int i = 0; i < 20'000; ++i) {
    const double a = std::floor(random.uniform(1, 0x1p13)), b = std::floor(random.uniform(1, 0x1p13));
    const double product = a * b;  // up to 26 bits: often a tie of float32
    const auto answer = rounded(apply("multiply", {number(a), number(b)}), format);
    ASSERT_EQ(answer, round_to(format, product));
    ASSERT_EQ(rounded(apply("divide", {number(product), number(b)}), format), round_to(format, a));
    ties += std::fabs(product - round_to(format, product)) == ulp(format, product) / 2;
  }
  EXPECT_GT(ties, 1000);
}

TEST(Exactness, RemaindersOfFarExponents) {
  expect_exactly(std::fmod(1e308, 0x1.8p-1074), "remainder", {1e308, 0x1.8p-1074});
  const Ball near_one = apply("remainder", {number(-1e-300), number(1)});
  EXPECT_TRUE(near_one.exact());
  EXPECT_EQ(rounded(near_one, format_of(DType::float64)), 1);
  EXPECT_EQ(rounded(near_one, {.precision = 1200, .emin = -1022, .emax = 1023}).has_value(), true);
  Ball far = number(3);
  arb_mul_2exp_si(far.arb(), far.arb(), 1 << 30);
  EXPECT_EQ(apply("remainder", {far, number(7)}).kind(), Kind::undecided);  // refused, not computed in gigabytes
  EXPECT_EQ(apply("floor_divide", {far, number(7)}).kind(), Kind::undecided);
}

TEST(Exactness, StepsOfInexactArguments) {
  const Ball third = apply("divide", {number(1), number(3)});
  const Ball one = apply("multiply", {third, number(3)});  // a ball round 1
  const Ball step = apply("floor", {one});
  EXPECT_FALSE(step.exact());  // 0 or 1: no precision tells
  EXPECT_TRUE(arb_contains_si(step.arb(), 0) && arb_contains_si(step.arb(), 1));
  EXPECT_EQ(apply("floor", {third}).as_double(), 0);
  EXPECT_EQ(apply("ceil", {apply("negative", {third})}).kind(), Kind::neg_zero);
  EXPECT_EQ(apply("round", {apply("negative", {third})}).kind(), Kind::neg_zero);
  EXPECT_EQ(apply("trunc", {apply("negative", {third})}).kind(), Kind::neg_zero);
  EXPECT_EQ(apply("less", {third, number(0.5)}).as_double(), 1);
  EXPECT_FALSE(apply("equal", {one, number(1)}).exact());
}

// ---- rationals --------------------------------------------------------------------------------------------------

Rational random_rational(Random& random) {
  const long numerator = static_cast<long>(random.bits() % 4001) - 2000;
  const long denominator =
      random.bits() % 2 == 0 ? 1 << (random.bits() % 12) : 1 + static_cast<long>(random.bits() % 30);
  Rational x(numerator, denominator);
  x.canonicalize();
  return x;
}

void set_rational(Ball& out, const Rational& x, long prec) {
  fmpq_t q;
  fmpq_init(q);
  fmpq_set_mpq(q, x.get_mpq_t());
  arb_set_fmpq(out.arb(), q, prec);
  out.settle();
  fmpq_clear(q);
}

TEST(Rationals, AgreeWithBalls) {
  int checked = 0;
  for (const auto& [name, op] : all_ops()) {
    const auto* f = std::get_if<Elementwise>(&op.body);
    if (f == nullptr || !f->rational) continue;
    Random random(3);
    const auto arity = static_cast<std::size_t>(f->arity);
    const Attrs& attrs = oracles().at(name).attrs;
    for (int i = 0; i < 2000; ++i) {
      std::vector<Rational> x(arity);
      std::vector<Ball> balls(arity);
      std::vector<const Ball*> in;
      for (std::size_t k = 0; k < arity; ++k) {
        x[k] = random_rational(random);
        if (k > 0 && random.bits() % 4 == 0) x[k] = x[0];
        set_rational(balls[k], x[k], 256);
        in.push_back(&balls[k]);
      }
      const auto exact = f->rational(x, attrs);
      Ball out, expected;
      evaluate(*f, out, in, attrs, 256);
      if (!exact) {
        EXPECT_FALSE(out.real()) << name;
        continue;
      }
      if (out.kind() == Kind::neg_zero) out.set_double(0);
      if (out.kind() == Kind::undecided) continue;
      ASSERT_TRUE(out.real()) << name;
      set_rational(expected, *exact, 256);
      ASSERT_TRUE(arb_overlaps(out.arb(), expected.arb())) << name << " at " << x[0].get_d();
      if (out.exact()) {
        ASSERT_TRUE(arb_contains(expected.arb(), out.arb())) << name << " at " << x[0].get_d();
      }
      ++checked;
    }
  }
  EXPECT_GT(checked, 30'000);
}

TEST(Rationals, DecideWhatBallsCannot) {
  const auto& floor = std::get<Elementwise>(find_op("floor")->body).rational;
  const auto& round = std::get<Elementwise>(find_op("round")->body).rational;
  const auto& divide = std::get<Elementwise>(find_op("divide")->body).rational;
  EXPECT_TRUE(*floor(std::vector<Rational>{*divide(std::vector<Rational>{1, 3}, {}) * 3}, {}) == 1);
  EXPECT_TRUE(*round(std::vector<Rational>{Rational(5, 2)}, {}) == 2);
  EXPECT_TRUE(*round(std::vector<Rational>{Rational(-7, 2)}, {}) == -4);
  EXPECT_FALSE(divide(std::vector<Rational>{1, 0}, {}).has_value());
}

TEST(Exactness, InfinitiesAreExact) { expect_exactly(kInfinity, "lgamma", {-3}); }

}  // namespace
}  // namespace roundoff::testing
