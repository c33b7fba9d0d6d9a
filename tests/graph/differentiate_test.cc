#include "graph/differentiate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "exact_walk.h"

namespace roundoff {
namespace {

using testing::HasSubstr;
using Signatures = std::map<std::string, Signature, std::less<>>;

constexpr long kPrec = 3000;
constexpr slong kStep = -300;  // h = 2^-300: central differences are good to some 600 bits

Result<Graph> inferred(const std::string& text, const Signatures& inputs) {
  ROUNDOFF_TRY(Graph graph, parse_expression(text));
  return infer(std::move(graph), inputs);
}

Result<Graph> gradient_of(const std::string& function, const std::string& variable, const Signatures& inputs) {
  ROUNDOFF_TRY(const Graph graph, inferred(fmt::format("grad({}, {})", function, variable), inputs));
  return differentiate(graph);
}

/// Random arguments, each from the intervals given for it.
class Points {
 public:
  Balls draw(const Shape& shape, const std::vector<Interval>& intervals) {
    Balls balls(static_cast<std::size_t>(*count_of(shape)));
    for (Ball& ball : balls) {
      const Interval& in = intervals[std::uniform_int_distribution<std::size_t>(0, intervals.size() - 1)(random_)];
      ball.set_double(std::uniform_real_distribution<double>(in.lo, in.hi)(random_));
    }
    return balls;
  }

