// Planted outputs, each with the class it must get. The function is a batch of inner products whose truth and budgets
// are computed here, in long double and from the formulas, by no code of the truth.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "verdict/verdict.h"

namespace roundoff {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int kRows = 400, kTerms = 33;

float cut_to_tf32(float x) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, 4);
  bits = (bits + 0x1000) & 0xffffe000;
  std::memcpy(&x, &bits, 4);
  return x;
}

Truth exactly(DType dtype, const std::vector<double>& t, double radius) {
  Truth truth;
  truth.dtype = dtype;
  truth.shape = {static_cast<std::int64_t>(t.size())};
  for (const double x : t) {
    truth.value.push_back({x, 0, 0, 0, Kind::real});
    truth.nearest.push_back(round_to(format_of(dtype), x));
  }
  truth.budget.sound.assign(t.size(), radius);
  truth.budget.probable.assign(t.size(), radius);
  return truth;
}

class Judge : public ::testing::Test {
 protected:
  static Enclosure enclosure(double hi, double lo) { return {hi, lo, 0, 0, Kind::real}; }

  void SetUp() override {
    std::mt19937 random(11);
    std::uniform_real_distribution<float> uniform(-1, 1);
    truth_.dtype = DType::float32;
    truth_.shape = {kRows};
    for (int i = 0; i < kRows; ++i) {
      long double sum = 0, size = 0;
      for (int k = 0; k < kTerms; ++k) {
        x_[i][k] = uniform(random);
        y_[i][k] = uniform(random);
        const long double product = static_cast<long double>(x_[i][k]) * y_[i][k];
        sum += product;
        size += std::fabs(product);
      }
      const double hi = static_cast<double>(sum);
      truth_.value.push_back(enclosure(hi, static_cast<double>(sum - hi)));
      truth_.nearest.push_back(static_cast<float>(sum));
      const double u = 0x1p-24, ulp_radius = ulp(format_of(DType::float32), hi);
      truth_.budget.sound.push_back(static_cast<double>(size) * u * kTerms + ulp_radius);
      truth_.budget.probable.push_back(static_cast<double>(size) * u * 3 * std::sqrt(kTerms) + ulp_radius);
    }
    output_ = Array::make(DType::float32, {kRows}).value();
  }

  template <class Product>
  void left_to_right(Product product, int terms = kTerms) {
    for (int i = 0; i < kRows; ++i) {
      float sum = 0;
      for (int k = 0; k < terms; ++k) sum += product(x_[i][k], y_[i][k]);
      output_.set(i, sum);
    }
  }
  void correct() {
    for (int i = 0; i < kRows; ++i) output_.set(i, truth_.nearest[i]);
  }
  void as(DType dtype) {
    Array other = Array::make(dtype, {kRows}).value();
    for (int i = 0; i < kRows; ++i) other.set(i, truth_.value[i].hi);
    output_ = other;
  }

  VerdictReport verdict() {
    metrics_ = measure(output_, truth_);
    evidence_.output = &output_;
    evidence_.truth = &truth_;
    evidence_.metrics = &metrics_;
    if (evidence_.certified) evidence_.standing = stand(output_, truth_);
    return judge(evidence_);
  }
  void expect(Class expected, const std::string& words) {
    const VerdictReport v = verdict();
    EXPECT_EQ(name_of(v.verdict), name_of(expected)) << v.reason;
    EXPECT_THAT(v.reason, HasSubstr(words));
  }

  float x_[kRows][kTerms], y_[kRows][kTerms];
  Truth truth_;
  Array output_;
  MetricValues metrics_;
  Evidence evidence_;
};

Finding finding(Class effect, bool proven = true) {
  Finding f;
  f.report.name = "operands cut to TF32";
  f.report.node = "matmul";
  f.report.matched = f.report.of = 400;
  f.report.proven = proven;
  f.effect = effect;
  return f;
}

TEST_F(Judge, CorrectlyRoundedIsIdentical) {
  correct();
  expect(Class::identical, "correctly rounded truth");
}

