#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "graph/graph.h"

namespace roundoff {
namespace {

using testing::HasSubstr;
using Signatures = std::map<std::string, Signature, std::less<>>;

const Signature kVector{DType::float32, {3}};
const Signature kMatrix{DType::float32, {3, 4}};

Result<Graph> inferred(std::string_view text, const Signatures& inputs) {
  ROUNDOFF_TRY(Graph graph, parse_expression(text));
  return infer(std::move(graph), inputs);
}

std::string message(std::string_view text, const Signatures& inputs) {
  const auto graph = inferred(text, inputs);
  return graph.ok() ? "no error" : to_string(graph.error());
}

// "float32[3, 4]" of the output.
std::string type_of(std::string_view text, const Signatures& inputs) {
  const auto graph = inferred(text, inputs);
  if (!graph.ok()) return to_string(graph.error());
  const Node& out = graph->nodes[static_cast<std::size_t>(graph->output)];
  return std::string(name_of(out.dtype)) + to_string(out.shape);
}

// dtypes of the constants, in order.
std::vector<std::string> constants(std::string_view text, const Signatures& inputs) {
  const auto graph = inferred(text, inputs);
  EXPECT_TRUE(graph.ok()) << text << ": " << (graph.ok() ? "" : to_string(graph.error()));
  std::vector<std::string> found;
  if (!graph.ok()) return found;
  for (const Node& node : graph->nodes) {
    if (node.role == Node::Role::constant) found.emplace_back(name_of(node.dtype));
  }
  return found;
}

TEST(Infer, ShapesBroadcastAndReduce) {
  EXPECT_EQ(type_of("x + y", {{"x", kMatrix}, {"y", {DType::float32, {4}}}}), "float32[3, 4]");
  EXPECT_EQ(type_of("x + y", {{"x", {DType::float32, {3, 1}}}, {"y", {DType::float64, {1, 4}}}}), "float64[3, 4]");
  EXPECT_EQ(type_of("sum(x, axis=1)", {{"x", kMatrix}}), "float32[3]");
  EXPECT_EQ(type_of("sum(x, axis=-1, keepdims=True)", {{"x", kMatrix}}), "float32[3, 1]");
  EXPECT_EQ(type_of("sum(x)", {{"x", kMatrix}}), "float32[]");
  EXPECT_EQ(type_of("cumulative_sum(sin(exp(x)))", {{"x", kVector}}), "float32[3]");
  EXPECT_EQ(type_of("x @ y", {{"x", kMatrix}, {"y", {DType::float32, {4, 5}}}}), "float32[3, 5]");
  EXPECT_EQ(type_of("x < 1", {{"x", kVector}}), "bool[3]");
  EXPECT_EQ(type_of("where(x > 0, x, 0)", {{"x", kVector}}), "float32[3]");
  EXPECT_EQ(type_of("grad(x**3 + 2*x, x)", {{"x", kVector}}), "float32[3]");
  EXPECT_EQ(type_of("astype(x, float64) * 2", {{"x", kVector}}), "float64[3]");
}

TEST(Infer, ConstantsTakeTheDtypeOfWhatTheyMeet) {
  const Signature half{DType::float16, {3}}, big{DType::float64, {3}};
  EXPECT_THAT(constants("2 * x", {{"x", half}}), testing::ElementsAre("float16"));
  EXPECT_THAT(constants("2 * x + 2 * y", {{"x", half}, {"y", big}}), testing::ElementsAre("float16", "float64"));
  EXPECT_EQ(type_of("2.5 * x", {{"x", half}}), "float16[3]") << "a constant never widens";
  EXPECT_THAT(constants("where(x > 0, 1, 0)", {{"x", half}}), testing::ElementsAre("float16", "float16"));
  EXPECT_EQ(type_of("where(x > 0, 1, 0)", {{"x", half}}), "float16[3]");
  EXPECT_EQ(type_of("(x > 0) * 2.5", {{"x", half}}), "float16[3]");
  EXPECT_THAT(constants("sqrt(2) / 3 * x",
                        {
                            {"x", half},
                        }),
              testing::ElementsAre("float16", "float16"));
  EXPECT_THAT(constants("sqrt(2) * x + y", {{"x", half}, {"y", big}}), testing::ElementsAre("float16"));
  EXPECT_EQ(type_of("n + 1", {{"n", {DType::int64, {3}}}}), "int64[3]");
  EXPECT_EQ(type_of("n + 1.5", {{"n", {DType::int64, {3}}}}), "float64[3]");
  EXPECT_EQ(type_of("where(2 > 1, x, 0)", {{"x", half}}), "float16[3]");
}

TEST(Infer, ConstantsAloneTakeTheDtypeOfTheInputs) {
  EXPECT_EQ(type_of("sqrt(2)", {}), "float64[]");
  EXPECT_EQ(type_of("3", {}), "float64[]");
  EXPECT_EQ(type_of("grad(3 * 2, x)", {{"x", kVector}}), "float32[3]");
}

TEST(Infer, NamedConstantsGiveWayToInputs) {
  EXPECT_THAT(constants("e * x", {{"x", kVector}}), testing::ElementsAre("float32"));
  EXPECT_THAT(constants("e * x", {{"x", kVector}, {"e", kVector}}), testing::IsEmpty());
  EXPECT_EQ(type_of("grad(e * e, e)", {{"e", kVector}}), "float32[3]");
  EXPECT_THAT(message("grad(e * x, e)", {{"x", kVector}}), HasSubstr("not an input"));
}

TEST(Infer, ErrorsNameTheColumnAndBothShapes) {
  const Signatures ab{{"a", kMatrix}, {"b", {DType::float32, {5, 6}}}};
  EXPECT_THAT(message("2 * matmul(a, b)", ab),
              testing::AllOf(testing::StartsWith("column 5: matmul: "), HasSubstr("[3, 4]"), HasSubstr("[5, 6]")));
  EXPECT_THAT(message("a + b", ab), HasSubstr("column 3: add: "));
  EXPECT_THAT(message("a + b", ab), HasSubstr("[3, 4] and [5, 6]"));
  EXPECT_THAT(message("sum(a + 1, axis=2) + b", ab), HasSubstr("column 1: sum: "));
  EXPECT_THAT(message("reshape(a, (5, 5))", {{"a", kMatrix}}),
              testing::StartsWith("column 1, shape: reshape: [3, 4]: "));
  EXPECT_THAT(message("a * b", {{"a", kMatrix}}), HasSubstr("column 5: the input b is not given"));
  EXPECT_THAT(message("a + 1", {{"a", {DType::float8_e5m2, {3}}}}),
              HasSubstr("no function is computed in float8_e5m2"));
  EXPECT_THAT(message("astype(a, dtype='float8_e5m2')", {{"a", kMatrix}}), HasSubstr("dtype"));
  EXPECT_THAT(message("a * 2", ab), HasSubstr("input b: it is given and the expression does not use it"));
  EXPECT_THAT(message("1 + 2", ab), HasSubstr("the expression has no inputs"));
  EXPECT_THAT(message("grad(n * n, n)", {{"n", {DType::int32, {3}}}}), HasSubstr("only floats have gradients"));
}

TEST(Infer, KeepsTheOrderOfNodesAndSharing) {
  const auto graph = inferred("sin(x) * 2 + sin(x) * 2", {{"x", kVector}});
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(graph->nodes.size(), 5u);
  EXPECT_EQ(graph->output, 4);
  for (std::size_t i = 0; i < graph->nodes.size(); ++i) {
    for (const int in : graph->nodes[i].in) EXPECT_LT(in, static_cast<int>(i));
  }
}

TEST(Infer, LongChainsOfConstantsNeedNoStack) {
  std::string text = "1";
  for (int i = 2; i < 4'900; ++i) text += "+" + std::to_string(i);
  EXPECT_EQ(type_of("(" + text + ")*x", {{"x", kVector}}), "float32[3]");
}

TEST(Print, ExpressionsReadBack) {
  for (const char* text : {"cumulative_sum(sin(exp(x)))",
                           "a + b * c",
                           "(a + b) * c",
                           "a - (b - c)",
                           "-a ** b",
                           "(-a) ** b",
                           "a ** -b",
                           "(-2) ** a",
                           "a ** -2",
                           "a ** b ** c",
                           "(a ** b) ** c",
                           "x[1:3, ::-1, 0]",
                           "(a + b)[0]",
                           "a < b",
                           "(a < b) == c",
                           "negative(2.0)",
                           "sum(a, axis=(0, 1), keepdims=True)",
                           "astype(a, dtype=float64)",
                           "gelu(a, approximate='tanh')",
                           "2.0 * a",
                           "2 * a",
                           "1e-06 * a",
                           "grad(a ** 3 + 2 * a, a)",
                           "pi * a",
                           "concat(a, b, c, axis=1)",
                           "reshape(a, shape=(2,))",
                           "a @ b",
                           "-(a * b)",
                           "-inf * a"}) {
    const auto graph = parse_expression(text);
    ASSERT_TRUE(graph.ok()) << text << to_string(graph.error());
    EXPECT_EQ(expression_of(*graph, graph->output), text);
  }
}

TEST(Print, SharedNodesDoNotExplode) {
  Graph graph = *parse_expression("x + x");
  for (int i = 0; i < 60; ++i) {
    Node twice = graph.nodes.back();
    twice.in = {static_cast<int>(graph.nodes.size()) - 1, static_cast<int>(graph.nodes.size()) - 1};
    graph.nodes.push_back(twice);
  }
  const std::string text = expression_of(graph, static_cast<int>(graph.nodes.size()) - 1);
  EXPECT_LT(text.size(), 110'000u);
  EXPECT_TRUE(text.ends_with("…"));
}

TEST(Json, IsWhatTheProtocolSays) {
  const auto graph = inferred("sum(2 * x[1:, 0], axis=0) + 0.5", {{"x", kMatrix}});
  ASSERT_TRUE(graph.ok()) << to_string(graph.error());
  const auto json = nlohmann::json::parse(to_json(*graph));
  EXPECT_EQ(json["output"], graph->output);
  EXPECT_EQ(json["nodes"][2], nlohmann::json::parse(R"({"op":"constant","in":[],"attrs":{},"value":"0x1p+1",
      "integral":true,"dtype":"float32","shape":[]})"));
  EXPECT_EQ(json["nodes"][0],
            nlohmann::json::parse(R"({"op":"input","name":"x","in":[],"attrs":{},"dtype":"float32","shape":[3,4]})"));
  const auto& slice = json["nodes"][1];
  EXPECT_EQ(slice["op"], "slice");
  EXPECT_EQ(slice["in"], nlohmann::json::parse("[0]"));
  EXPECT_EQ(slice["attrs"]["starts"], nlohmann::json::parse("[1,0]"));
  EXPECT_EQ(slice["attrs"]["stops"], nlohmann::json::parse("[null,1]"));
  EXPECT_EQ(json["nodes"][4]["attrs"]["axis"], 0);
  EXPECT_EQ(json["nodes"][4]["attrs"]["keepdims"], false);
  EXPECT_EQ(json["nodes"][5]["integral"], false);
}

TEST(Json, GradientsAndSpecialConstants) {
  const auto graph = inferred("grad(x * x, x) * inf + nan", {{"x", kVector}});
  ASSERT_TRUE(graph.ok()) << to_string(graph.error());
  const auto json = nlohmann::json::parse(to_json(*graph));
  EXPECT_EQ(json["nodes"][2]["op"], "grad");
  EXPECT_EQ(json["nodes"][2]["in"], nlohmann::json::parse("[1,0]"));
  EXPECT_EQ(json["nodes"][3]["value"], "inf");
  EXPECT_EQ(json["nodes"][5]["value"], "nan");
  EXPECT_EQ(nlohmann::json::parse(to_json(*inferred("sum(x)", {{"x", kVector}})))["nodes"][1]["attrs"]["axis"],
            nullptr);
}

}  // namespace
}  // namespace roundoff