 private:
  std::mt19937_64 random_{7};
};

/// −0 is a number too.
bool is_number(const Ball& ball) { return ball.real() || ball.kind() == Kind::neg_zero; }
Ball number(const Ball& ball) { return ball.kind() == Kind::neg_zero ? Ball() : ball; }

/// d(sum of the outputs)/d(element i of the variable) by a central difference.
Ball central_difference(const Graph& f, std::map<std::string, Balls> inputs, const std::string& variable,
                        std::size_t i) {
  ExactWalk walk(f, kPrec);
  Ball h, difference;
  arb_set_ui(h.arb(), 1);
  arb_mul_2exp_si(h.arb(), h.arb(), kStep);
  const Ball at = inputs[variable][i];
  arb_add(inputs[variable][i].arb(), at.arb(), h.arb(), 2 * kPrec);
  const Balls above = walk.run(inputs);
  arb_sub(inputs[variable][i].arb(), at.arb(), h.arb(), 2 * kPrec);
  const Balls below = walk.run(inputs);
  for (std::size_t k = 0; k < above.size(); ++k) {
    if (!is_number(above[k]) || !is_number(below[k])) {
      difference.set_kind(Kind::undecided);
      return difference;
    }
    Ball one;
    arb_sub(one.arb(), number(above[k]).arb(), number(below[k]).arb(), kPrec);
    arb_add(difference.arb(), difference.arb(), one.arb(), kPrec);
  }
  arb_mul_2exp_si(difference.arb(), difference.arb(), -kStep - 1);
  return difference;
}

/// Agreement to about 60 bits, and both known to about as many.
bool agree(const Ball& a, const Ball& b) {
  Ball gap, size, bound;
  arb_sub(gap.arb(), a.arb(), b.arb(), kPrec);
  arb_abs(gap.arb(), gap.arb());
  arb_abs(size.arb(), a.arb());
  arb_mul_2exp_si(bound.arb(), size.arb(), -60);
  Ball least;
  arb_set_ui(least.arb(), 1);
  arb_mul_2exp_si(least.arb(), least.arb(), -200);
  arb_add(bound.arb(), bound.arb(), least.arb(), kPrec);
  return arb_le(gap.arb(), bound.arb()) != 0;
}

std::string shown(const Ball& ball) {
  char* text = arb_get_str(ball.arb(), 20, 0);
  std::string copy(text);
  flint_free(text);
  return copy;
}

struct Argument {
  std::string name;
  Shape shape;
  std::vector<Interval> intervals = {{0.5, 2}};
};

/// Compares the gradient of sum(w · function) with central differences, element by element; returns how many were
/// compared.
int compare(const std::string& function, const std::vector<Argument>& arguments, const std::string& variable) {
  Signatures signatures;
  std::map<std::string, Balls> inputs;
  Points points;
  for (const Argument& a : arguments) {
    signatures[a.name] = {DType::float64, a.shape};
    inputs[a.name] = points.draw(a.shape, a.intervals);
  }
  const auto plain = inferred(function, signatures);
  EXPECT_TRUE(plain.ok()) << function << ": " << (plain.ok() ? "" : to_string(plain.error()));
  if (!plain.ok()) return 0;
  // The weights make the adjoint of the result another number in each element.
  const Shape shape = plain->nodes[static_cast<std::size_t>(plain->output)].shape;
  const std::string weighted = "weight * " + function;
  signatures["weight"] = {DType::float64, shape};
  inputs["weight"] = points.draw(shape, {{0.5, 2}, {-2, -0.5}});
  // The function may hold gradients itself; those of one order less have been compared on their own.
  const auto f = differentiate(*inferred(weighted, signatures));
  const auto derivative = gradient_of(weighted, variable, signatures);
  EXPECT_TRUE(derivative.ok()) << weighted << ": " << (derivative.ok() ? "" : to_string(derivative.error()));
  if (!f.ok() || !derivative.ok()) return 0;
  const Balls gradient = ExactWalk(*derivative, kPrec).run(inputs);
  EXPECT_EQ(gradient.size(), inputs[variable].size()) << weighted;
  int compared = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const Ball expected = central_difference(*f, inputs, variable, i);
    if (!expected.real()) continue;
    const bool right = is_number(gradient[i]) && agree(expected, number(gradient[i]));
    EXPECT_TRUE(right) << "d " << weighted << " / d " << variable << "[" << i << "] is " << shown(expected) << ", not "
                       << shown(gradient[i]) << "\n  at " << shown(inputs[variable][i]) << "\n  by "
                       << expression_of(*derivative, derivative->output).substr(0, 400);
    ++compared;
  }
  return compared;
}

// Every elementwise op, at points of its own intervals, with arguments that broadcast.
TEST(Differentiate, EveryElementwiseOpAgreesWithCentralDifferences) {
  const std::vector<Shape> shapes = {{2, 3}, {3}, {2, 1}};
  int ops = 0;
  for (const auto& [name, op] : all_ops()) {
    const auto* body = std::get_if<Elementwise>(&op.body);
    if (body == nullptr || name == "astype" || op.derivative.empty()) continue;
    std::vector<Argument> arguments;
    std::string call = name + "(";
    for (int i = 0; i < body->arity; ++i) {
      Argument a{.name = fmt::format("x{}", i + 1), .shape = shapes[static_cast<std::size_t>(i)]};
      if (static_cast<std::size_t>(i) < op.sample.size()) a.intervals = op.sample[static_cast<std::size_t>(i)];
      call += (i > 0 ? ", " : "") + a.name;
      arguments.push_back(std::move(a));
    }
    int compared = 0;
    for (const Argument& a : arguments) {
      if (op.derivative[static_cast<std::size_t>(a.name[1] - '1')].empty()) continue;
      compared += compare(call + ")", arguments, a.name);
    }
    EXPECT_GT(compared, 0) << name;
    ++ops;
  }
  EXPECT_GT(ops, 40);
}

std::vector<std::string> attribute_lists(const Op& op) {
  std::vector<std::string> lists = {"", ", axis=0", ", axis=-1"};
  const auto has = [&op](std::string_view name) {
    return std::any_of(op.attrs.begin(), op.attrs.end(), [name](const AttrSpec& a) { return a.name == name; });
  };
  if (has("keepdims"))
    lists.insert(lists.end(), {", axis=1, keepdims=True", ", axis=(0, 1)", ", axis=(1, 0), keepdims=True"});
  if (has("correction")) lists.insert(lists.end(), {", axis=1, correction=1", ", correction=0.5"});
  return lists;
}

TEST(Differentiate, EveryReductionAndScanAgreesWithCentralDifferences) {
  int ops = 0;
  for (const auto& [name, op] : all_ops()) {
    const auto* body = std::get_if<Fiber>(&op.body);
    if (body == nullptr || !body->ball || op.derivative.empty()) continue;
    const std::vector<Argument> arguments = {{.name = "x", .shape = {3, 4}, .intervals = {{0.5, 2}, {-1.5, -0.25}}}};
    int compared = 0;
    for (const std::string& attributes : attribute_lists(op)) {
      const std::string call = fmt::format("{}(x{})", name, attributes);
      // Not every op takes every kind of axis.
      if (!inferred(call, {{"x", {DType::float64, {3, 4}}}}).ok()) continue;
      compared += compare(call, arguments, "x");
    }
    EXPECT_GT(compared, 0) << name;
    ++ops;
  }
  EXPECT_GT(ops, 8);
}

TEST(Differentiate, MatrixProductsOfAllRanks) {
  const std::vector<std::pair<Shape, Shape>> shapes = {
      {{2, 3}, {3, 4}},       {{3}, {3}},       {{3}, {3, 4}},    {{2, 3}, {3}},       {{5, 2, 3}, {3, 4}},
      {{1, 2, 3}, {5, 3, 4}}, {{5, 2, 3}, {3}}, {{3}, {5, 3, 4}}, {{2, 3}, {2, 3, 2}}, {{2, 1, 2, 3}, {4, 3, 1}}};
  for (const auto& [left, right] : shapes) {
    const std::vector<Argument> arguments = {{.name = "x1", .shape = left}, {.name = "x2", .shape = right}};
    EXPECT_GT(compare("matmul(x1, x2)", arguments, "x1"), 0);
    EXPECT_GT(compare("matmul(x1, x2)", arguments, "x2"), 0);
  }
  for (const char* variable : {"x1", "x2"}) {
    EXPECT_GT(compare("vecdot(x1, x2)", {{.name = "x1", .shape = {2, 3}}, {.name = "x2", .shape = {2, 3}}}, variable),
              0);
    EXPECT_GT(compare("vecdot(x1, x2)", {{.name = "x1", .shape = {3}}, {.name = "x2", .shape = {3}}}, variable), 0);
    EXPECT_GT(compare("vecdot(x1, x2)", {{.name = "x1", .shape = {3}}, {.name = "x2", .shape = {2, 3}}}, variable), 0);
    EXPECT_GT(compare("vecdot(x1, x2, axis=-2)", {{.name = "x1", .shape = {3, 2}}, {.name = "x2", .shape = {3, 1}}},
                      variable),
              0);
    EXPECT_GT(compare("outer(x1, x2)", {{.name = "x1", .shape = {3}}, {.name = "x2", .shape = {4}}}, variable), 0);
  }
}

TEST(Differentiate, ElementsGoBackWhereTheyCameFrom) {
  const std::vector<Argument> x = {{.name = "x", .shape = {4, 5}}, {.name = "y", .shape = {4, 2}}};
  for (const char* moved : {"reshape(x, (2, 10))",
                            "reshape(x * x, (20,))",
                            "permute_dims(x, (1, 0))",
                            "permute_dims(reshape(x, (2, 2, 5)), (2, 0, 1))",
                            "broadcast_to(x, (3, 4, 5))",
                            "broadcast_to(x[:, :1], (4, 7))",
                            "x[1]",
                            "x[-1]",
                            "x[1:3]",
                            "x[:, 1:]",
                            "x[::2, ::3]",
                            "x[::-1]",
                            "x[::-2, 3:0:-2]",
                            "x[3:0:-1, 1]",
                            "x[1:4:2, -2]",
                            "x[:, 4:0:-3]",
                            "x[0, 0]",
                            "x[2:2] * 1",
                            "astype(x, float32)",
                            "x[1:] * x[:-1]",
                            "x"}) {
    const std::string text = moved;
    std::vector<Argument> only = {x[0]};
    const int compared = compare(text, only, "x");
    EXPECT_EQ(compared, 20) << text;
  }
  for (const char* variable : {"x", "y"}) {
    EXPECT_GT(compare("concat(x, y, axis=1)", x, variable), 0);
    EXPECT_GT(compare("concat(y, x, y, x[:, :2], axis=-1)", x, variable), 0);
  }
}

TEST(Differentiate, ChainsSharedNodesAndNestedGradients) {
  const std::vector<Argument> x = {{.name = "x", .shape = {5}}};
  for (const char* function :
       {"cumulative_sum(sin(exp(x)))", "sin(x) * sin(x) + exp(sin(x))", "x * grad(x**3 * exp(x), x)",
        "grad(grad(sin(x) * x, x), x)", "grad(sum(x)**2 * x[0], x) * x", "mean(x * x) * x - x / sum(x)",
        "sqrt(sum((x - mean(x))**2))", "where(x > 1, x**2, 3 * x)", "maximum(x, 1.25) * x", "x**x", "2**x", "x**-1.5",
        "x - 3", "3 - x", "x / 7", "7 / x", "-x", "x % 0.3", "(x + 1)**0"}) {
    EXPECT_EQ(compare(function, x, "x"), 5) << function;
  }
}

double exactly(const std::string& text, double at) {
  const Signatures signatures{{"x", {DType::float32, {}}}};
  const auto graph = inferred(text, signatures);
  EXPECT_TRUE(graph.ok()) << to_string(graph.error());
  const auto plain = differentiate(*graph);
  EXPECT_TRUE(plain.ok()) << to_string(plain.error());
  Balls x(1);
  x[0].set_double(at);
  return ExactWalk(*plain, 128).run({{"x", x}})[0].as_double().value_or(std::nan(""));
}

TEST(Differentiate, TheSeedsGradientIsExactly14) {
  EXPECT_EQ(exactly("grad(x**3 + 2*x, x)", 2), 14);
  EXPECT_EQ(exactly("grad(x**3 + 2*x, x)", 0), 2);
  EXPECT_EQ(exactly("grad(x**3 + 2*x, x)", -3), 29);
  EXPECT_EQ(exactly("grad(grad(x**3 + 2*x, x), x)", 2), 12);
  EXPECT_EQ(exactly("grad(grad(grad(x**3 + 2*x, x), x), x)", 0), 6);
  EXPECT_EQ(exactly("grad(x**2, x) / 2 - x", 3), 0);
  EXPECT_EQ(exactly("grad(7 + 0 * 3, x)", 3), 0);
}

TEST(Differentiate, GraphsStaySmall) {
  const Signatures x{{"x", {DType::float32, {3}}}};
  const auto text = [&x](const std::string& function) {
    const auto graph = gradient_of(function, "x", x);
    return graph.ok() ? expression_of(*graph, graph->output) : to_string(graph.error());
  };
  EXPECT_EQ(text("x"), "broadcast_to(1, shape=(3,))");
  EXPECT_EQ(text("sum(x)"), "broadcast_to(1, shape=(3,))");
  EXPECT_EQ(text("exp(x)"), "exp(x)");
  EXPECT_EQ(text("sin(x) + 5"), "cos(x)");
  EXPECT_EQ(text("3 * x + x**1"), "broadcast_to(4, shape=(3,))");
  EXPECT_THAT(text("x**3 + 2*x"), testing::AnyOf("3 * x ** 2 + 2", "2 + 3 * x ** 2"));
  EXPECT_EQ(text("16777217 * x + x"), "broadcast_to(1 + 16777217, shape=(3,))") << "float32 makes 16777216 of it first";
}

TEST(Differentiate, KeepsTheVariablesDtype) {
  const Signatures signatures{{"x", {DType::float32, {3}}}, {"y", {DType::float64, {2, 3}}}};
  const auto graph = gradient_of("x * y", "x", signatures);
  ASSERT_TRUE(graph.ok()) << to_string(graph.error());
  const Node& out = graph->nodes[static_cast<std::size_t>(graph->output)];
  EXPECT_EQ(out.dtype, DType::float32);
  EXPECT_EQ(out.shape, Shape{3});
  EXPECT_FALSE(graph->has_gradient());
  EXPECT_EQ(graph->inputs().size(), 2u);
}

// Constants are meant exactly, in dtypes that do not hold them too.
TEST(Differentiate, CountsAreExactInSmallDtypes) {
  for (const DType dtype : {DType::float16, DType::bfloat16, DType::float32}) {
    const std::int64_t n = 100'003;  // beyond float16's range, and more digits than bfloat16 has
    const Signatures signatures{{"x", {dtype, {n}}}};
    const auto graph = gradient_of("mean(x)", "x", signatures);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    Balls x(static_cast<std::size_t>(n));
    const Ball first = ExactWalk(*graph, 200).run({{"x", x}})[0];
    Ball product;
    arb_mul_si(product.arb(), first.arb(), static_cast<slong>(n), 200);
    EXPECT_TRUE(arb_contains_si(product.arb(), 1)) << name_of(dtype) << " " << shown(product);
    for (const Node& node : graph->nodes) {
      if (node.role != Node::Role::constant) continue;
      EXPECT_EQ(round_to(format_of(dtype), node.value), node.value) << name_of(dtype);
    }
  }
}

// The sources of the derivatives themselves: all parse, and no constant is a rounded decimal.
TEST(Differentiate, DerivativesAreWrittenExactly) {
  for (const auto& [name, op] : all_ops()) {
    for (const std::string& derivative : op.derivative) {
      if (derivative.empty()) continue;
      const auto graph = parse_derivative(derivative);
      ASSERT_TRUE(graph.ok()) << name << ": " << to_string(graph.error());
      for (const Node& node : graph->nodes) {
        if (node.role != Node::Role::constant || node.integral) continue;
        EXPECT_EQ(node.value * 1024, std::trunc(node.value * 1024)) << name << ": " << derivative;
      }
    }
  }
}

TEST(Differentiate, WhatHasNoDerivativeIsNamed) {
  Op op;
  op.name = "mystery";
  op.body = Elementwise{};
  Graph graph = *inferred("grad(exp(x), x)", {{"x", {DType::float32, {3}}}});
  for (Node& node : graph.nodes) {
    if (node.name != "exp") continue;
    node.op = &op;
    node.name = op.name;
  }
  const auto derivative = differentiate(graph);
  ASSERT_FALSE(derivative.ok());
  EXPECT_EQ(derivative.error().code, Code::usage);
  EXPECT_EQ(derivative.error().place, "column 6");
  EXPECT_THAT(derivative.error().what, HasSubstr("mystery: it is not differentiable"));
}

TEST(Differentiate, LongChainsNeedNoStackAndRunawaysStop) {
  std::string chain = "x";
  for (int i = 0; i < 3'000; ++i) chain += " + x * " + std::to_string(i);
  const Signatures x{{"x", {DType::float32, {}}}};
  EXPECT_TRUE(gradient_of(chain, "x", x).ok());
  std::string nested = "exp(sin(x) * cos(x) * tan(x))";
  for (int i = 0; i < 20; ++i) nested = "grad(" + nested + ", x)";
  const auto runaway = inferred(nested, x);
  ASSERT_TRUE(runaway.ok());
  const auto derivative = differentiate(*runaway);
  ASSERT_FALSE(derivative.ok());
  EXPECT_EQ(derivative.error().code, Code::resource);
}

}  // namespace
}  // namespace roundoff
