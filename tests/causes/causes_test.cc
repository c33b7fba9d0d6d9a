// Each cause explains data that it made, real or emulated, and fails where it is false.
#include <fstream>
#include <numeric>

#include "causes/replay/orders.h"
#include "causes/replay/rsqrt.h"
#include "subjects.h"

namespace roundoff {
namespace {

using testing::explained;
using testing::floats;
using testing::Function;
using testing::golden;
using testing::recorded;

std::vector<float> arange(std::size_t n) {
  std::vector<float> x(n);
  std::iota(x.begin(), x.end(), 0.0f);
  return x;
}

Array listing_of_seed_002() {
  std::ifstream file(ROUNDOFF_SOURCE_DIR "/data/seed_002_tensorflow_sqrt.txt");
  std::string line;
  std::getline(file, line);
  std::vector<float> values;
  while (std::getline(file, line)) values.push_back(std::strtof(line.c_str(), nullptr));
  EXPECT_EQ(values.size(), 100u);
  return floats(values, {100});
}

TEST(RsqrtNewton, ExplainsThePrintedListingAsIntels) {
  const Function f("sqrt(x)", {floats(arange(100), {100})});
  const Array out = listing_of_seed_002();
  const Finding finding = explained(f.subject(out));
  EXPECT_EQ(finding.report.name, "x·rsqrt(x) with one Newton step, Intel RSQRTPS");
  EXPECT_EQ(finding.report.matched, 100);
  EXPECT_TRUE(finding.report.proven);
  EXPECT_EQ(finding.effect, Class::precision_mode);
}

TEST(RsqrtNewton, ExplainsRecordedTensorFlowOnAmd) {
  const Function f("sqrt(x)", {floats(arange(37), {37})});
  for (const std::string version : {"tf12", "tf115"}) {
    const Array out = floats(recorded(version + "_sqrt37"), {37});
    const Finding finding = explained(f.subject(out));
    EXPECT_EQ(finding.report.name, "x·rsqrt(x) with one Newton step, AMD RSQRTPS") << version;
    EXPECT_EQ(finding.report.matched, 37);
    EXPECT_FALSE(finding.report.proven) << "37 elements are too thin for one of several hundred hypotheses";
  }
}

TEST(RsqrtNewton, OneWrongElementIsNotExplainedInFull) {
  const Function f("sqrt(x)", {floats(arange(100), {100})});
  Array out = *cast(listing_of_seed_002(), DType::float32);
  std::vector<float> values(out.as<float>().begin(), out.as<float>().end());
  values[50] = std::nextafter(values[50], 100.0f);
  const Array bent = floats(values, {100});
  EXPECT_FALSE(explained(f.subject(bent)).report.proven);
}

TEST(Rsqrt, KnownValuesAndSpecials) {
  using replay::approximate_rsqrt;
  using replay::Maker;
  EXPECT_EQ(std::bit_cast<std::uint32_t>(approximate_rsqrt(Maker::intel, 1.0f)), 0x3f7ff000u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(approximate_rsqrt(Maker::amd, 1.0f)), 0x3f7ff800u);
  for (const Maker maker : {Maker::intel, Maker::amd}) {
    EXPECT_EQ(approximate_rsqrt(maker, -0.0f), -INFINITY);
    EXPECT_EQ(approximate_rsqrt(maker, 1e-40f), INFINITY);
    EXPECT_EQ(approximate_rsqrt(maker, INFINITY), 0.0f);
    EXPECT_TRUE(std::isnan(approximate_rsqrt(maker, -1.0f)));
    for (float x = 0x1p-126f; x < 0x1p126f; x *= 1.37f) {
      EXPECT_NEAR(static_cast<double>(approximate_rsqrt(maker, x)) * std::sqrt(static_cast<double>(x)), 1,
                  1.5 * 0x1p-12);
    }
  }
}

TEST(Sums, RecordedFrameworksAreExplainedByTheirOwnOrders) {
  const Function rows("sum(x, axis=1)", {floats(golden(4000), {40, 100})});
  const std::map<std::string, std::string> names{
      {"numpy_sum1", "summed in float32, pairwise"},  {"torch_sum1", "summed in float32, cascade"},
      {"tf2_sum1", "summed in float32, 4 × 8 lanes"}, {"tf12_sum1", "summed in float32, 4 lanes"},
      {"tf115_sum1", "summed in float32, 8 lanes"},   {"jax_sum1", "summed in float32, windows of 32"}};
  for (const auto& [data, name] : names) {
    const Array out = floats(recorded(data), {40});
    EXPECT_EQ(explained(rows.subject(out)).report.name, name) << data;
  }
  const Function columns("sum(x, axis=0)", {floats(golden(4000), {40, 100})});
  const Array numpy = floats(recorded("numpy_sum0"), {100}), torch = floats(recorded("torch_sum0"), {100});
  EXPECT_EQ(explained(columns.subject(numpy)).report.name, "summed left to right in float32");
  EXPECT_EQ(explained(columns.subject(torch)).report.name, "summed in float32, cascade along columns");
}

std::vector<float> signed_golden() {
  std::vector<float> x = golden(300);
  for (float& v : x) v = v * 2.0f - 0.9f;
  return x;
}

/// What JAX 0.10.2 gives for sums of 2048 float64 of which two are not 0 (x86-64): the tie of the second block's sum
/// goes where Kahan's compensation puts it.
TEST(Sums, BlocksOfYnnpackAreCompensated) {
  const auto sum = [](double first, double second) {
    std::vector<double> x(2048, 0.0);
    x[0] = first;
    x[1024] = second;
    return replay::add_up<double>(replay::Fours{8}, x);
  };
  EXPECT_EQ(sum(0x1p-53, 0x1.0000000000001p+0), 0x1.0000000000001p+0);
  EXPECT_EQ(sum(0x1.8p-52, 0x1.0000000000001p+0), 0x1.0000000000003p+0);
  EXPECT_EQ(sum(0x1.0000000000001p+0, 0x1p-53), 0x1.0000000000002p+0);
}

TEST(Scans, RecordedFrameworks) {
  const Function f("cumulative_sum(x)", {floats(signed_golden(), {300})});
  for (const char* name : {"numpy_cumsum", "tf2_cumsum", "tf12_cumsum", "tf115_cumsum"}) {
    const Array out = floats(recorded(name), {300});
    const Finding finding = explained(f.subject(out));
    EXPECT_EQ(finding.report.name, "summed left to right in float32") << name;
    EXPECT_TRUE(finding.report.proven);
  }
  const Array jax = floats(recorded("jax_cumsum"), {300});
  EXPECT_EQ(explained(f.subject(jax)).report.name, "scan in groups of 16");
}

TEST(Scans, ADoubleAccumulatorIsNotLeftToRightInFloat) {
  std::vector<float> x = golden(2000);
  for (std::size_t i = 1; i < x.size(); i += 2) x[i] = -x[i - 1] * 1.0000001f;
  x[0] = 1e8f;
  const Function f("cumulative_sum(x)", {floats(x, {2000})});
  double sum = 0;
  std::vector<float> wide;
  for (const float v : x) wide.push_back(static_cast<float>(sum += static_cast<double>(v)));
  const Array out = floats(wide, {2000});
  const Finding finding = explained(f.subject(out));
  EXPECT_TRUE(finding.report.cause == "float64_accumulator" || finding.report.cause == "correctly_rounded")
      << finding.report.name;
}

TEST(Chance, ASumOfFewNumbersIsNotClaimedAndExactDataIsCorrect) {
  const std::vector<float> few{0.1f, 0.7f, 1e-3f, 3.3f, 1e5f, 0.3f};
  const Function thin("sum(x)", {floats(few, {6})});
  float sum = few[0];
  for (std::size_t i = 1; i < few.size(); ++i) sum += few[i];
  const Array out = floats({sum}, {});
  const Finding finding = explained(thin.subject(out));
  EXPECT_TRUE(finding.report.cause == "correctly_rounded" || !finding.report.proven);
  const Function integers("sum(x)", {floats(arange(100), {100})});
  const Array exact = floats({4950}, {});
  EXPECT_EQ(explained(integers.subject(exact)).report.name, "correctly rounded");
}

TEST(Chance, TheProbeThickensAndRefutes) {
  const Function f("sum(x)", {floats(golden(50), {50})});
  const auto left_to_right = [](std::span<const Array> in) -> Result<Array> {
    float sum = 0;
    for (const float v : in[0].as<float>()) sum += v;
    return floats({sum}, {});
  };
  const auto backwards = [](std::span<const Array> in) -> Result<Array> {
    float sum = 0;
    for (std::int64_t i = in[0].size(); i-- > 0;) sum += in[0].as<float>()[static_cast<std::size_t>(i)];
    return floats({sum}, {});
  };
  const Array out = *left_to_right(f.in);
  if (same_bits(out, f.exact)) GTEST_SKIP() << "the sum is correctly rounded";
  const Finding proven = explained(f.subject(out, left_to_right));
  EXPECT_EQ(proven.report.name, "summed left to right in float32");
  EXPECT_TRUE(proven.report.proven);
  EXPECT_NE(proven.report.detail.find("further inputs"), std::string::npos);
  // The same bits from a backend that computes otherwise: what matched by chance is refuted.
  const Finding refuted = explained(f.subject(out, backwards));
  EXPECT_FALSE(refuted.report.proven && refuted.report.cause == "left_to_right");
}

TEST(Promotion, TheGradientOfTheSeed) {
  const Function f("grad(x ** 3 + 2 * x, x)", {floats({2.0f}, {})});
  const Array nep50 = floats({13.35144f}, {});
  const Finding single = explained(f.subject(nep50));
  EXPECT_EQ(single.report.name, "central difference in float32");
  EXPECT_TRUE(single.report.proven);
  EXPECT_EQ(single.effect, Class::dtype);
  Array numpy1 = *Array::make(DType::float64, {});
  numpy1.set(0, 14.000000001068713);
  const Finding promoted = explained(f.subject(numpy1));
  EXPECT_EQ(promoted.report.name, "central difference promoted to float64");
  EXPECT_TRUE(promoted.report.proven);
  const Array other = floats({13.5f}, {});
  EXPECT_EQ(explained(f.subject(other)).report.name, "");
  EXPECT_EQ(f.in[0].get(0), 2.0) << "a replay wrote into its input";
}

TEST(OtherDtype, FloatResultsInDoublesAndCutArguments) {
  const Array x = *cast(floats(golden(200), {200}), DType::float64);
  const Function f("x * x", {x});
  std::vector<float> squares;
  for (const float v : golden(200)) squares.push_back(v * v);
  const Array out = *cast(floats(squares, {200}), DType::float64);
  const Finding finding = explained(f.subject(out));
  EXPECT_EQ(finding.report.cause, "other_dtype");
  EXPECT_EQ(finding.effect, Class::dtype);
}

TEST(OtherDtype, BfloatResultsInFloats) {
  const Function f("exp(x)", {floats(golden(100), {100})});
  const Array kept = *cast(*cast(f.exact, DType::bfloat16), DType::float32);
  const Finding finding = explained(f.subject(kept));
  EXPECT_EQ(finding.effect, Class::dtype);
  EXPECT_TRUE(finding.report.proven);
}

TEST(OtherDtype, NumbersOfFewBitsAreNoNarrowDtype) {
  std::vector<float> x(100);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  const Function f("sqrt(x)", {floats(x, {100})});
  const Array zeros = floats(std::vector<float>(100, 0.0f), {100});
  EXPECT_EQ(explained(f.subject(zeros)).report.name, "");
  std::vector<float> whole;
  for (const float v : x) whole.push_back(std::floor(std::sqrt(v)));
  EXPECT_EQ(explained(f.subject(floats(whole, {100}))).report.name, "");
  // Whole numbers near enough to the truth, but no bfloat16 arithmetic gives only these.
  const Function g("x * y", {floats(std::vector<float>(40, 9.25f), {40}),
                             floats(std::vector<float>(x.begin(), x.begin() + 40), {40})});
  std::vector<float> products;
  for (int i = 0; i < 40; ++i) products.push_back(std::floor(9.25f * static_cast<float>(i)));
  EXPECT_NE(explained(g.subject(floats(products, {40}))).report.cause, "other_dtype");
}

TEST(OtherDtype, InfinityForNanIsNoNarrowDtype) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const Function f("max(x)", {floats({1, nan, inf, 2}, {4})});
  EXPECT_NE(explained(f.subject(floats({inf}, {}))).report.cause, "other_dtype");
}

TEST(Flushed, SubnormalResults) {
  std::vector<float> x;
  for (int i = 0; i < 40; ++i) x.push_back(0x1p-64f * static_cast<float>(1 + i) / 7.0f);
  const Function f("x * x", {floats(x, {40})});
  std::vector<float> flushed;
  for (const float v : x) flushed.push_back(v * v < 0x1p-126f ? 0.0f : v * v);
  const Array out = floats(flushed, {40});
  const Finding finding = explained(f.subject(out));
  EXPECT_EQ(finding.report.name, "subnormal results flushed to zero");
  EXPECT_EQ(finding.effect, Class::precision_mode);
}

TEST(Explain, IncompleteSubjectsAreErrors) {
  const Function f("sqrt(x)", {floats(arange(4), {4})});
  const Array wrong = floats(arange(3), {3});
  EXPECT_FALSE(explain(f.subject(wrong)).ok());
  EXPECT_FALSE(explain(Subject{}).ok());
}

}  // namespace
}  // namespace roundoff
