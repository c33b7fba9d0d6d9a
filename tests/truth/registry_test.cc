// What holds for every op of the registry, those to come included.
#include "base/format.h"
#include "oracle.h"

namespace roundoff {
namespace {

using oracle::Draw;

constexpr double kInf = std::numeric_limits<double>::infinity();

/// Special values, edges of the format and random numbers, in rows of `length`.
Array mixed(DType dtype, std::int64_t rows, std::int64_t length, std::uint64_t seed) {
  const Format& format = format_of(dtype);
  const std::vector<double> special{0,
                                    -0.0,
                                    1,
                                    -1,
                                    0.5,
                                    kInf,
                                    -kInf,
                                    std::numeric_limits<double>::quiet_NaN(),
                                    format.max_finite(),
                                    -format.max_finite(),
                                    format.min_subnormal(),
                                    -format.min_normal()};
  std::mt19937_64 random(seed);
  Array out = Array::make(dtype, {rows, length}).value();
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const bool odd = random() % 8 == 0 && i / length % 2 == 0;  // every other row is tame
    const Draw how = random() % 4 == 0 ? Draw::wide : random() % 2 == 0 ? Draw::symmetric : Draw::integers;
    out.set(i, odd ? special[random() % special.size()] : oracle::draw(random, how, dtype));
  }
  return out;
}

/// A call of the op with default attributes, along the last axis where it runs along one.
std::string call_of(const Op& op, const std::string& x, const std::string& y) {
  static const std::map<std::string, std::string> kNeeded{{"astype", ", dtype=float32"},
                                                          {"broadcast_to", ", shape=(2, 16, 16)"},
                                                          {"permute_dims", ", axes=(1, 0)"},
                                                          {"reshape", ", shape=(4, 64)"}};
  if (op.name == "where") return "where(" + x + " > " + y + ", " + x + ", " + y + ")";
  if (op.name == "outer") return "outer(" + x + "[0], " + y + "[1])";
  std::string arguments = x;
  for (int k = 1; k < op.arity_min; ++k) arguments += ", " + (k == 1 ? y : x);
  if (std::holds_alternative<Fiber>(op.body)) arguments += ", axis=1";
  const auto needed = kNeeded.find(op.name);
  return op.name + "(" + arguments + (needed == kNeeded.end() ? "" : needed->second) + ")";
}

class EveryOp : public testing::TestWithParam<const Op*> {};

TEST_P(EveryOp, TruthAndBudgetsAreOfAPiece) {
  for (const DType dtype : {DType::float16, DType::float32, DType::float64}) {
    // Matrix products need square arguments, and everything else takes them.
    const Inputs all{{"x", mixed(dtype, 16, 16, 1)}, {"y", mixed(dtype, 16, 16, 2)}};
    for (const std::string& call : {call_of(*GetParam(), "x", "y"), call_of(*GetParam(), "(x / 3)", "(y / 3)")}) {
      auto parsed = parse_expression(call);
      ASSERT_TRUE(parsed.ok()) << to_string(parsed.error());
      Inputs inputs;
      std::map<std::string, Signature, std::less<>> signatures;
      for (const int input : parsed->inputs()) {
        const std::string& name = parsed->nodes[static_cast<std::size_t>(input)].name;
        inputs[name] = all.find(name)->second;
        signatures[name] = {dtype, inputs[name].shape()};
      }
      const auto graph = infer(std::move(*parsed), signatures);
      ASSERT_TRUE(graph.ok()) << to_string(graph.error());
      const auto truth = certify(*graph, inputs, {.cap = 1024});
      ASSERT_TRUE(truth.ok()) << call;
      const Format& format = format_of(truth->dtype);
      std::size_t undecided = 0;
      for (std::size_t i = 0; i < truth->value.size(); ++i) {
        const bool open =
            undecided < truth->undecided.size() && truth->undecided[undecided] == static_cast<std::int64_t>(i);
        const double sound = truth->budget.sound[i], probable = truth->budget.probable[i], nearest = truth->nearest[i];
        ASSERT_GE(sound, 0) << call << " [" << i << "]";
        ASSERT_GE(probable, 0) << call << " [" << i << "]";
        ASSERT_LE(probable, sound) << call << " [" << i << "]";
        ASSERT_GE(truth->budget.weak.empty() ? sound : truth->budget.weak[i], sound) << call << " [" << i << "]";
        if (open) {
          ++undecided;
          continue;
        }
        ASSERT_TRUE(oracle::same(nearest, round_to(format, nearest))) << call << " [" << i << "]";
        if (!std::isfinite(nearest) || !truth->value[i].real() || truth->value[i].exp < -5000) continue;
        // The correctly rounded result is an honest one.
        const mpq_class error = abs(mpq_class(nearest) - oracle::centre(truth->value[i]));
        ASSERT_TRUE(std::isinf(probable) || error <= mpq_class(probable))
            << call << " " << name_of(dtype) << " [" << i << "] " << nearest << " " << error.get_d() << " > "
            << probable;
      }
    }
  }
}

std::vector<const Op*> every_op() {
  std::vector<const Op*> ops;
  for (const auto& [name, op] : all_ops()) ops.push_back(&op);
  return ops;
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOp, testing::ValuesIn(every_op()), [](const auto& op) { return op.param->name; });

TEST(Certify, LeavesAloneAndEmptyArrays) {
  const Array x = oracle::array(DType::float32, {4}, Draw::symmetric, 1);
  const Truth itself = oracle::certified("x", {{"x", x}});
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(itself.nearest[i], x.get(static_cast<std::int64_t>(i)));
    EXPECT_EQ(itself.budget.sound[i], 0);
  }
  const Array none = Array::make(DType::float32, {3, 0}).value(), other = Array::make(DType::float32, {0, 2}).value();
  const Truth zeros = oracle::certified("matmul(a, b)", {{"a", none}, {"b", other}});
  EXPECT_EQ(zeros.nearest, std::vector<double>(6));
  EXPECT_EQ(oracle::certified("matmul(b, a)", {{"a", none}, {"b", other.reshaped({2, 0}).reshaped({0, 3})}}).shape,
            (Shape{0, 0}));
  EXPECT_EQ(oracle::certified("exp(a)", {{"a", none}}).value.size(), 0U);
  const Array scalar = Array::make(DType::float32, {}).value();
  EXPECT_EQ(oracle::certified("sum(s) + 1", {{"s", scalar}}).nearest, std::vector<double>{1});
}

}  // namespace
}  // namespace roundoff
