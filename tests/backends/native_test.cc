#include "backends/native.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mpfr.h>

#include <cfenv>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <stdexcept>

#include "base/format.h"

namespace roundoff {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;
using Inputs = std::map<std::string, Array, std::less<>>;

const NativeLibrary& library(const std::string& name) {
  for (const NativeLibrary& native : native_libraries()) {
    if (native.name == name) return native;
  }
  static const NativeLibrary none;
  ADD_FAILURE() << "no " << name;
  return none;
}

Graph graph_of(const std::string& expression, const Inputs& inputs) {
  auto parsed = parse_expression(expression);
  if (!parsed.ok()) throw std::invalid_argument(to_string(parsed.error()));
  std::map<std::string, Signature, std::less<>> signatures;
  for (const auto& [name, array] : inputs) signatures.emplace(name, Signature{array.dtype(), array.shape()});
  auto inferred = infer(std::move(*parsed), signatures);
  if (!inferred.ok()) throw std::invalid_argument(to_string(inferred.error()));
  return *inferred;
}

Result<Run> evaluate(const std::string& name, const std::string& expression, const Inputs& inputs) {
  return run_native(library(name), graph_of(expression, inputs), inputs, 2);
}

Array array_of(DType dtype, Shape shape, const std::vector<double>& values) {
  auto array = Array::make(dtype, std::move(shape));
  for (std::int64_t i = 0; i < array->size(); ++i) array->set(i, values[static_cast<std::size_t>(i) % values.size()]);
  return *array;
}

std::vector<double> values_of(const Array& array) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < array.size(); ++i) out.push_back(array.get(i));
  return out;
}

// ---- elementwise functions against MPFR

using Reference1 = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
using Reference2 = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

int sigmoid(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t rnd) {
  mpfr_neg(out, x, rnd);
  mpfr_exp(out, out, rnd);
  mpfr_add_ui(out, out, 1, rnd);
  return mpfr_ui_div(out, 1, out, rnd);
}
int log_gamma(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t rnd) {
  int sign = 0;
  return mpfr_lgamma(out, &sign, x, rnd);
}
int reciprocal(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t rnd) { return mpfr_ui_div(out, 1, x, rnd); }
int sign(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t rnd) { return mpfr_set_si(out, mpfr_sgn(x), rnd); }
int relu(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t rnd) {
  return mpfr_sgn(x) > 0 ? mpfr_set(out, x, rnd) : mpfr_set_ui(out, 0, rnd);
}
int square(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t rnd) { return mpfr_sqr(out, x, rnd); }
int floor(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t) { return mpfr_floor(out, x); }
int ceil(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t) { return mpfr_ceil(out, x); }
int trunc(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t) { return mpfr_trunc(out, x); }
int round(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t) { return mpfr_roundeven(out, x); }
template <int (*compare)(mpfr_srcptr, mpfr_srcptr)>
int test(mpfr_ptr out, mpfr_srcptr x, mpfr_srcptr y, mpfr_rnd_t rnd) {
  return mpfr_set_si(out, compare(x, y) != 0 ? 1 : 0, rnd);
}
int differ(mpfr_srcptr x, mpfr_srcptr y) { return mpfr_equal_p(x, y) == 0 ? 1 : 0; }

