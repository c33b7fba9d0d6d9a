// One op on arrays, correctly rounded, and which op amplifies.
#include <mpfr.h>

#include "base/format.h"
#include "oracle.h"

namespace roundoff {
namespace {

using oracle::array;
using oracle::Draw;

constexpr double kInf = std::numeric_limits<double>::infinity();

Array replay(const std::string& expression, const Inputs& inputs, std::int64_t* undecided = nullptr) {
  const Graph graph = oracle::graph(expression, inputs);
  std::vector<Array> in;
  for (const int argument : graph.nodes[static_cast<std::size_t>(graph.output)].in) {
    const Node& node = graph.nodes[static_cast<std::size_t>(argument)];
    if (node.role == Node::Role::input) {
      in.push_back(inputs.find(node.name)->second);
    } else {
      in.push_back(Array::make(node.dtype, node.shape).value());
      in.back().set(0, node.value);
    }
  }
  auto out = correctly_rounded(graph, graph.output, in, undecided);
  EXPECT_TRUE(out.ok());
  return out.ok() ? *out : Array();
}

/// Every pair of special and random numbers.
std::pair<Array, Array> pairs(DType dtype) {
  std::vector<double> values{0, -0.0, 1, -1, kInf, -kInf, std::numeric_limits<double>::quiet_NaN(), 3, 7};
  const Format& format = format_of(dtype);
  for (const double edge :
       {format.max_finite(), format.min_normal(), format.min_subnormal(), 3 * format.min_subnormal()}) {
    values.insert(values.end(), {edge, -edge});
  }
  std::mt19937_64 random(5);
  while (values.size() < 110) values.push_back(oracle::draw(random, Draw::wide, dtype));
  const auto n = static_cast<std::int64_t>(values.size());
  const Array x = array(dtype, values);
  return {x.reshaped({n, 1}), x.reshaped({1, n})};
}

TEST(CorrectlyRounded, BasicOperationsOnEveryPair) {
  using Exact = std::function<mpq_class(const mpq_class&, const mpq_class&)>;
  const std::vector<std::pair<std::string, Exact>> ops{
      {"x + y", [](const mpq_class& a, const mpq_class& b) { return mpq_class(a + b); }},
      {"x - y", [](const mpq_class& a, const mpq_class& b) { return mpq_class(a - b); }},
      {"x * y", [](const mpq_class& a, const mpq_class& b) { return mpq_class(a * b); }},
      {"x / y", [](const mpq_class& a, const mpq_class& b) { return mpq_class(a / b); }},
  };
  for (const DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    const auto [x, y] = pairs(dtype);
    for (const auto& [expression, exact] : ops) {
      const Array out = replay(expression, {{"x", x}, {"y", y}});
      ASSERT_EQ(out.dtype(), dtype);
      for (std::int64_t i = 0; i < out.size(); ++i) {
        const double a = x.get(i / y.size()), b = y.get(i % y.size()), got = out.get(i);
        if (!std::isfinite(a) || !std::isfinite(b) || (expression == "x / y" && b == 0)) {
          const double want = expression[2] == '+'   ? a + b
                              : expression[2] == '-' ? a - b
                              : expression[2] == '*' ? a * b
                                                     : a / b;
          ASSERT_TRUE(oracle::same(got, want)) << a << expression << b;
        } else {
          ASSERT_EQ(got, oracle::round(exact(mpq_class(a), mpq_class(b)), dtype))
              << name_of(dtype) << " " << a << " " << expression << " " << b;
        }
      }
    }
  }
}

TEST(CorrectlyRounded, AgreesWithTheLadder) {
  // The processor's path and the certified path answer alike, zeros' signs included.
  for (const DType dtype : {DType::float16, DType::float32, DType::float64}) {
    const auto [x, y] = pairs(dtype);
    for (const char* expression : {"x + y", "x * y", "x / y", "x - y"}) {
      const Array fast = replay(expression, {{"x", x}, {"y", y}});
      const Truth truth = oracle::certified(expression, {{"x", x}, {"y", y}});
      for (std::int64_t i = 0; i < fast.size(); ++i) {
        const double want = truth.nearest[static_cast<std::size_t>(i)];
        ASSERT_TRUE(oracle::same(fast.get(i), want)) << expression << " " << i;
        ASSERT_EQ(want == 0 && std::signbit(fast.get(i)), want == 0 && std::signbit(want)) << expression << " " << i;
      }
    }
    for (const char* expression : {"sqrt(x)", "-x", "abs(x)", "square(x)", "reciprocal(x)"}) {
      const Array fast = replay(expression, {{"x", x}});
      const Truth truth = oracle::certified(expression, {{"x", x}});
      for (std::int64_t i = 0; i < fast.size(); ++i)
        ASSERT_TRUE(oracle::same(fast.get(i), truth.nearest[static_cast<std::size_t>(i)])) << expression << x.get(i);
    }
  }
}

TEST(CorrectlyRounded, FunctionsAgainstMpfr) {
  const Array x = array(DType::float32, {20000}, Draw::symmetric, 2);
  const std::vector<std::pair<std::string, int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t)>> functions{
      {"exp(x)", mpfr_exp}, {"sin(x)", mpfr_sin}, {"tanh(x)", mpfr_tanh}, {"erf(x)", mpfr_erf}};
  mpfr_t in, out;
  mpfr_init2(in, 53);
  mpfr_init2(out, 24);
  for (const auto& [expression, function] : functions) {
    const Array got = replay(expression, {{"x", x}});
    for (std::int64_t i = 0; i < x.size(); ++i) {
      mpfr_set_d(in, x.get(i), MPFR_RNDN);
      function(out, in, MPFR_RNDN);
      ASSERT_EQ(got.get(i), mpfr_get_d(out, MPFR_RNDN)) << expression << " of " << x.get(i);
    }
  }
  mpfr_clear(in);
  mpfr_clear(out);
}

TEST(CorrectlyRounded, WiderArgumentsRoundOnce) {
  // 1 + 2^-24 + 2^-53 in float64, to float32: first to float64 and then to float32 would go to even.
  Inputs narrow{{"x", array(DType::float32, {3}, Draw::unit, 1)}, {"y", array(DType::float32, {3}, Draw::unit, 2)}};
  const Graph graph = oracle::graph("x + y", narrow);
  const std::vector<Array> wide{
      array(DType::float64, std::vector<double>{1, 1, 1}),
      array(DType::float64, std::vector<double>{0x1p-24, 0x1p-24 + 0x1p-70, 0x1p-24 - 0x1p-70})};
  const auto out = correctly_rounded(graph, graph.output, wide);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->dtype(), DType::float32);
  EXPECT_EQ(out->get(0), 1);
  EXPECT_EQ(out->get(1), 1 + 0x1p-23);
  EXPECT_EQ(out->get(2), 1);
}