TEST_F(Judge, OrderOfSummationIsRounding) {
  left_to_right([](float x, float y) { return x * y; });
  expect(Class::rounding, "of what float32 rounding may do here");
  EXPECT_LT(verdict().probable_share, 0.5);
  EXPECT_FALSE(wants_variants(evidence_));
}

TEST_F(Judge, OneUlpOfNoiseIsRounding) {
  for (int i = 0; i < kRows; ++i)
    output_.set(i, std::nextafter(static_cast<float>(truth_.nearest[i]), i % 2 ? 9.0f : -9.0f));
  expect(Class::rounding, "%");
}

TEST_F(Judge, OperandsCutToTf32AreNoRounding) {
  left_to_right([](float x, float y) { return cut_to_tf32(x) * cut_to_tf32(y); });
  expect(Class::unexplained, "treat it as a bug");
  EXPECT_GT(verdict().sound_share, 5);
  EXPECT_TRUE(wants_variants(evidence_));
  const std::vector<Finding> proven{finding(Class::precision_mode)};
  evidence_.findings = proven;
  expect(Class::precision_mode, "operands cut to TF32: 400 of 400");
  EXPECT_FALSE(wants_variants(evidence_));
  const std::vector<Finding> only_matching{finding(Class::precision_mode, false)};
  evidence_.findings = only_matching;
  expect(Class::unexplained, "budget");
}

TEST_F(Judge, AProductLeftOutIsUnexplained) {
  left_to_right([](float x, float y) { return x * y; }, kTerms - 1);
  expect(Class::unexplained, "outside the float32 budget at");
}

TEST_F(Judge, AHarmlessCauseDoesNotExcuse) {
  left_to_right([](float x, float y) { return x * y; }, kTerms - 1);
  const std::vector<Finding> proven{finding(Class::rounding)};
  evidence_.findings = proven;
  expect(Class::unexplained, "no replay explains it");
}

TEST_F(Judge, AProvenPrecisionModeInsideTheBudgetIsStillRounding) {
  left_to_right([](float x, float y) { return x * y; });
  const std::vector<Finding> proven{finding(Class::precision_mode)};
  evidence_.findings = proven;
  expect(Class::rounding, "operands cut to TF32");
}

TEST_F(Judge, AnotherDtypeOutside) {
  left_to_right([](float x, float y) { return cut_to_tf32(x) * cut_to_tf32(y); });
  const std::vector<Finding> proven{finding(Class::dtype)};
  evidence_.findings = proven;
  expect(Class::dtype, "proven");
}

TEST_F(Judge, Float64ForFloat32IsDtype) {
  as(DType::float64);
  expect(Class::dtype, "float64 where the function's is float32; its error is inside");
}

TEST_F(Judge, Float16ForFloat32IsDtype) {
  as(DType::float16);
  expect(Class::dtype, "its own rounding explains the error");
}

TEST_F(Judge, Float16ThatIsAlsoWrongIsUnexplained) {
  as(DType::float16);
  output_.set(7, output_.get(7) + 0.25);
  expect(Class::unexplained, "outside");
}

TEST_F(Judge, NaNForANumberIsUnexplained) {
  correct();
  output_.set(3, kNaN);
  output_.set(5, kInf);
  expect(Class::unexplained, "1 NaN and 1 infinite where the truth is not");
  EXPECT_EQ(evidence_.standing.first_outside, 3);
  EXPECT_EQ(evidence_.standing.outside, 2);
}

TEST_F(Judge, NaNIsAllowedWhereTheBudgetIsInfinite) {
  correct();
  output_.set(3, kNaN);
  truth_.budget.sound[3] = truth_.budget.probable[3] = kInf;
  expect(Class::rounding, "no bound holds at 1 element");
}