const std::map<std::string, Reference1>& references1() {
  static const std::map<std::string, Reference1> all{
      {"exp", mpfr_exp},        {"exp2", mpfr_exp2},   {"expm1", mpfr_expm1},      {"log", mpfr_log},
      {"log2", mpfr_log2},      {"log10", mpfr_log10}, {"log1p", mpfr_log1p},      {"sin", mpfr_sin},
      {"cos", mpfr_cos},        {"tan", mpfr_tan},     {"asin", mpfr_asin},        {"acos", mpfr_acos},
      {"atan", mpfr_atan},      {"sinh", mpfr_sinh},   {"cosh", mpfr_cosh},        {"tanh", mpfr_tanh},
      {"asinh", mpfr_asinh},    {"acosh", mpfr_acosh}, {"atanh", mpfr_atanh},      {"erf", mpfr_erf},
      {"erfc", mpfr_erfc},      {"lgamma", log_gamma}, {"sigmoid", sigmoid},       {"sqrt", mpfr_sqrt},
      {"rsqrt", mpfr_rec_sqrt}, {"square", square},    {"negative", mpfr_neg},     {"abs", mpfr_abs},
      {"floor", floor},         {"ceil", ceil},        {"trunc", trunc},           {"round", round},
      {"sign", sign},           {"relu", relu},        {"reciprocal", reciprocal}, {"digamma", mpfr_digamma}};
  return all;
}

const std::map<std::string, Reference2>& references2() {
  static const std::map<std::string, Reference2> all{{"add", mpfr_add},
                                                     {"subtract", mpfr_sub},
                                                     {"multiply", mpfr_mul},
                                                     {"divide", mpfr_div},
                                                     {"pow", mpfr_pow},
                                                     {"atan2", mpfr_atan2},
                                                     {"hypot", mpfr_hypot},
                                                     {"maximum", mpfr_max},
                                                     {"minimum", mpfr_min},
                                                     {"less", test<mpfr_less_p>},
                                                     {"less_equal", test<mpfr_lessequal_p>},
                                                     {"greater", test<mpfr_greater_p>},
                                                     {"greater_equal", test<mpfr_greaterequal_p>},
                                                     {"equal", test<mpfr_equal_p>},
                                                     {"not_equal", test<differ>}};
  return all;
}

// The error of y in ulps, against MPFR's value of the function at 300 bits.
double ulp_error(const std::string& op, const Format& format, const std::vector<double>& x, double y, double scale) {
  mpfr_t a, b, t;
  mpfr_inits2(300, a, b, t, nullptr);
  mpfr_set_d(a, x[0], MPFR_RNDN);
  if (x.size() == 1) {
    references1().at(op)(t, a, MPFR_RNDN);
  } else {
    mpfr_set_d(b, x[1], MPFR_RNDN);
    references2().at(op)(t, a, b, MPFR_RNDN);
  }
  const double truth = mpfr_get_d(t, MPFR_RNDN);
  double error = 0;
  if (std::isnan(truth) || std::isnan(y)) {
    error = std::isnan(truth) && std::isnan(y) ? 0 : std::numeric_limits<double>::infinity();
  } else if (std::isinf(y) || std::abs(truth) > format.max_finite()) {
    error = round_to(format, truth) == y ? 0 : std::numeric_limits<double>::infinity();
  } else {
    mpfr_sub_d(t, t, y, MPFR_RNDN);
    error = std::abs(mpfr_get_d(t, MPFR_RNDN)) / ulp(format, std::max(std::abs(truth), scale));
  }
  mpfr_clears(a, b, t, nullptr);
  return error;
}

struct Case {
  std::string library, op;
  DType dtype;
};

std::vector<Case> cases() {
  std::vector<Case> out;
  for (const NativeLibrary& native : native_libraries()) {
    for (const auto& [name, op] : all_ops()) {
      const bool known = references1().contains(name) || references2().contains(name);
      for (const DType dtype : {DType::float32, DType::float64}) {
        if (known && native.supports(op, dtype, {})) out.push_back({native.name, name, dtype});
      }
    }
  }
  return out;
}

class Elementwise1 : public testing::TestWithParam<Case> {};

// Eigen's digamma shifts its argument with plain sums, which cancel on the way to its zero at 1.46.
double limit_of(const Case& c) { return c.op == "digamma" ? 16 : 4; }

// The magnitude whose ulp the error is measured in, where that is not the value's own: Eigen's float32 sigmoid is 0.5
// plus an odd rational function, accurate against 1 and not in its tail.
double scale_of(const Case& c) {
  return c.library == "eigen" && c.op == "sigmoid" && c.dtype == DType::float32 ? 1 : 0;
}

