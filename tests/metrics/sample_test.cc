// Samples against an MPFR oracle, and the kinds of element that are no plain real number.
#include <gtest/gtest.h>
#include <mpfr.h>

#include <cmath>
#include <limits>
#include <random>

#include "metrics/metric.h"

namespace roundoff {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A truth of one element, and the sample of y against it.
Sample one(double y, Enclosure t, double nearest, DType dtype = DType::float64, bool decided = true) {
  Truth truth;
  truth.dtype = dtype;
  truth.shape = {1};
  truth.value = {t};
  truth.nearest = {nearest};
  if (!decided) truth.undecided = {0};
  Array output = Array::make(DType::float64, {1}).value();
  output.set(0, y);
  return sample_of(output, truth, 0);
}

/// |y − (hi + lo)·2^exp| and its quotient by ulp(t), at 5000 bits.
struct Oracle {
  mpfr_t t, error, ulps;
  Oracle(double y, const Enclosure& e, const Format& format) {
    mpfr_inits2(5000, t, error, ulps, nullptr);
    mpfr_set_d(t, e.hi, MPFR_RNDN);
    mpfr_add_d(t, t, e.lo, MPFR_RNDN);
    mpfr_mul_2si(t, t, e.exp, MPFR_RNDN);
    mpfr_d_sub(error, y, t, MPFR_RNDN);
    mpfr_abs(error, error, MPFR_RNDN);
    const long k = mpfr_zero_p(t) ? format.emin : std::max<long>(mpfr_get_exp(t) - 1, format.emin);
    mpfr_mul_2si(ulps, error, format.precision - 1 - k, MPFR_RNDN);
  }
  ~Oracle() { mpfr_clears(t, error, ulps, nullptr); }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;
};

/// Whether x is the oracle's number to 2^-50, or beyond what float64 can tell.
bool close(double x, mpfr_srcptr exact) {
  if (mpfr_cmp_d(exact, std::numeric_limits<double>::max()) > 0)
    return std::isinf(x) || x == std::numeric_limits<double>::max();
  mpfr_t difference, bound;
  mpfr_inits2(5000, difference, bound, nullptr);
  mpfr_sub_d(difference, exact, x, MPFR_RNDN);
  mpfr_abs(difference, difference, MPFR_RNDN);
  mpfr_mul_2si(bound, exact, -50, MPFR_RNDN);
  mpfr_add_d(bound, bound, std::numeric_limits<double>::denorm_min(), MPFR_RNDN);
  const bool ok = mpfr_cmp(difference, bound) <= 0;
  mpfr_clears(difference, bound, nullptr);
  return ok;
}

class SampleAgainstOracle : public ::testing::TestWithParam<DType> {};

TEST_P(SampleAgainstOracle, ErrorAndUlpsOfRandomEnclosures) {
  const Format& format = format_of(GetParam());
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> significand(1, 2), sign(-1, 1);
  std::uniform_int_distribution<int> small(-30, 30), wide(-1074, 1023), scale(-3000, 3000), choice(0, 5);
  for (int i = 0; i < 40'000; ++i) {
    Enclosure t;
    const int shape = choice(random);
    t.exp = shape == 0 ? scale(random) : 0;
    t.hi = std::copysign(std::ldexp(shape == 1 ? 1 : significand(random), shape == 2 ? wide(random) : small(random)),
                         sign(random));
    t.lo = std::ldexp(sign(random), std::ilogb(t.hi) - 54);
    if (t.hi + t.lo != t.hi) t.lo = 0;
    // Outputs near the truth by a few ulps of the format, equal to it, and anywhere.
    double y = std::ldexp(t.hi, t.exp);
    const int where = choice(random);
    if (where <= 2) y += std::ldexp(sign(random), (y == 0 || !std::isfinite(y) ? 0 : std::ilogb(y)) - format.precision);
    if (where == 3) y = std::ldexp(sign(random), wide(random));
    if (!std::isfinite(y)) y = std::numeric_limits<double>::max();
    const Sample s = one(y, t, y, GetParam());
    const Oracle oracle(y, t, format);
    ASSERT_TRUE(close(s.error, oracle.error))
        << std::hexfloat << y << " against " << t.hi << " + " << t.lo << " exp " << t.exp << ": " << s.error;
    ASSERT_TRUE(close(s.ulps, oracle.ulps))
        << std::hexfloat << y << " against " << t.hi << " + " << t.lo << " exp " << t.exp << ": " << s.ulps;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, SampleAgainstOracle,
                         ::testing::Values(DType::float16, DType::bfloat16, DType::float32, DType::float64),
                         [](const auto& given) { return std::string(name_of(given.param)); });

TEST(Sample, UlpIsThatOfTheRealTruth) {
  // Just below a power of two the ulp is half as large, although hi is the power itself.
  EXPECT_EQ(one(1, {1, -0x1p-60, 0, 0, Kind::real}, 1).ulps, 0x1p-60 / 0x1p-53);
  EXPECT_EQ(one(1, {1, 0x1p-60, 0, 0, Kind::real}, 1).ulps, 0x1p-60 / 0x1p-52);
  EXPECT_EQ(one(-1, {-1, 0x1p-60, 0, 0, Kind::real}, -1).ulps, 0x1p-60 / 0x1p-53);
  // Below the smallest normal number the ulp stays; and at zero.
  EXPECT_EQ(one(0x1p-149, {0x1.8p-149, 0, 0, 0, Kind::real}, 0x1p-148, DType::float32).ulps, 0.5);
  EXPECT_EQ(one(0x1p-149, {0, 0, 0, 0, Kind::real}, 0, DType::float32).ulps, 1);
  // Half the smallest float64 is no float64, but it is half an ulp.
  const Sample tiny = one(0, {0.5, 0, 0, -1074, Kind::real}, 0);
  EXPECT_EQ(tiny.ulps, 0.5);
  EXPECT_TRUE(tiny.correct);
}

TEST(Sample, InfiniteOutputs) {
  const Enclosure beyond{1.5, 0, 0, 1030, Kind::real}, huge{0, 0, 0, 0, Kind::huge_pos};
  for (const Enclosure& t : {beyond, huge}) {
    const Sample right = one(kInf, t, kInf);
    EXPECT_TRUE(right.correct);
    EXPECT_FALSE(right.kind_differs);
    EXPECT_TRUE(std::isnan(right.error));
    const Sample wrong = one(1e308, t, kInf);
    EXPECT_TRUE(wrong.kind_differs);
    EXPECT_TRUE(std::isnan(wrong.error));
    EXPECT_TRUE(one(-kInf, t, kInf).kind_differs);
  }
  EXPECT_TRUE(one(kInf, {1, 0, 0, 0, Kind::real}, 1).kind_differs);
  EXPECT_TRUE(one(kInf, {0, 0, 0, 0, Kind::pos_inf}, kInf).correct);
  // The distance itself is there for whoever judges: 2^127·(2 − 2^-24) is where float32 begins to round to infinity.
  EXPECT_EQ(error_of(0x1.fffffep127, {0x1p128, 0, 0, 0, Kind::real}), 0x1p104);
  EXPECT_TRUE(std::isnan(error_of(1, huge)));
  EXPECT_TRUE(std::isnan(error_of(kInf, beyond)));
}

TEST(Sample, NotANumber) {
  const Enclosure none{0, 0, 0, 0, Kind::nan};
  EXPECT_TRUE(one(kNaN, none, kNaN).correct);
  EXPECT_TRUE(one(1, none, kNaN).kind_differs);
  EXPECT_TRUE(one(kNaN, {1, 0, 0, 0, Kind::real}, 1).kind_differs);
  EXPECT_TRUE(one(kInf, none, kNaN).kind_differs);
}

TEST(Sample, UndecidedSaysNothing) {
  const Sample s = one(1, {1, 0, 0.5, 0, Kind::real}, kNaN, DType::float32, false);
  EXPECT_FALSE(s.decided || s.correct || s.kind_differs);
  EXPECT_TRUE(std::isnan(s.error) && std::isnan(s.ulps));
}

TEST(Sample, SignsOfZero) {
  const Enclosure plus{0, 0, 0, 0, Kind::real}, minus{0, 0, 0, 0, Kind::neg_zero},
      nearly{-0x1p-400, 0, 0, 0, Kind::real};
  EXPECT_TRUE(one(0.0, plus, 0.0).correct);
  EXPECT_FALSE(one(-0.0, plus, 0.0).correct);
  EXPECT_FALSE(one(0.0, minus, -0.0).correct);
  EXPECT_TRUE(one(-0.0, minus, -0.0).correct);
  // The truth is no zero, it only rounds to one: either sign will do.
  EXPECT_TRUE(one(0.0, nearly, -0.0, DType::float32).correct);
  EXPECT_TRUE(one(-0.0, nearly, -0.0, DType::float32).correct);
}

TEST(Sample, FlushedSubnormals) {
  const Enclosure t{0x1p-130, 0, 0, 0, Kind::real};
  EXPECT_TRUE(one(0, t, 0x1p-130, DType::float32).flushed);
  EXPECT_FALSE(one(0x1p-130, t, 0x1p-130, DType::float32).flushed);
  EXPECT_FALSE(one(0, {0x1p-126, 0, 0, 0, Kind::real}, 0x1p-126, DType::float32).flushed);
}

}  // namespace
}  // namespace roundoff