TEST_F(Judge, ManyElementsWithoutABoundAreIllConditioned) {
  correct();
  for (int i = 0; i < 40; ++i) {
    output_.set(i, 1e6);
    truth_.budget.sound[i] = truth_.budget.probable[i] = kInf;
  }
  expect(Class::ill_conditioned, "no bound at 40 elements");
  EXPECT_TRUE(wants_amplification(evidence_));
}

TEST_F(Judge, BetweenTheBudgetsIsLargeRounding) {
  for (int i = 0; i < kRows; ++i) output_.set(i, truth_.value[i].hi + 0.9 * truth_.budget.sound[i]);
  expect(Class::large_rounding, "of the worst case");
}

TEST_F(Judge, InsideTheWeakBudgetOnlyIsLargeRoundingAndSaysSo) {
  correct();
  output_.set(0, truth_.value[0].hi + 3 * truth_.budget.sound[0]);
  truth_.budget.weak = truth_.budget.sound;
  truth_.budget.weak[0] *= 4;
  expect(Class::large_rounding, "relative to the scale of the function");
  truth_.budget.weak[0] /= 2;
  expect(Class::unexplained, "outside");
}

TEST_F(Judge, AmplificationMakesItIllConditioned) {
  left_to_right([](float x, float y) { return x * y; });
  for (double& r : truth_.budget.sound) r *= 1e4;
  for (double& r : truth_.budget.probable) r *= 1e4;
  for (int i = 0; i < kRows; ++i) output_.set(i, output_.get(i) + truth_.budget.probable[i] / 2);
  verdict();
  EXPECT_TRUE(wants_amplification(evidence_));
  Amplification sine{2, "sin", 31'000, 0.3};
  evidence_.amplification = &sine;
  expect(Class::ill_conditioned, "sin multiplies relative errors by up to 31,000");
  sine.share = 0.001;
  expect(Class::rounding, "rounding may do here");
}

TEST_F(Judge, RepeatsThatDifferAreNondeterministicFirstOfAll) {
  correct();
  evidence_.unstable = 7;
  expect(Class::nondeterministic, "7 of 400 elements changed bits");
}

TEST_F(Judge, AVariantOfTheFunctionIsSemantics) {
  // A variance with another divisor: its own truth, its own budget.
  std::vector<double> other;
  for (int i = 0; i < kRows; ++i) {
    other.push_back(truth_.value[i].hi * kTerms / (kTerms - 1));
    output_.set(i, other.back());
  }
  verdict();
  EXPECT_TRUE(wants_variants(evidence_));
  std::vector<std::pair<std::string, Truth>> variants;
  variants.emplace_back("ddof 2", exactly(DType::float32, std::vector<double>(kRows, 1), 1e-6));
  variants.emplace_back("ddof 1", exactly(DType::float32, other, 1e-6));
  evidence_.variants = variants;
  expect(Class::semantics, "inside the budget of: ddof 1");
  output_.set(0, kNaN);
  expect(Class::unexplained, "NaN");
}

TEST_F(Judge, FlushedSubnormalsAreSeenInTheOutputs) {
  std::vector<double> t(kRows, 1);
  for (int i = 0; i < 10; ++i) t[i] = std::ldexp(1.0, -130 - i);
  truth_ = exactly(DType::float32, t, 0x1p-149);
  correct();
  for (int i = 0; i < 10; ++i) output_.set(i, 0);
  expect(Class::precision_mode, "subnormal results come out as 0 (10 elements)");
  output_.set(20, 1.5);
  expect(Class::unexplained, "11 of 400");
}

TEST_F(Judge, SubnormalArgumentsTakenAsZeroAreNoBug) {
  // A logarithm: finite at subnormals, -inf where they count as 0, and one result flushed.
  std::vector<double> t(kRows, 1), zeroed(kRows, 1);
  for (int i = 0; i < 10; ++i) t[i] = -100 - i;
  t[10] = zeroed[10] = 0x1p-130;
  truth_ = exactly(DType::float32, t, 0x1p-149);
  correct();
  for (int i = 0; i < 11; ++i) output_.set(i, i < 10 ? -kInf : 0);
  Truth without = exactly(DType::float32, zeroed, 0x1p-149);
  for (int i = 0; i < 10; ++i) {
    without.value[i].kind = Kind::neg_inf;
    without.nearest[i] = -kInf;
  }
  expect(Class::unexplained, "11 of 400");
  EXPECT_TRUE(wants_variants(evidence_));
  evidence_.without_subnormals = &without;
  expect(Class::precision_mode, "subnormal arguments count as 0");
  output_.set(20, 1.5);
  expect(Class::unexplained, "12 of 400");
}

TEST_F(Judge, ExactOpsHaveNoRoomAtAll) {
  truth_ = exactly(DType::float32, std::vector<double>(kRows, 1), 0);
  correct();
  expect(Class::identical, "every element");
  output_.set(9, 1 + 0x1p-23);
  expect(Class::unexplained, "asks for the exact result");
  EXPECT_EQ(verdict().sound_share, kInf);
}

TEST_F(Judge, AnIndexInAnotherIntegerTypeIsTheSameAnswer) {
  truth_ = exactly(DType::int64, std::vector<double>(kRows, 5), 0);
  output_ = Array::make(DType::int32, {kRows}).value();
  for (int i = 0; i < kRows; ++i) output_.set(i, 5);
  expect(Class::identical, "as int32");
}

TEST_F(Judge, OnlyTheSignOfZeroDiffers) {
  truth_ = exactly(DType::float32, std::vector<double>(kRows, 0), 0);
  correct();
  output_.set(1, -0.0);
  expect(Class::rounding, "sign of zero differs at 1 element");
}

TEST_F(Judge, OverflowOfTheRoundedTruth) {
  // 2^128 − 2^103 is where float32 starts to round to infinity.
  truth_ = exactly(DType::float32, std::vector<double>(kRows, 0x1.ffffffp127), 0x1p104);
  truth_.nearest.assign(kRows, kInf);
  for (int i = 0; i < kRows; ++i) output_.set(i, i == 0 ? 0x1.fffffep127 : kInf);
  expect(Class::rounding, "rounding may do here");
  output_.set(1, -0x1.fffffep127);
  expect(Class::unexplained, "outside");
}

TEST_F(Judge, UndecidedTruth) {
  correct();
  truth_.undecided = {2};
  expect(Class::rounding, "the truth of 1 element is undecided");
  for (int i = 0; i < kRows; ++i) truth_.undecided.push_back(i);
  truth_.undecided.erase(truth_.undecided.begin());
  expect(Class::undetermined, "undecided at the precision cap");
}

TEST_F(Judge, UncertifiedIsSaidFirst) {
  truth_.budget = {};
  evidence_.certified = false;
  left_to_right([](float x, float y) { return x * y; });
  expect(Class::undetermined, "not certified: ");
  EXPECT_THAT(verdict().reason, StartsWith("not certified: "));
  correct();
  expect(Class::identical, "not certified: ");
  evidence_.unstable = 1;
  expect(Class::nondeterministic, "1 of 400 elements");
}

TEST_F(Judge, ThreadsDoNotChangeWhereAnOutputStands) {
  std::vector<double> t(200'000, 1);
  truth_ = exactly(DType::float32, t, 1e-3);
  output_ = Array::make(DType::float32, {200'000}).value();
  for (std::int64_t i = 0; i < output_.size(); ++i) output_.set(i, 1 + 1e-8 * static_cast<double>(i * 7919 % 200'000));
  setenv("ROUNDOFF_THREADS", "1", 1);
  const Standing alone = stand(output_, truth_);
  setenv("ROUNDOFF_THREADS", "5", 1);
  const Standing together = stand(output_, truth_);
  unsetenv("ROUNDOFF_THREADS");
  EXPECT_EQ(std::memcmp(&alone, &together, sizeof alone), 0);
  EXPECT_GT(alone.outside, 0);
}

}  // namespace
}  // namespace roundoff