TEST_P(Elementwise1, StaysNearMpfr) {
  const Case& c = GetParam();
  const Op& op = *find_op(c.op);
  const std::size_t arity = references1().contains(c.op) ? 1 : 2;
  constexpr std::int64_t kCount = 501;  // no multiple of a vector
  std::mt19937_64 random(7);
  Inputs inputs;
  std::string call = c.op + "(";
  for (std::size_t k = 0; k < arity; ++k) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < kCount; ++i) {
      const Interval range = op.sample.size() > k && !op.sample[k].empty() ? op.sample[k][0] : Interval{-100, 100};
      values.push_back(std::uniform_real_distribution<double>(range.lo, range.hi)(random));
    }
    const std::string name = k == 0 ? "x" : "y";
    inputs.emplace(name, array_of(c.dtype, {kCount}, values));
    call += (k == 0 ? "" : ", ") + name;
  }
  const auto run = evaluate(c.library, call + ")", inputs);
  ASSERT_TRUE(run.ok()) << to_string(run.error());
  EXPECT_EQ(run->unstable, 0);
  EXPECT_TRUE(run->notes.empty());
  double worst = 0, at = 0;
  for (std::int64_t i = 0; i < kCount; ++i) {
    std::vector<double> x{inputs.at("x").get(i)};
    if (arity == 2) x.push_back(inputs.at("y").get(i));
    const double error = ulp_error(c.op, format_of(c.dtype), x, run->output.get(i), scale_of(c));
    // Near a zero of lgamma and digamma the relative error has no bound.
    const bool near_zero = (c.op == "lgamma" || c.op == "digamma") && std::abs(run->output.get(i)) < 0.5;
    if (error > worst && !near_zero) {
      worst = error;
      at = x[0];
    }
  }
  EXPECT_LE(worst, limit_of(c)) << "at " << hex(at);
}

INSTANTIATE_TEST_SUITE_P(Native, Elementwise1, testing::ValuesIn(cases()), [](const auto& c) {
  return c.param.library + "_" + c.param.op + "_" + std::string(name_of(c.param.dtype));
});

// ---- shapes, exactly: small integers, whose sums and products no format rounds

std::vector<double> small_integers() { return {1, -2, 3, 5, -4, 2, 0, 7, -1, 6, 3}; }

// Σ or another fold over axes, by index arithmetic alone.
std::vector<double> fold(const Array& x, const std::set<std::int64_t>& axes, double start,
                         double (*f)(double, double)) {
  std::map<std::vector<std::int64_t>, double> cells;
  std::vector<std::int64_t> index(x.shape().size(), 0);
  for (std::int64_t i = 0; i < x.size(); ++i) {
    std::vector<std::int64_t> key;
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      if (!axes.contains(static_cast<std::int64_t>(axis))) key.push_back(index[axis]);
    }
    const auto cell = cells.emplace(key, start).first;
    cell->second = f(cell->second, x.get(i));
    for (std::size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < x.shape()[axis]) break;
      index[axis] = 0;
    }
  }
  std::vector<double> out;
  for (const auto& [key, value] : cells) out.push_back(value);
  return out;
}

double add(double a, double b) { return a + b; }

