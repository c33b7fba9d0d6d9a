// What each op's file says about its derivative, against a difference quotient of the op itself with a step of 2^-200.
#include <gtest/gtest.h>

#include "checker.h"
#include "graph/graph.h"
#include "truth/truth.h"

namespace roundoff::testing {
namespace {

constexpr long kBits = 1000;
constexpr slong kStep = -200;

Array scalar(double x) {
  Array array = *Array::make(DType::float64, {});
  array.set(0, x);
  return array;
}

/// (f(x + h) − f(x − h)) / 2h in the argument: the derivative but for h²/6 of the third one.
Ball quotient(const Elementwise& f, const std::vector<double>& x, std::size_t argument, const Attrs& attrs) {
  Ball side[2];
  for (const int sign : {0, 1}) {
    std::vector<Ball> balls(x.size());
    std::vector<const Ball*> in;
    for (std::size_t i = 0; i < x.size(); ++i) {
      balls[i].set_double(x[i]);
      if (i == argument) {
        arb_t h;
        arb_init(h);
        arb_set_si(h, sign == 0 ? -1 : 1);
        arb_mul_2exp_si(h, h, kStep);
        arb_add(balls[i].arb(), balls[i].arb(), h, ARF_PREC_EXACT);
        arb_clear(h);
      }
      in.push_back(&balls[i]);
    }
    evaluate(f, side[sign], in, attrs, kBits);
    if (side[sign].kind() == Kind::neg_zero) side[sign].set_double(0);
  }
  if (!side[0].real() || !side[1].real()) return side[0].real() ? side[1] : side[0];
  arb_sub(side[1].arb(), side[1].arb(), side[0].arb(), kBits);
  arb_mul_2exp_si(side[1].arb(), side[1].arb(), -kStep - 1);
  return side[1];
}

std::string call(const Op& op, const std::string& keyword) {
  std::string text = op.name + "(x1";
  for (int i = 2; i <= op.arity_min; ++i) text += fmt::format(", x{}", i);
  return text + keyword + ")";
}

/// Samples inside the op's intervals where both sides of x are in the domain; how many were compared is the answer.
int agreements(const Op& op, const Attrs& attrs, const std::string& keyword, std::size_t argument) {
  const auto& f = std::get<Elementwise>(op.body);
  const auto parsed = parse_expression(fmt::format("grad({}, x{})", call(op, keyword), argument + 1));
  EXPECT_TRUE(parsed.ok()) << to_string(parsed.error());
  std::map<std::string, Signature, std::less<>> signatures;
  for (std::size_t i = 0; i < op.sample.size(); ++i) signatures[fmt::format("x{}", i + 1)] = {DType::float64, {}};
  Random random(11);
  int compared = 0;
  for (int trial = 0; trial < 25; ++trial) {
    std::vector<double> x;
    Inputs inputs;
    for (const auto& intervals : op.sample) {
      const Interval& interval = intervals[random.bits() % std::min<std::size_t>(intervals.size(), 2)];
      x.push_back(random.uniform(interval.lo, interval.hi));
      inputs[fmt::format("x{}", x.size())] = scalar(x.back());
    }
    const auto graph = infer(*parsed, signatures);
    EXPECT_TRUE(graph.ok()) << to_string(graph.error());
    const auto derivative = differentiate(*graph);
    EXPECT_TRUE(derivative.ok()) << to_string(derivative.error());
    if (!derivative.ok()) return 0;
    const auto truth = certify(*derivative, inputs);
    EXPECT_TRUE(truth.ok());
    const Ball expected = quotient(f, x, argument, attrs);
    if (!expected.real() || arb_rel_accuracy_bits(expected.arb()) < 200) {
      if (!arb_is_zero(expected.arb()) || !expected.real()) continue;
    }
    Ball found, difference;
    set(found, truth->value[0]);
    if (found.kind() == Kind::neg_zero) found.set_double(0);
    EXPECT_TRUE(found.real()) << op.name << " at " << x[0];
    if (!found.real()) continue;
    arb_sub(difference.arb(), found.arb(), expected.arb(), kBits);
    mag_t error, size;
    mag_init(error);
    mag_init(size);
    arb_get_mag(error, difference.arb());
    arb_get_mag(size, expected.arb());
    mag_mul_2exp_si(size, size, -85);
    EXPECT_LE(mag_cmp(error, size), 0) << op.name << " in x" << argument + 1 << " at " << x[0]
                                       << (x.size() > 1 ? fmt::format(", {}", x[1]) : "");
    mag_clear(error);
    mag_clear(size);
    ++compared;
  }
  return compared;
}

TEST(Derivatives, AreThoseOfTheOp) {
  for (const auto& [name, op] : all_ops()) {
    if (!std::holds_alternative<Elementwise>(op.body) || name == "astype") continue;
    const Attrs attrs = oracles().contains(name) ? oracles().at(name).attrs : Attrs{};
    const auto derivative = derivative_of(op, attrs);
    for (std::size_t k = 0; k < derivative.size(); ++k) {
      EXPECT_GE(agreements(op, attrs, "", k), 10) << name;
    }
  }
}

TEST(Derivatives, FollowTheAttributes) {
  const Op& op = *find_op("gelu");
  EXPECT_GE(agreements(op, {{"approximate", std::string("tanh")}}, ", approximate='tanh'", 0), 10);
}

}  // namespace
}  // namespace roundoff::testing
