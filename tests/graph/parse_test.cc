#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "graph/differentiate.h"
#include "graph/graph.h"

namespace roundoff {
namespace {

using testing::HasSubstr;

// The tree as calls and nothing else, so that what binds how is in plain sight.
std::string tree(const Graph& graph, int node) {
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  if (n.role == Node::Role::input) return n.name;
  if (n.role == Node::Role::constant) return n.name.empty() ? std::to_string(static_cast<int>(n.value)) : n.name;
  std::string text = n.name + "(";
  for (std::size_t i = 0; i < n.in.size(); ++i) text += (i > 0 ? "," : "") + tree(graph, n.in[i]);
  return text + ")";
}

std::string tree(std::string_view text) {
  const auto graph = parse_expression(text);
  return graph.ok() ? tree(*graph, graph->output) : to_string(graph.error());
}

std::string message(std::string_view text, const Limits& limits = {}) {
  const auto graph = parse_expression(text, limits);
  if (graph.ok()) return "no error";
  EXPECT_EQ(graph.error().code, Code::usage) << text;
  EXPECT_THAT(graph.error().place, testing::StartsWith("column ")) << text;
  EXPECT_FALSE(graph.error().remedy.empty()) << text;
  return to_string(graph.error());
}

const Node& output(const Result<Graph>& graph) { return graph->nodes[static_cast<std::size_t>(graph->output)]; }

double constant(std::string_view text) {
  const auto graph = parse_expression(text);
  EXPECT_TRUE(graph.ok()) << text;
  EXPECT_EQ(output(graph).role, Node::Role::constant) << text;
  return output(graph).value;
}

TEST(Parse, PrecedenceIsPythons) {
  EXPECT_EQ(tree("a + b * c"), "add(a,multiply(b,c))");
  EXPECT_EQ(tree("(a + b) * c"), "multiply(add(a,b),c)");
  EXPECT_EQ(tree("a - b - c"), "subtract(subtract(a,b),c)");
  EXPECT_EQ(tree("a / b * c % d"), "remainder(multiply(divide(a,b),c),d)");
  EXPECT_EQ(tree("a @ b + c"), "add(matmul(a,b),c)");
  EXPECT_EQ(tree("a ** b ** c"), "pow(a,pow(b,c))");
  EXPECT_EQ(tree("-a ** b"), "negative(pow(a,b))");
  EXPECT_EQ(tree("a ** -b"), "pow(a,negative(b))");
  EXPECT_EQ(tree("a ** -b ** c"), "pow(a,negative(pow(b,c)))");
  EXPECT_EQ(tree("-a * b"), "multiply(negative(a),b)");
  EXPECT_EQ(tree("a * -b"), "multiply(a,negative(b))");
  EXPECT_EQ(tree("- - a"), "negative(negative(a))");
  EXPECT_EQ(tree("+a"), "a");
  EXPECT_EQ(tree("a + b < c * d"), "less(add(a,b),multiply(c,d))");
  EXPECT_EQ(tree("a >= b"), "greater_equal(a,b)");
  EXPECT_EQ(tree("a != b"), "not_equal(a,b)");
  EXPECT_EQ(tree("(a < b) == c"), "equal(less(a,b),c)");
  EXPECT_EQ(tree("-x[0]"), "negative(slice(x))");
  EXPECT_EQ(tree("x[0] ** y[1]"), "pow(slice(x),slice(y))");
  EXPECT_EQ(tree("-2 ** 2"), "negative(pow(2,2))");
  EXPECT_EQ(tree("2 ** -2"), "pow(2,-2)");
  EXPECT_EQ(tree("(-2) ** 2"), "pow(-2,2)");
  EXPECT_EQ(tree("cumulative_sum(sin(exp(x)))"), "cumulative_sum(sin(exp(x)))");
  EXPECT_EQ(tree(" atan2 ( a ,\n\tb , ) "), "atan2(a,b)");
  EXPECT_EQ(tree("grad(x**3 + 2*x, x)"), "grad(add(pow(x,3),multiply(2,x)),x)");
  EXPECT_EQ(tree("grad(grad(sin(x), x), x) * 2"), "multiply(grad(grad(sin(x),x),x),2)");
}

TEST(Parse, ANameWithoutACallIsAnInput) {
  EXPECT_EQ(tree("exp(exp)"), "exp(exp)");
  EXPECT_EQ(tree("grad + sum"), "add(grad,sum)");
}

TEST(Parse, ConstantsAreTheNearestFloat64) {
  EXPECT_EQ(constant("3"), 3);
  EXPECT_EQ(constant("1e-6"), 1e-6);
  EXPECT_EQ(constant(".5"), 0.5);
  EXPECT_EQ(constant("1."), 1);
  EXPECT_EQ(constant("0x1.8p+1"), 3);
  EXPECT_EQ(constant("0X1.8P1"), 3);
  EXPECT_EQ(constant("0x1p-1074"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(constant("0x10"), 16);
  EXPECT_EQ(constant("9007199254740993"), 9007199254740992);
  EXPECT_EQ(constant("-7"), -7);
  EXPECT_EQ(constant("--7"), 7);
  EXPECT_EQ(constant("pi"), 3.141592653589793);
  EXPECT_TRUE(std::isinf(constant("inf")));
  EXPECT_TRUE(std::isnan(constant("nan")));
  EXPECT_TRUE(std::signbit(constant("-0.0")));
  EXPECT_FALSE(std::signbit(constant("-0")));
}

TEST(Parse, RemembersWhetherAConstantIsAnInteger) {
  EXPECT_TRUE(output(parse_expression("2")).integral);
  EXPECT_TRUE(output(parse_expression("-2")).integral);
  EXPECT_TRUE(output(parse_expression("0x2")).integral);
  EXPECT_FALSE(output(parse_expression("2.")).integral);
  EXPECT_FALSE(output(parse_expression("2e0")).integral);
  EXPECT_FALSE(output(parse_expression("0x1p1")).integral);
}

TEST(Parse, EqualSubexpressionsAreOneNode) {
  const auto graph = parse_expression("sin(exp(x)) + cos(exp(x)) * sin(exp(x))");
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(graph->nodes.size(), 6u);  // x exp sin cos multiply add
  EXPECT_EQ(parse_expression("2 * x + 2.0 * x")->nodes.size(), 6u) << "2 and 2.0 are promoted differently";
  EXPECT_EQ(parse_expression("x[0] + x[1]")->nodes.size(), 4u);
  EXPECT_EQ(parse_expression("0.0 * x + -0.0 * x")->nodes.size(), 6u) << "0 and −0 are not the same constant";
}

TEST(Parse, ArgumentsComeBeforeTheirUsers) {
  const auto graph = parse_expression("(a + b) * (b + a) - exp(a * b)[1:2]");
  ASSERT_TRUE(graph.ok());
  for (std::size_t i = 0; i < graph->nodes.size(); ++i) {
    for (const int in : graph->nodes[i].in) EXPECT_LT(in, static_cast<int>(i));
  }
  ASSERT_EQ(graph->inputs().size(), 2u);
  EXPECT_EQ(graph->nodes[static_cast<std::size_t>(graph->inputs()[0])].name, "a");
}

TEST(Parse, AttributesByPositionAndByName) {
  for (const char* text : {"sum(x, 0)", "sum(x, axis=0)", "sum(x, (0))"}) {
    EXPECT_EQ(output(parse_expression(text)).attrs.at("axis"), AttrValue(std::int64_t{0})) << text;
  }
  EXPECT_EQ(output(parse_expression("sum(x)")).attrs.at("axis"), AttrValue());
  EXPECT_EQ(output(parse_expression("sum(x, None)")).attrs.at("axis"), AttrValue());
  EXPECT_EQ(output(parse_expression("sum(x, -1, keepdims=True)")).attrs.at("keepdims"), AttrValue(true));
  EXPECT_EQ(output(parse_expression("sum(x, (0, 1))")).attrs.at("axis"), AttrValue(std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(output(parse_expression("reshape(x, (2, 3))")).attrs.at("shape"),
            AttrValue(std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(output(parse_expression("reshape(x, [])")).attrs.at("shape"), AttrValue(std::vector<std::int64_t>{}));
  EXPECT_EQ(output(parse_expression("reshape(x, 6)")).attrs.at("shape"), AttrValue(std::vector<std::int64_t>{6}));
  for (const char* text : {"astype(x, float64)", "astype(x, 'float64')", "astype(x, dtype=\"float64\")"}) {
    EXPECT_EQ(output(parse_expression(text)).attrs.at("dtype"), AttrValue(std::string("float64"))) << text;
  }
  EXPECT_EQ(output(parse_expression("gelu(x, 'tanh')")).attrs.at("approximate"), AttrValue(std::string("tanh")));
  EXPECT_EQ(output(parse_expression("concat(a, b, c, axis=1)")).in.size(), 3u);
  EXPECT_EQ(output(parse_expression("concat([a, b, c], 1)")).attrs.at("axis"), AttrValue(std::int64_t{1}));
}

TEST(Parse, SubscriptsAreSlices) {
  const auto attrs = output(parse_expression("x[1:3, ::2, -1, :-2, 4, ...]")).attrs;
  const std::int64_t open = kNoneInt;
  EXPECT_EQ(list_attr(attrs, "starts"), (std::vector<std::int64_t>{1, open, -1, open, 4}));
  EXPECT_EQ(list_attr(attrs, "stops"), (std::vector<std::int64_t>{3, open, open, -2, 5}));
  EXPECT_EQ(list_attr(attrs, "steps"), (std::vector<std::int64_t>{1, 2, 1, 1, 1}));
  EXPECT_EQ(list_attr(attrs, "drop"), (std::vector<std::int64_t>{0, 0, 1, 0, 1}));
  EXPECT_EQ(list_attr(output(parse_expression("x[None:3:None]")).attrs, "starts"), std::vector<std::int64_t>{open});
}

TEST(Parse, ErrorsSayWhereWhatAndWhatToDo) {
  EXPECT_EQ(message("sin(x) + cosh2(x)").substr(0, 30), "column 10: unknown op cosh2 (d");
  EXPECT_THAT(message("sim(x)"), HasSubstr("column 1: unknown op sim (did you mean sin"));
  EXPECT_THAT(message("qqqqqqqqqqq(x)"), HasSubstr("lists the ops"));
  EXPECT_THAT(message(""), HasSubstr("column 1: the expression ends too early"));
  EXPECT_THAT(message("sin(x"), HasSubstr("column 6: the expression ends too early"));
  EXPECT_THAT(message("x +"), HasSubstr("column 4"));
  EXPECT_THAT(message("x y"), HasSubstr("column 3: unexpected 'y'"));
  EXPECT_THAT(message("x)"), HasSubstr("column 2: unexpected ')'"));
  EXPECT_THAT(message("y = x"), HasSubstr("equality is written =="));
  EXPECT_THAT(message("a < b < c"), HasSubstr("column 7: comparisons cannot be chained"));
  EXPECT_THAT(message("a == b != c"), HasSubstr("chained"));
  EXPECT_THAT(message("x if a else b"), HasSubstr("where("));
  EXPECT_THAT(message("not x"), HasSubstr("Python's 'not'"));
  EXPECT_THAT(message("(a, b)"), HasSubstr("tuple"));
  EXPECT_THAT(message("[a]"), HasSubstr("list is not an array"));
  EXPECT_THAT(message("'x' + 1"), HasSubstr("word"));
  EXPECT_THAT(message("None"), HasSubstr("attribute"));
  EXPECT_THAT(message("x & y"), HasSubstr("column 3: unexpected character '&'"));
  EXPECT_THAT(message("x \x01 y"), HasSubstr("byte 0x01"));
  EXPECT_THAT(message("a − b"), HasSubstr("column 3: unexpected character (operators and names are ASCII)"));
  EXPECT_THAT(message("2x"), HasSubstr("a product is written with *"));
  EXPECT_THAT(message("0x"), HasSubstr("not a number"));
  EXPECT_THAT(message("1.2.3"), HasSubstr("column 1"));
  EXPECT_THAT(message("'abc"), HasSubstr("opened and not closed"));
}

TEST(Parse, NamesOfOtherLibrariesAreNamedNotAccepted) {
  EXPECT_EQ(message("np.cumsum(x)"), "column 1: unknown op np.cumsum (did you mean cumulative_sum?)");
  EXPECT_THAT(message("arcsin(x)"), HasSubstr("did you mean asin?"));
  EXPECT_THAT(message("power(x, 2)"), HasSubstr("did you mean pow?"));
  EXPECT_THAT(message("torch.cat(x, y)"), HasSubstr("did you mean concat?"));
  EXPECT_THAT(message("transpose(x)"), HasSubstr("did you mean permute_dims?"));
  EXPECT_THAT(message("np.exp(x)"), HasSubstr("did you mean exp?"));
  EXPECT_THAT(message("x.T"), HasSubstr("no methods"));
}

TEST(Parse, ArityIsExplained) {
  EXPECT_THAT(message("matmul(a)"), HasSubstr("matmul takes 2 arrays (x1, x2), not 1"));
  EXPECT_THAT(message("exp()"), HasSubstr("exp takes 1 array (x1), not 0"));
  EXPECT_THAT(message("exp(a, b)"),
              HasSubstr("exp takes 1 array (x1): this argument is too much (it has no attributes)"));
  EXPECT_THAT(message("where(a, b)"), HasSubstr("where takes 3 arrays (x1, x2, x3), not 2"));
  EXPECT_THAT(message("grad(x)"), HasSubstr("grad takes 2 arguments"));
  EXPECT_THAT(message("grad(x, x, x)"), HasSubstr("grad takes 2 arguments"));
  EXPECT_THAT(message("grad(x, 2*x)"), HasSubstr("must be the name of an input"));
}

TEST(Parse, AttributesAreChecked) {
  EXPECT_THAT(message("sum(x, axes=0)"), HasSubstr("column 8: sum has no attribute axes (it has axis, "));
  EXPECT_THAT(message("exp(x, axis=0)"), HasSubstr("exp has no attribute axis (it has none)"));
  EXPECT_THAT(message("sum(x, axis='a')"), HasSubstr("column 13: sum: axis is a, which it cannot be"));
  EXPECT_THAT(message("sum(x, axis=1.5)"), HasSubstr("axis must be an integer, a list of integers or None"));
  EXPECT_THAT(message("sum(x, keepdims=1)"), HasSubstr("keepdims must be True or False"));
  EXPECT_THAT(message("sum(x, axis=y)"), HasSubstr("axis is y"));
  EXPECT_THAT(message("sum(x, 0, axis=0)"), HasSubstr("axis is given twice"));
  EXPECT_THAT(message("sum(axis=0, x)"), HasSubstr("positional argument follows"));
  EXPECT_THAT(message("gelu(x, 'erf')"), HasSubstr("approximate must be 'none' or 'tanh'"));
  EXPECT_THAT(message("astype(x, float31)"), HasSubstr("dtype must be a dtype"));
  EXPECT_THAT(message("astype(x)"), HasSubstr("astype needs the attribute dtype"));
  EXPECT_THAT(message("reshape(x, (2, (3,)))"), HasSubstr("a list inside a list"));
  EXPECT_THAT(message("reshape(x, (2, 1.5))"), HasSubstr("something else than integers"));
  EXPECT_THAT(message("reshape(x, 99999999999999999999)"), HasSubstr("at most 2**53"));
  EXPECT_THAT(message("sum(x, axis=)"), HasSubstr("column 13: unexpected ')'"));
  EXPECT_THAT(message("x[]"), HasSubstr("empty subscript"));
  EXPECT_THAT(message("x[1.5]"), HasSubstr("made of integers"));
  EXPECT_THAT(message("x[y]"), HasSubstr("made of integers"));
  EXPECT_THAT(message("x[::0]"), HasSubstr("step of a slice is 0"));
  EXPECT_THAT(message("x[1:2:3:4]"), HasSubstr("more than two colons"));
  EXPECT_THAT(message("x[..., 0]"), HasSubstr("end of a subscript"));
  EXPECT_THAT(message("x[None]"), HasSubstr("reshape"));
}

TEST(Parse, LimitsAreNamed) {
  EXPECT_THAT(message("1e400"), HasSubstr("the constant 1e400 is beyond float64 (the limit"));
  EXPECT_THAT(message("1e-400"), HasSubstr("beyond float64"));
  EXPECT_THAT(message("0x1p1024"), HasSubstr("beyond float64"));
  EXPECT_THAT(message("1" + std::string(400, '0')), HasSubstr("beyond float64"));
  EXPECT_EQ(constant("0e-999999"), 0);
  EXPECT_THAT(message(std::string(200'000, ' ')), HasSubstr("200000 characters, more than 100000"));
  std::string many = "x";
  for (int i = 0; i < 10'000; ++i) many += "+" + std::to_string(i);
  EXPECT_THAT(message(many), HasSubstr("more than 10000 nodes"));
  EXPECT_THAT(message("((x))", {.depth = 2}), HasSubstr("nested deeper than 2 levels"));
  EXPECT_EQ(message("((x))", {.depth = 3}), "no error");
}

TEST(Parse, HundredThousandLevelsAreAnErrorNotACrash) {
  const Limits roomy{.length = 10'000'000};
  const auto repeat = [](std::string_view what) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += what;
    return text;
  };
  for (const char* what : {"(", "-", "exp(", "x**", "+", "x[", "1+(", "sum(x, (", "[", "grad("}) {
    EXPECT_NE(message(repeat(what) + "x", roomy), "no error") << what;
    EXPECT_NE(message(repeat(what), roomy), "no error") << what;
  }
  EXPECT_THAT(message(repeat("exp(") + "x" + repeat(")"), roomy), HasSubstr("nested deeper than 256 levels"));
  EXPECT_THAT(message(repeat("-") + "x", roomy), HasSubstr("nested deeper than 256 levels"));
}

TEST(Parse, NoStringCrashes) {
  const std::vector<std::string> pieces = {
      "x",   "y",   "(", ")", "[",   "]",  ",",    ":",    "**",    "*",    "-",     "+",      "/",       "//",
      "<",   "==",  "=", "1", "2.5", "1e", "0x",   "sum",  "grad(", "exp(", "axis",  "where",  "concat(", "slice",
      "...", "'a'", "'", "@", " ",   "pi", "None", "True", "\xff",  ".",    "0x1p3", "np.sin("};
  std::mt19937 random(20240521);
  std::uniform_int_distribution<std::size_t> pick(0, pieces.size() - 1), length(1, 14);
  int parsed = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (std::size_t n = length(random); n > 0; --n) text += pieces[pick(random)];
    const auto graph = parse_expression(text);
    if (!graph.ok()) {
      ASSERT_FALSE(graph.error().what.empty());
      continue;
    }
    ++parsed;
    // What was read prints as something that reads as the same.
    const std::string printed = expression_of(*graph, graph->output);
    const auto again = parse_expression(printed);
    ASSERT_TRUE(again.ok()) << text << " -> " << printed << ": " << to_string(again.error());
    ASSERT_EQ(expression_of(*again, again->output), printed) << text;
    ASSERT_EQ(tree(*again, again->output), tree(*graph, graph->output)) << text;
  }
  EXPECT_GT(parsed, 200);
}

TEST(ParseDerivative, KnowsHelpersAndExactPi) {
  const auto graph = parse_derivative("expand(g) * 2 / sqrt(pi) * flip(cumulative_sum(total(x1)))");
  ASSERT_TRUE(graph.ok()) << to_string(graph.error());
  EXPECT_THAT(tree(*graph, graph->output), HasSubstr("expand(g)"));
  EXPECT_THAT(tree(*graph, graph->output), HasSubstr("acos(-1)"));
  EXPECT_FALSE(parse_expression("expand(x)").ok());
}

}  // namespace
}  // namespace roundoff