TEST(Eigen, ReducesAlongAnyAxes) {
  const std::vector<std::pair<std::string, std::set<std::int64_t>>> axes{
      {"None", {0, 1, 2}}, {"0", {0}},         {"1", {1}},        {"-1", {2}},
      {"[0, 1]", {0, 1}},  {"[1, 2]", {1, 2}}, {"[0, 2]", {0, 2}}};
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Inputs inputs{{"x", array_of(dtype, {3, 4, 5}, small_integers())}};
    const Array& x = inputs.at("x");
    for (const auto& [text, set] : axes) {
      for (const char* keep : {"False", "True"}) {
        const auto arguments = fmt::format("x, axis={}, keepdims={})", text, keep);
        const auto sum = evaluate("eigen", "sum(" + arguments, inputs);
        ASSERT_TRUE(sum.ok()) << to_string(sum.error());
        EXPECT_EQ(sum->output.dtype(), dtype);
        EXPECT_EQ(values_of(sum->output), fold(x, set, 0, add)) << arguments;
        const auto max = evaluate("eigen", "max(" + arguments, inputs);
        EXPECT_EQ(values_of(max->output), fold(x, set, -100, [](double a, double b) { return std::max(a, b); }));
        const auto min = evaluate("eigen", "min(" + arguments, inputs);
        EXPECT_EQ(values_of(min->output), fold(x, set, 100, [](double a, double b) { return std::min(a, b); }));
      }
    }
  }
}

TEST(Eigen, MeansAndScans) {
  const Inputs inputs{{"x", array_of(DType::float32, {2, 4, 3}, small_integers())}};
  const Array& x = inputs.at("x");
  const auto mean = evaluate("eigen", "mean(x, axis=1)", inputs);
  ASSERT_TRUE(mean.ok());
  std::vector<double> expected = fold(x, {1}, 0, add);
  for (double& v : expected) v /= 4;
  EXPECT_EQ(values_of(mean->output), expected);
  const auto product = evaluate("eigen", "prod(x, axis=[0, 1])", inputs);
  ASSERT_TRUE(product.ok());
  EXPECT_EQ(values_of(product->output), fold(x, {0, 1}, 1, [](double a, double b) { return a * b; }));
  const auto scan = evaluate("eigen", "cumulative_sum(x, axis=1)", inputs);
  const auto products = evaluate("eigen", "cumulative_prod(x, axis=1)", inputs);
  ASSERT_TRUE(scan.ok() && products.ok());
  for (std::int64_t o = 0; o < 2; ++o) {
    for (std::int64_t k = 0; k < 3; ++k) {
      double total = 0, factors = 1;
      for (std::int64_t j = 0; j < 4; ++j) {
        total += x.get((o * 4 + j) * 3 + k);
        factors *= x.get((o * 4 + j) * 3 + k);
        EXPECT_EQ(scan->output.get((o * 4 + j) * 3 + k), total);
        EXPECT_EQ(products->output.get((o * 4 + j) * 3 + k), factors);
      }
    }
  }
}

TEST(Eigen, RefusesEmptyReductions) {
  const Inputs inputs{{"x", array_of(DType::float32, {0}, {0})}};
  const auto run = evaluate("eigen", "sum(x)", inputs);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, Code::usage);
}

class Products : public testing::TestWithParam<std::string> {};