TEST(CorrectlyRounded, MovesAndCountsExactly) {
  Array big = Array::make(DType::int64, {3}).value();
  const std::int64_t values[] = {(std::int64_t{1} << 62) + 1, -(std::int64_t{1} << 61) - 1, 5};
  std::copy(std::begin(values), std::end(values), big.as_mutable<std::int64_t>().begin());
  const Array flipped = replay("x[::-1]", {{"x", big}});
  EXPECT_EQ(flipped.as<std::int64_t>()[2], values[0]);
  const Array sums = replay("cumulative_sum(x)", {{"x", big}});
  EXPECT_EQ(sums.as<std::int64_t>()[2], values[0] + values[1] + values[2]);
}

TEST(CorrectlyRounded, CountsWhatIsUndecided) {
  std::int64_t undecided = -1;
  replay("exp(x)", {{"x", array(DType::float32, {100}, Draw::unit, 1)}}, &undecided);
  EXPECT_EQ(undecided, 0);
}

TEST(Amplification, NamesTheOpThatCancels) {
  const Array x = array(DType::float32, {1000}, Draw::unit, 1);
  const Inputs inputs{{"x", x}};
  const auto cancels = amplification(oracle::graph("exp(x) - 1.0000001", inputs), inputs);
  ASSERT_TRUE(cancels.ok());
  EXPECT_EQ(cancels->op, "subtract");
  double worst = 0, many = 0;
  for (std::int64_t i = 0; i < 1000; ++i) {
    const double factor = std::exp(x.get(i)) / std::fabs(std::exp(x.get(i)) - static_cast<double>(1.0000001F));
    worst = std::max(worst, factor);
    many += factor >= 1000;
  }
  EXPECT_NEAR(cancels->factor, worst, worst * 1e-3);
  EXPECT_NEAR(cancels->share, many / 1000, 1e-9);
}

TEST(Amplification, SumsByTheirCancellation) {
  const Array x = array(DType::float32, std::vector<double>{1e6, -1e6, 1});
  const auto sum = amplification(oracle::graph("sum(x)", {{"x", x}}), {{"x", x}});
  EXPECT_EQ(sum->op, "sum");
  EXPECT_NEAR(sum->factor, 2e6 + 1, 1);
  EXPECT_EQ(sum->share, 1);
  const Array y = array(DType::float32, {100}, Draw::unit, 1);
  const auto tame = amplification(oracle::graph("sum(exp(y))", {{"y", y}}), {{"y", y}});
  EXPECT_LT(tame->factor, 1.01);
  EXPECT_EQ(tame->share, 0);
}

TEST(Amplification, OfASingleFunctionIsItsConditionNumber) {
  const Array x = array(DType::float64, std::vector<double>{0.5, 3, 1000});
  const auto sine = amplification(oracle::graph("exp(x / 8)", {{"x", x}}), {{"x", x}});
  EXPECT_EQ(sine->op, "exp");
  EXPECT_NEAR(sine->factor, 125, 0.01);
}

}  // namespace
}  // namespace roundoff
