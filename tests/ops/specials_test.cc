// The tables of C17 Annex F, IEEE 754-2019 and the array API standard, and faults planted to see the checker find them.
#include <gtest/gtest.h>

#include "checker.h"

namespace roundoff::testing {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Row {
  const char* op;
  std::vector<double> x;
  double expected;
};

std::vector<Row> unary_rows() {
  std::vector<Row> rows;
  for (const char* odd : {"sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh", "expm1", "log1p", "erf",
                          "sqrt", "floor", "ceil", "trunc", "round", "gelu"}) {
    rows.push_back({odd, {0.0}, 0.0});
    rows.push_back({odd, {-0.0}, -0.0});
  }
  for (const char* even : {"cos", "cosh", "exp", "exp2", "erfc"}) {
    rows.push_back({even, {0.0}, 1});
    rows.push_back({even, {-0.0}, 1});
  }
  for (const char* pole : {"log", "log2", "log10"}) {
    rows.push_back({pole, {0.0}, -inf});
    rows.push_back({pole, {-0.0}, -inf});
    rows.push_back({pole, {1}, 0.0});
    rows.push_back({pole, {-1}, nan});
    rows.push_back({pole, {-inf}, nan});
    rows.push_back({pole, {inf}, inf});
  }
  for (const char* step : {"floor", "ceil", "trunc", "round", "negative"}) {
    const double sign = step == std::string("negative") ? -1 : 1;
    rows.push_back({step, {inf}, sign * inf});
    rows.push_back({step, {-inf}, -sign * inf});
  }
  for (const auto& [name, op] : all_ops()) {
    const auto* f = std::get_if<Elementwise>(&op.body);
    if (f != nullptr && f->arity == 1 && name != "astype") rows.push_back({op.name.c_str(), {nan}, nan});
  }
  return rows;
}

const std::vector<Row> kRows = {
    {"acos", {1}, 0.0},
    {"acos", {1.5}, nan},
    {"acos", {inf}, nan},
    {"asin", {-1.5}, nan},
    {"asin", {-inf}, nan},
    {"atan", {inf}, 0x1.921fb54442d18p+0},
    {"atan", {-inf}, -0x1.921fb54442d18p+0},
    {"sin", {inf}, nan},
    {"cos", {-inf}, nan},
    {"tan", {inf}, nan},
    {"sinh", {-inf}, -inf},
    {"cosh", {-inf}, inf},
    {"tanh", {-inf}, -1},
    {"tanh", {inf}, 1},
    {"asinh", {-inf}, -inf},
    {"acosh", {1}, 0.0},
    {"acosh", {0.5}, nan},
    {"acosh", {-inf}, nan},
    {"acosh", {inf}, inf},
    {"atanh", {1}, inf},
    {"atanh", {-1}, -inf},
    {"atanh", {2}, nan},
    {"atanh", {inf}, nan},
    {"exp", {-inf}, 0.0},
    {"exp", {inf}, inf},
    {"exp2", {-inf}, 0.0},
    {"expm1", {-inf}, -1},
    {"expm1", {inf}, inf},
    {"log1p", {-1}, -inf},
    {"log1p", {-2}, nan},
    {"log1p", {-inf}, nan},
    {"log1p", {inf}, inf},
    {"sqrt", {-1}, nan},
    {"sqrt", {-inf}, nan},
    {"sqrt", {inf}, inf},
    {"rsqrt", {0.0}, inf},
    {"rsqrt", {-0.0}, -inf},
    {"rsqrt", {inf}, 0.0},
    {"rsqrt", {-1}, nan},
    {"rsqrt", {-inf}, nan},
    {"reciprocal", {-0.0}, -inf},
    {"reciprocal", {-inf}, -0.0},
    {"square", {-0.0}, 0.0},
    {"square", {-inf}, inf},
    {"abs", {-0.0}, 0.0},
    {"abs", {-inf}, inf},
    {"negative", {0.0}, -0.0},
    {"erf", {inf}, 1},
    {"erf", {-inf}, -1},
    {"erfc", {inf}, 0.0},
    {"erfc", {-inf}, 2},
    {"lgamma", {1}, 0.0},
    {"lgamma", {2}, 0.0},
    {"lgamma", {-0.0}, inf},
    {"lgamma", {-3}, inf},
    {"lgamma", {-inf}, inf},
    {"lgamma", {inf}, inf},
    {"ceil", {-0.5}, -0.0},
    {"trunc", {-0.5}, -0.0},
    {"round", {-0.3}, -0.0},
    {"round", {0.5}, 0.0},
    {"round", {1.5}, 2},
    {"round", {2.5}, 2},
    {"round", {-0.5}, -0.0},
    {"round", {-1.5}, -2},
    {"sign", {-0.0}, 0.0},
    {"sign", {-inf}, -1},
    {"relu", {-0.0}, 0.0},
    {"relu", {-inf}, 0.0},
    {"relu", {inf}, inf},
    {"sigmoid", {-inf}, 0.0},
    {"sigmoid", {inf}, 1},
    {"softplus", {-inf}, 0.0},
    {"softplus", {inf}, inf},
    {"gelu", {-inf}, -0.0},
    {"gelu", {inf}, inf},
    {"add", {inf, -inf}, nan},
    {"add", {-0.0, -0.0}, -0.0},
    {"add", {-0.0, 0.0}, 0.0},
    {"add", {1, -1}, 0.0},
    {"add", {1, nan}, nan},
    {"subtract", {inf, inf}, nan},
    {"subtract", {1, 1}, 0.0},
    {"subtract", {-0.0, 0.0}, -0.0},
    {"subtract", {0.0, -0.0}, 0.0},
    {"multiply", {-0.0, 3}, -0.0},
    {"multiply", {0.0, inf}, nan},
    {"multiply", {-inf, 2}, -inf},
    {"multiply", {-0.0, -0.0}, 0.0},
    {"divide", {1, -0.0}, -inf},
    {"divide", {0.0, 0.0}, nan},
    {"divide", {inf, inf}, nan},
    {"divide", {-1, inf}, -0.0},
    {"pow", {nan, 0.0}, 1},
    {"pow", {1, nan}, 1},
    {"pow", {-1, inf}, 1},
    {"pow", {-0.0, -3}, -inf},
    {"pow", {-0.0, -2}, inf},
    {"pow", {-0.0, -inf}, inf},
    {"pow", {-0.0, 3}, -0.0},
    {"pow", {-0.0, 2}, 0.0},
    {"pow", {-0.0, 0.5}, 0.0},
    {"pow", {-8, 1.0 / 3}, nan},
    {"pow", {0.5, inf}, 0.0},
    {"pow", {0.5, -inf}, inf},
    {"pow", {-2, inf}, inf},
    {"pow", {2, -inf}, 0.0},
    {"pow", {-inf, -3}, -0.0},
    {"pow", {-inf, 3}, -inf},
    {"pow", {-inf, 0.5}, inf},
    {"pow", {inf, -1}, 0.0},
    {"pow", {-2, 3}, -8},
    {"pow", {0.0, nan}, nan},
    {"atan2", {0.0, -0.0}, 0x1.921fb54442d18p+1},
    {"atan2", {-0.0, -1}, -0x1.921fb54442d18p+1},
    {"atan2", {-0.0, 0.0}, -0.0},
    {"atan2", {0.0, 1}, 0.0},
    {"atan2", {1, 0.0}, 0x1.921fb54442d18p+0},
    {"atan2", {-1, -0.0}, -0x1.921fb54442d18p+0},
    {"atan2", {1, -inf}, 0x1.921fb54442d18p+1},
    {"atan2", {-1, inf}, -0.0},
    {"atan2", {inf, -3}, 0x1.921fb54442d18p+0},
    {"atan2", {inf, -inf}, 0x1.2d97c7f3321d2p+1},
    {"atan2", {-inf, inf}, -0x1.921fb54442d18p-1},
    {"atan2", {nan, 0.0}, nan},
    {"hypot", {inf, nan}, inf},
    {"hypot", {nan, -inf}, inf},
    {"hypot", {nan, 1}, nan},
    {"hypot", {-3, 0.0}, 3},
    {"hypot", {-0.0, -0.0}, 0.0},
    {"maximum", {-0.0, 0.0}, 0.0},
    {"maximum", {nan, 1}, nan},
    {"minimum", {0.0, -0.0}, -0.0},
    {"minimum", {1, nan}, nan},
    {"minimum", {-inf, 1}, -inf},
    {"remainder", {-1, 3}, 2},
    {"remainder", {1, -3}, -2},
    {"remainder", {-7, -3}, -1},
    {"remainder", {6, 3}, 0.0},
    {"remainder", {6, -3}, -0.0},
    {"remainder", {-6, 3}, 0.0},
    {"remainder", {-0.0, 3}, 0.0},
    {"remainder", {0.0, -3}, -0.0},
    {"remainder", {1, 0.0}, nan},
    {"remainder", {inf, 3}, nan},
    {"remainder", {2, inf}, 2},
    {"remainder", {-2, inf}, inf},
    {"remainder", {2, -inf}, -inf},
    {"floor_divide", {7, 2}, 3},
    {"floor_divide", {-7, 2}, -4},
    {"floor_divide", {-0.0, 5}, -0.0},
    {"floor_divide", {1, 0.0}, inf},
    {"floor_divide", {-1, inf}, -1},
    {"floor_divide", {1, inf}, 0.0},
    {"floor_divide", {inf, -2}, -inf},
    {"floor_divide", {0.0, 0.0}, nan},
    {"logaddexp", {-inf, -inf}, -inf},
    {"logaddexp", {-inf, 2}, 2},
    {"logaddexp", {inf, -inf}, inf},
    {"logaddexp", {nan, inf}, nan},
    {"less", {nan, 1}, 0.0},
    {"not_equal", {nan, nan}, 1},
    {"equal", {nan, nan}, 0.0},
    {"equal", {-0.0, 0.0}, 1},
    {"less", {-0.0, 0.0}, 0.0},
    {"greater_equal", {inf, inf}, 1},
    {"less_equal", {-inf, inf}, 1},
    {"where", {nan, 1, 2}, 1},
    {"where", {-0.0, 1, -0.0}, -0.0},
};

TEST(Specials, FollowTheStandards) {
  auto rows = unary_rows();
  rows.insert(rows.end(), kRows.begin(), kRows.end());
  for (const Row& row : rows) {
    const auto& f = std::get<Elementwise>(find_op(row.op)->body);
    const auto answer = certified(f, row.x, oracles().at(row.op).attrs, DType::float64);
    EXPECT_TRUE(answer && same(*answer, row.expected))
        << row.op << "(" << row.x[0] << (row.x.size() > 1 ? fmt::format(", {}", row.x[1]) : "")
        << ") = " << answer.value_or(-99);
  }
}

TEST(Specials, ConversionsToIntegers) {
  const auto& f = std::get<Elementwise>(find_op("astype")->body);
  const auto to = [&](const char* dtype, double x) {
    return certified(f, {x}, {{"dtype", std::string(dtype)}}, DType::float64);
  };
  EXPECT_EQ(to("int32", -2.7), -2);
  EXPECT_TRUE(same(*to("int8", -0.5), 0.0));
  EXPECT_EQ(to("uint8", 255.9), 255);
  EXPECT_EQ(to("uint8", 256), std::nullopt);
  EXPECT_EQ(to("uint8", -1), std::nullopt);
  EXPECT_EQ(to("int8", -128.5), -128);
  EXPECT_EQ(to("int8", 128), std::nullopt);
  EXPECT_EQ(to("int64", nan), std::nullopt);
  EXPECT_EQ(to("int64", -0x1p63), -0x1p63);
  EXPECT_EQ(to("int64", 0x1p63), std::nullopt);
  EXPECT_EQ(to("uint64", 0x1p63), 0x1p63);
  EXPECT_EQ(to("bool", nan), 1);
  EXPECT_TRUE(same(*to("bool", -0.0), 0.0));
  EXPECT_TRUE(same(*to("float16", -0.0), -0.0));
}

// ---- planted faults ---------------------------------------------------------------------------------------------

std::size_t disagreements(const char* name, const Elementwise& f, DType dtype) {
  return compare(f, oracles().at(name), inputs_for(*find_op(name), dtype, 2000, 5), dtype).count;
}

Elementwise body(const char* name) { return std::get<Elementwise>(find_op(name)->body); }

TEST(PlantedFaults, WrongCoefficientIsFound) {
  Elementwise f = body("exp");
  f.ball = [](Ball& out, std::span<const Ball* const> in, const Attrs&, long prec) {
    arb_exp(out.arb(), in[0]->arb(), prec);
    arb_t wrong;  // 1 + 2^-56: some sixteenth of an ulp
    arb_init(wrong);
    arb_one(wrong);
    arb_mul_2exp_si(wrong, wrong, -50 - 6);
    arb_add_ui(wrong, wrong, 1, prec);
    arb_mul(out.arb(), out.arb(), wrong, prec);
    arb_clear(wrong);
    out.settle();
  };
  EXPECT_EQ(disagreements("exp", body("exp"), DType::float64), 0u);
  EXPECT_GT(disagreements("exp", f, DType::float64), 20u);
}

TEST(PlantedFaults, WrongFunctionIsFound) {
  EXPECT_GT(disagreements("cos", body("sin"), DType::float32), 500u);
  EXPECT_GT(disagreements("gelu", body("relu"), DType::float32), 500u);
}

TEST(PlantedFaults, WrongFormIsFound) {
  Oracle by_erf = oracles().at("gelu");
  by_erf.attrs = {{"approximate", std::string("tanh")}};
  EXPECT_GT(compare(body("gelu"), by_erf, inputs_for(*find_op("gelu"), DType::float32, 2000, 5), DType::float32).count,
            100u);
}

TEST(PlantedFaults, WrongSpecialValueIsFound) {
  Elementwise f = body("sqrt");
  const auto right = f.special;
  f.special = [right](std::span<const double> x, const Attrs& attrs) {
    return x[0] == 0 ? std::optional(0.0) : right(x, attrs);
  };
  EXPECT_EQ(disagreements("sqrt", f, DType::float32), 1u);  // -0
}

TEST(PlantedFaults, WrongTieIsFound) {
  Elementwise f = body("round");
  f.special = [](std::span<const double> x, const Attrs&) { return std::optional(std::round(x[0])); };
  EXPECT_GT(disagreements("round", f, DType::float32), 2u);
}

}  // namespace
}  // namespace roundoff::testing