TEST_P(Products, MultiplyEveryLayout) {
  struct Shapes {
    std::string call;
    Shape a, b;
  };
  const std::vector<Shapes> all{{"matmul(a, b)", {3, 4}, {4, 5}},
                                {"matmul(a, b)", {4}, {4, 5}},
                                {"matmul(a, b)", {3, 4}, {4}},
                                {"matmul(a, b)", {7}, {7}},
                                {"matmul(a, b)", {2, 3, 4}, {4, 5}},
                                {"matmul(a, b)", {2, 1, 3, 4}, {5, 4, 2}},
                                {"matmul(a, b)", {1, 4}, {4, 1}},
                                {"matmul(a, b)", {3, 1}, {1, 5}},
                                {"matmul(a, b)", {1, 9}, {9, 33}},
                                {"matmul(a, b)", {33, 70}, {70, 1}},
                                {"matmul(a, b)", {65, 66}, {66, 67}},
                                {"matmul(a, b)", {0, 4}, {4, 5}},
                                {"matmul(a, b)", {3, 0}, {0, 5}},
                                {"outer(a, b)", {4}, {6}},
                                {"vecdot(a, b)", {5}, {5}},
                                {"vecdot(a, b)", {3, 5}, {3, 5}},
                                {"vecdot(a, b, axis=-2)", {4, 3}, {4, 3}}};
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const Shapes& s : all) {
      const Inputs inputs{{"a", array_of(dtype, s.a, small_integers())},
                          {"b", array_of(dtype, s.b, {2, 0, -3, 1, 4, -1, 5})}};
      const Graph graph = graph_of(s.call, inputs);
      const Node& node = graph.nodes[static_cast<std::size_t>(graph.output)];
      const auto plan = std::get<Contraction>(node.op->body).plan(s.a, s.b, node.attrs);
      const auto run = run_native(library(GetParam()), graph, inputs, 2);
      ASSERT_TRUE(run.ok()) << to_string(run.error());
      ASSERT_EQ(run->output.shape(), node.shape);
      for (std::int64_t b = 0; b < plan.batch; ++b) {
        for (std::int64_t i = 0; i < plan.m; ++i) {
          for (std::int64_t j = 0; j < plan.n; ++j) {
            double total = 0;
            for (std::int64_t k = 0; k < plan.k; ++k) {
              total += inputs.at("a").get(plan.left_batch[static_cast<std::size_t>(b)] + i * plan.left_row +
                                          k * plan.left_col) *
                       inputs.at("b").get(plan.right_batch[static_cast<std::size_t>(b)] + k * plan.right_row +
                                          j * plan.right_col);
            }
            ASSERT_EQ(run->output.get((b * plan.m + i) * plan.n + j), total)
                << s.call << to_string(s.a) << to_string(s.b);
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Native, Products, testing::Values("eigen", "openblas"));

// ---- the runner

TEST(RunNative, BroadcastsAndPromotes) {
  const Inputs inputs{{"x", array_of(DType::float32, {2, 3}, {1, 2, 3, 4, 5, 6})},
                      {"y", array_of(DType::float64, {3}, {10, 20, 30})}};
  const auto run = evaluate("glibc", "x + y * 2", inputs);
  ASSERT_TRUE(run.ok()) << to_string(run.error());
  EXPECT_EQ(run->output.dtype(), DType::float64);
  EXPECT_THAT(values_of(run->output), testing::ElementsAre(21, 42, 63, 24, 45, 66));
  const auto scalar = evaluate("eigen", "x * 0.1", {{"x", inputs.at("x")}});
  ASSERT_TRUE(scalar.ok());
  EXPECT_EQ(scalar->output.dtype(), DType::float32);
  EXPECT_EQ(scalar->output.get(2), static_cast<double>(3.0F * 0.1F));
}

TEST(RunNative, ComparesAndChooses) {
  const Inputs inputs{{"x", array_of(DType::float32, {4}, {1, -2, std::numeric_limits<double>::quiet_NaN(), -0.0})}};
  for (const char* name : {"glibc", "eigen"}) {
    const auto less = evaluate(name, "less(x, 0)", inputs);
    ASSERT_TRUE(less.ok()) << to_string(less.error());
    EXPECT_EQ(less->output.dtype(), DType::bool_);
    EXPECT_THAT(values_of(less->output), testing::ElementsAre(0, 1, 0, 0));
    const auto chosen = evaluate(name, "where(less(x, 0), 5, x)", inputs);
    ASSERT_TRUE(chosen.ok()) << to_string(chosen.error());
    EXPECT_EQ(chosen->output.get(0), 1);
    EXPECT_EQ(chosen->output.get(1), 5);
    EXPECT_TRUE(std::isnan(chosen->output.get(2)));
    EXPECT_TRUE(std::signbit(chosen->output.get(3)));
  }
}

TEST(RunNative, TracesEveryNodeAndTimes) {
  const Inputs inputs{{"x", array_of(DType::float32, {5}, {0, 0.5, 1, 2, 3})}};
  const auto run = evaluate("glibc", "sin(exp(x))", inputs);
  ASSERT_TRUE(run.ok());
  ASSERT_EQ(run->trace.size(), 3U);
  EXPECT_EQ(run->trace[1].get(1), static_cast<double>(std::exp(0.5F)));
  EXPECT_TRUE(same_bits(run->trace[2], run->output));
  EXPECT_FALSE(run->tracing_changed_bits);
  EXPECT_EQ(run->repeats, 2);
  EXPECT_GT(run->seconds, 0);
  EXPECT_EQ(run->name.str(), "glibc");
  EXPECT_THAT(run->version, testing::MatchesRegex("[0-9]+\\.[0-9]+.*"));
}

TEST(RunNative, SaysWhatIsMissing) {
  const Inputs inputs{{"x", array_of(DType::float32, {2, 2}, {1, 2, 3, 4})}};
  const auto lacking = evaluate("openblas", "exp(matmul(x, x))", inputs);
  ASSERT_FALSE(lacking.ok());
  EXPECT_EQ(lacking.error().code, Code::usage);
  EXPECT_THAT(lacking.error().what, HasSubstr("openblas has no exp"));
  const Inputs half{{"x", array_of(DType::float16, {2}, {1, 2})}};
  EXPECT_THAT(evaluate("glibc", "exp(x)", half).error().what, HasSubstr("glibc has no exp"));
  EXPECT_EQ(run_native(library("glibc"), graph_of("exp(x)", inputs), {}, 2).error().code, Code::input);
}

TEST(RunNative, MovesElementsOfAnyDtypeUnchanged) {
  for (const DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    const Inputs inputs{{"x", array_of(dtype, {2, 3}, {1, 2, 3, 4, 5, 6})}};
    const auto turned = evaluate("openblas", "permute_dims(x, axes=[1, 0])", inputs);
    ASSERT_TRUE(turned.ok()) << to_string(turned.error());
    EXPECT_EQ(turned->output.dtype(), dtype);
    EXPECT_THAT(values_of(turned->output), testing::ElementsAre(1, 4, 2, 5, 3, 6));
    const auto part = evaluate("openblas", "x[1, ::-1]", inputs);
    ASSERT_TRUE(part.ok()) << to_string(part.error());
    EXPECT_THAT(values_of(part->output), testing::ElementsAre(6, 5, 4));
  }
}

TEST(RunNative, NamesALibraryThatChangesTheArithmetic) {
  NativeLibrary rude;
  rude.name = "rude";
  rude.supports = [](const Op&, DType, const Attrs&) { return true; };
  rude.evaluate = [](const Node&, std::span<const Array> in) -> Result<Array> {
    std::fesetround(FE_UPWARD);
    return in[0];
  };
  const Inputs inputs{{"x", array_of(DType::float32, {1}, {1})}};
  const auto run = run_native(rude, graph_of("exp(x)", inputs), inputs, 2);
  ASSERT_TRUE(run.ok());
  EXPECT_THAT(run->notes, testing::ElementsAre("left the thread rounding upwards after exp"));
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
}

TEST(RunNative, CountsUnstableElements) {
  NativeLibrary fickle;
  fickle.name = "fickle";
  fickle.supports = [](const Op&, DType, const Attrs&) { return true; };
  int calls = 0;
  fickle.evaluate = [&](const Node&, std::span<const Array> in) -> Result<Array> {
    return array_of(DType::float32, {3}, {1, 2, static_cast<double>(in.size()) + calls++});
  };
  const Inputs inputs{{"x", array_of(DType::float32, {3}, {1})}};
  const auto run = run_native(fickle, graph_of("exp(x)", inputs), inputs, 3);
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->unstable, 1);
}

TEST(NativeLibraries, AreThoseOfTheFolder) {
  std::vector<std::string> names;
  for (const NativeLibrary& native : native_libraries()) {
    names.push_back(native.name);
    EXPECT_FALSE(native.version.empty()) << native.name;
    EXPECT_FALSE(native.summary.empty()) << native.name;
  }
  EXPECT_THAT(names, testing::Contains("glibc"));
}

}  // namespace
}  // namespace roundoff
