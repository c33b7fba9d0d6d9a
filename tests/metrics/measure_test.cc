// The metrics of whole arrays: exact means, order-free merges, and what is counted apart.
#include <gtest/gtest.h>
#include <mpfr.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

#include "metrics/metric.h"

namespace roundoff {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Case {
  Array output;
  Truth truth;
};

/// n elements from two functions of the index; the truth is exactly what `truth` says.
Case make(std::int64_t n, DType dtype, const std::function<double(std::int64_t)>& output,
          const std::function<double(std::int64_t)>& truth) {
  Case c;
  c.output = Array::make(dtype, {n}).value();
  c.truth.dtype = dtype;
  c.truth.shape = {n};
  for (std::int64_t i = 0; i < n; ++i) {
    c.output.set(i, output(i));
    const double t = truth(i);
    Enclosure e{t, 0, 0, 0, Kind::real};
    if (std::isnan(t)) e = {0, 0, 0, 0, Kind::nan};
    if (std::isinf(t)) e = {0, 0, 0, 0, t > 0 ? Kind::pos_inf : Kind::neg_inf};
    c.truth.value.push_back(e);
    c.truth.nearest.push_back(round_to(format_of(dtype), t));
  }
  return c;
}

/// Σ over the samples of f, divided by n, rounded once.
double exact_mean(const Case& c, const std::function<double(const Sample&)>& f) {
  mpfr_t sum, term;
  mpfr_init2(sum, 6000);
  mpfr_init2(term, 200);
  mpfr_set_zero(sum, 1);
  long n = 0;
  for (std::int64_t i = 0; i < c.output.size(); ++i) {
    const double x = f(sample_of(c.output, c.truth, i));
    if (std::isnan(x)) continue;
    mpfr_set_d(term, x, MPFR_RNDN);
    mpfr_add(sum, sum, term, MPFR_RNDN);
    ++n;
  }
  mpfr_div_si(sum, sum, n, MPFR_RNDN);
  const double mean = mpfr_get_d(sum, MPFR_RNDN);
  mpfr_clears(sum, term, nullptr);
  return mean;
}

std::function<double(std::int64_t)> scattered(std::uint64_t seed, double scale) {
  auto random = std::make_shared<std::mt19937_64>(seed);
  return [random, scale](std::int64_t) {
    return scale *
           std::ldexp(std::uniform_real_distribution<double>(-1, 1)(*random), static_cast<int>((*random)() % 60));
  };
}

TEST(Measure, MeansAreExactAndRoundedOnce) {
  auto truth = scattered(3, 1);
  const Case c = make(5000, DType::float64, scattered(4, 1.0), truth);
  const MetricValues m = measure(c.output, c.truth);
  EXPECT_EQ(m.mean_abs, exact_mean(c, [](const Sample& s) { return s.error; }));
  EXPECT_EQ(m.mean_ulp, exact_mean(c, [](const Sample& s) { return s.ulps; }));
  double largest = 0, most = 0;
  for (std::int64_t i = 0; i < 5000; ++i) {
    largest = std::max(largest, sample_of(c.output, c.truth, i).error);
    most = std::max(most, sample_of(c.output, c.truth, i).ulps);
  }
  EXPECT_EQ(m.max_abs, largest);
  EXPECT_EQ(m.max_ulp, most);
}

TEST(Measure, RootMeanSquareSurvivesBothEndsOfTheRange) {
  for (const double scale : {1.0, 1e-170, 1e-300, 1e150, 1e200, 1e300}) {
    const Case c = make(
        100, DType::float64, [&](std::int64_t i) { return scale * static_cast<double>(i % 2 + 1); },
        [](std::int64_t) { return 0; });
    const double first = c.output.get(0), second = c.output.get(1);
    EXPECT_NEAR(measure(c.output, c.truth).rms / scale,
                std::sqrt((std::pow(first / scale, 2) + std::pow(second / scale, 2)) / 2), 1e-14)
        << scale;
  }
}

TEST(Measure, CountsKindsApartAndLeavesThemOutOfTheSums) {
  const double y[] = {1.5, kNaN, kNaN, kInf, kInf, -kInf, 0.0, -0.0, 0.0, 3};
  const double t[] = {1.0, kNaN, 1.0, 1.0, kInf, kInf, 0.0, 0.0, 0x1p-130, 3};
  const Case c = make(
      10, DType::float32, [&](std::int64_t i) { return y[i]; }, [&](std::int64_t i) { return t[i]; });
  const MetricValues m = measure(c.output, c.truth);
  EXPECT_EQ(m.count, 10);
  EXPECT_EQ(m.nan_mismatches, 1);
  EXPECT_EQ(m.inf_mismatches, 2);
  EXPECT_EQ(m.zero_sign_mismatches, 1);
  EXPECT_EQ(m.subnormal_mismatches, 1);
  EXPECT_EQ(m.correctly_rounded, 4);  // NaN, ∞, +0 and 3
  EXPECT_EQ(m.max_abs, 0.5);
  EXPECT_EQ(m.mean_abs, (0.5 + 0x1p-130) / 5);
  EXPECT_EQ(m.worst, 2) << "a NaN for a number ranks above every number, the first of them counts";
}

TEST(Measure, UndecidedElementsAreCountedAndExcluded) {
  Case c = make(
      4, DType::float32, [](std::int64_t i) { return static_cast<double>(i); }, [](std::int64_t) { return 0; });
  c.truth.undecided = {1, 3};
  c.truth.nearest[1] = c.truth.nearest[3] = kNaN;
  const MetricValues m = measure(c.output, c.truth);
  EXPECT_EQ(m.count, 2);
  EXPECT_EQ(m.undecided, 2);
  EXPECT_EQ(m.max_abs, 2);
  EXPECT_EQ(m.worst, 2);
  EXPECT_EQ(m.correctly_rounded, 1);
}

TEST(Measure, NoFigureIsNaN) {
  const Case c = make(
      3, DType::float32, [](std::int64_t) { return kNaN; }, [](std::int64_t) { return kNaN; });
  const MetricValues m = measure(c.output, c.truth);
  EXPECT_TRUE(std::isnan(m.mean_abs) && std::isnan(m.max_abs) && std::isnan(m.rms) && std::isnan(m.max_ulp) &&
              std::isnan(m.mean_ulp));
  EXPECT_EQ(m.correctly_rounded, 3);
  const Case empty = make(0, DType::float32, nullptr, nullptr);
  EXPECT_EQ(measure(empty.output, empty.truth).worst, -1);
}

TEST(Measure, ErrorsBeyondFloat64AreInfinite) {
  const Case c = make(
      2, DType::float64, [](std::int64_t) { return 1.7e308; },
      [](std::int64_t i) { return i == 0 ? -1.7e308 : 1.7e308; });
  const MetricValues m = measure(c.output, c.truth);
  EXPECT_EQ(m.max_abs, kInf);
  EXPECT_EQ(m.mean_abs, kInf);
  EXPECT_EQ(m.rms, kInf);
}

TEST(Measure, TiesGoToTheFirst) {
  const Case c = make(
      100'000, DType::float32, [](std::int64_t i) { return i % 7 == 5 ? 1 + 0x1p-23 : 1; },
      [](std::int64_t) { return 1; });
  EXPECT_EQ(measure(c.output, c.truth).worst, 5);
}

TEST(Measure, ThreadsNeverChangeAByte) {
  const Case c = make(200'000, DType::float64, scattered(5, 1e-3), scattered(6, 1e-3));
  const Case other = make(200'000, DType::float64, scattered(7, 1), scattered(7, 1));
  std::string first;
  for (const char* threads : {"1", "2", "3", "7"}) {
    setenv("ROUNDOFF_THREADS", threads, 1);
    const MetricValues m = measure(c.output, c.truth);
    const PairValues p = measure_pair(c.output, other.output);
    std::string bytes(reinterpret_cast<const char*>(&m), sizeof m);
    bytes.append(reinterpret_cast<const char*>(&p), sizeof p);
    if (first.empty()) first = bytes;
    EXPECT_EQ(bytes, first) << threads;
  }
  unsetenv("ROUNDOFF_THREADS");
}

Array array(DType dtype, std::initializer_list<double> x) {
  Array a = Array::make(dtype, {static_cast<std::int64_t>(x.size())}).value();
  std::int64_t i = 0;
  for (const double v : x) a.set(i++, v);
  return a;
}

TEST(Pair, MeanDifferenceIsExact) {
  // 1 − 2^-80 is no float64: the mean of two such differences rounds once, at the end.
  const PairValues p =
      measure_pair(array(DType::float64, {1, 1, 0x1p-80}), array(DType::float64, {0x1p-80, 0x1p-80, 0x1p-79}));
  EXPECT_EQ(p.mean_abs, 2.0 / 3);
  EXPECT_EQ(p.max_abs, 1);
  EXPECT_EQ(p.identical, 0);
  EXPECT_EQ(p.of, 3);
}

TEST(Pair, IdenticalMeansBitsAndAcrossDtypesValues) {
  EXPECT_EQ(
      measure_pair(array(DType::float32, {0.0, 1, kNaN, kInf}), array(DType::float32, {-0.0, 1, kNaN, kInf})).identical,
      3);
  const PairValues across = measure_pair(array(DType::float32, {0.1, 1, kNaN}), array(DType::float64, {0.1, 1, kNaN}));
  EXPECT_EQ(across.identical, 2);
  EXPECT_EQ(across.mismatches, 0);
  EXPECT_EQ(across.max_abs, std::fabs(static_cast<double>(0.1f) - 0.1));
}

TEST(Pair, KindsAreCountedApart) {
  const PairValues p =
      measure_pair(array(DType::float32, {kNaN, kInf, kInf, 2}), array(DType::float32, {1, -kInf, kInf, 1}));
  EXPECT_EQ(p.mismatches, 2);
  EXPECT_EQ(p.mean_abs, 1);
  EXPECT_EQ(p.identical, 1);
  EXPECT_TRUE(std::isnan(measure_pair(array(DType::float32, {kNaN}), array(DType::float32, {1})).mean_abs));
}

TEST(Metrics, EveryFileIsRegistered) {
  std::vector<std::string> names;
  for (const MetricKind& kind : all_metrics()) {
    names.push_back(kind.name);
    EXPECT_FALSE(kind.summary.empty());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"correctly_rounded", "max_abs", "max_ulp", "mean_abs", "mean_ulp",
                                             "mismatches", "rms", "worst"}));
}

}  // namespace
}  // namespace roundoff
