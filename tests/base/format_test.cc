#include "base/format.h"

#include <gtest/gtest.h>
#include <mpfr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <tuple>
#include <vector>

namespace roundoff {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// An independent rounding to a format: MPFR with the format's precision and exponents.
double by_mpfr(const Format& f, double x) {
  const mpfr_exp_t low = mpfr_get_emin(), high = mpfr_get_emax();
  mpfr_t y;
  mpfr_init2(y, f.precision);
  mpfr_set_emin(f.emin - f.precision + 2);  // MPFR's significands lie in [1/2, 1)
  mpfr_set_emax(f.emax + 1);
  int direction = mpfr_set_d(y, x, MPFR_RNDN);
  direction = mpfr_check_range(y, direction, MPFR_RNDN);
  mpfr_subnormalize(y, direction, MPFR_RNDN);
  mpfr_set_emin(low);
  mpfr_set_emax(high);
  const double rounded = mpfr_get_d(y, MPFR_RNDN);
  mpfr_clear(y);
  return rounded;
}

const std::vector<DType> kFloats = {DType::float16, DType::bfloat16, DType::float32, DType::float64};

/// Doubles of all exponents, and those at and beside the midpoints between the format's numbers.
std::vector<double> samples(const Format& f) {
  std::mt19937_64 random(7);
  std::vector<double> all = {0.0, -0.0, kInf, -kInf, f.max_finite(), f.min_normal(), f.min_subnormal()};
  for (int i = 0; i < 200'000; ++i) {
    const double any = std::bit_cast<double>(random());
    if (!std::isnan(any)) all.push_back(any);
    const int exponent = f.emin - f.precision - 3 +
                         static_cast<int>(random() % static_cast<unsigned>(f.emax - f.emin + f.precision + 6));
    const std::uint64_t mantissa = random() % (std::uint64_t{1} << (f.precision + 1 < 53 ? f.precision + 1 : 53));
    const double tie = std::ldexp(static_cast<double>(mantissa), exponent - f.precision);
    for (const double x : {tie, std::nextafter(tie, kInf), std::nextafter(tie, 0.0)}) {
      all.push_back(x);
      all.push_back(-x);
    }
  }
  const double edge = f.max_finite() + ulp(f, f.max_finite()) / 2;  // overflows to infinity in float64: also a sample
  for (const double x : {edge, std::nextafter(edge, 0.0), std::nextafter(edge, kInf)}) all.push_back(x);
  return all;
}

TEST(Format, ParametersAreThoseOfTheHardware) {
  EXPECT_EQ(format_of(DType::float32).max_finite(), std::numeric_limits<float>::max());
  EXPECT_EQ(format_of(DType::float32).min_subnormal(), std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(format_of(DType::float64).max_finite(), std::numeric_limits<double>::max());
  EXPECT_EQ(format_of(DType::float64).min_subnormal(), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(format_of(DType::float64).min_normal(), std::numeric_limits<double>::min());
  EXPECT_EQ(format_of(DType::float16).max_finite(), 65504.0);
  EXPECT_EQ(format_of(DType::float16).min_subnormal(), 0x1p-24);
  EXPECT_EQ(format_of(DType::bfloat16).max_finite(), 0x1.fep127);
  EXPECT_EQ(format_of(DType::bfloat16).unit(), 0x1p-8);
  EXPECT_EQ(&format_of(DType::int32), &format_of(DType::float64));
}

TEST(Format, RoundToIsMpfrs) {
  for (const DType dtype : kFloats) {
    const Format& f = format_of(dtype);
    for (const double x : samples(f)) {
      const double expected = by_mpfr(f, x);
      ASSERT_EQ(std::bit_cast<std::uint64_t>(round_to(f, x)), std::bit_cast<std::uint64_t>(expected))
          << name_of(dtype) << " of " << hex(x) << ": " << hex(round_to(f, x)) << ", not " << hex(expected);
    }
    EXPECT_TRUE(std::isnan(round_to(f, std::nan(""))));
  }
}

TEST(Format, SixteenBitsThereAndBack) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const auto pattern = static_cast<std::uint16_t>(bits);
    const double half = float16_to_double(pattern), brain = bfloat16_to_double(pattern);
    ASSERT_EQ(std::isnan(half), (bits & 0x7fff) > 0x7c00);
    ASSERT_EQ(std::isnan(brain), (bits & 0x7fff) > 0x7f80);
    if (!std::isnan(half)) {
      ASSERT_EQ(double_to_float16(half), pattern);
    }
    if (!std::isnan(brain)) {
      ASSERT_EQ(double_to_bfloat16(brain), pattern);
      ASSERT_EQ(static_cast<float>(brain), std::bit_cast<float>(bits << 16));
    }
  }
  EXPECT_EQ(double_to_float16(std::nan("")), 0x7e00);
  EXPECT_EQ(double_to_bfloat16(std::nan("")), 0x7fc0);
  EXPECT_EQ(float16_to_double(0x3555), 0x1.554p-2);
}

TEST(Format, NarrowingRoundsOnce) {
  // By way of float32 the first would first become the tie 1 + 2^-11 and then 1.
  EXPECT_EQ(double_to_float16(1 + 0x1p-11 + 0x1p-40), 0x3c01);
  EXPECT_EQ(double_to_bfloat16(1 + 0x1p-8 + 0x1p-50), 0x3f81);
  for (const DType dtype : {DType::float16, DType::bfloat16}) {
    const Format& f = format_of(dtype);
    for (const double x : samples(f)) {
      const double y =
          dtype == DType::float16 ? float16_to_double(double_to_float16(x)) : bfloat16_to_double(double_to_bfloat16(x));
      ASSERT_EQ(std::bit_cast<std::uint64_t>(y), std::bit_cast<std::uint64_t>(by_mpfr(f, x))) << hex(x);
    }
  }
}

// By the definition in OCP's table 1: exponent bias 7 and 15, no infinity in E4M3.
TEST(Format, EightBitsThereAndBack) {
  for (const auto& [dtype, fraction_bits, bias] :
       {std::tuple(DType::float8_e4m3fn, 3, 7), {DType::float8_e5m2, 2, 15}}) {
    for (int bits = 0; bits < 256; ++bits) {
      const int exponent = (bits & 0x7f) >> fraction_bits, fraction = bits & ((1 << fraction_bits) - 1);
      const int units = exponent == 0 ? fraction : fraction + (1 << fraction_bits);
      double value = std::ldexp(units, std::max(exponent, 1) - bias - fraction_bits);
      const bool e5m2 = dtype == DType::float8_e5m2;
      if (e5m2 && exponent == 31) value = fraction == 0 ? INFINITY : NAN;
      if (!e5m2 && (bits & 0x7f) == 0x7f) value = NAN;
      const double read = float8_to_double(dtype, static_cast<std::uint8_t>(bits));
      if (std::isnan(value)) {
        EXPECT_TRUE(std::isnan(read)) << bits;
        EXPECT_TRUE(std::isnan(float8_to_double(dtype, double_to_float8(dtype, read))));
        continue;
      }
      EXPECT_EQ(read, bits < 128 ? value : -value) << name_of(dtype) << bits;
      EXPECT_EQ(double_to_float8(dtype, read), bits) << name_of(dtype);
      EXPECT_EQ(std::signbit(read), bits >= 128);
    }
  }
  // ml_dtypes: 464 lies halfway to where 480 would be and goes to the even 448; beyond it there is only NaN.
  EXPECT_EQ(double_to_float8(DType::float8_e4m3fn, 464), 0x7e);
  EXPECT_EQ(double_to_float8(DType::float8_e4m3fn, 465), 0x7f);
  EXPECT_EQ(double_to_float8(DType::float8_e4m3fn, -INFINITY), 0xff);
  EXPECT_EQ(double_to_float8(DType::float8_e5m2, 61440), 0x7c);
  EXPECT_EQ(double_to_float8(DType::float8_e5m2, 61439), 0x7b);
  EXPECT_EQ(shortest(DType::float8_e4m3fn, 0.3125), "0.3");
}

TEST(Format, UlpIsTheSpacing) {
  const Format& f = format_of(DType::float32);
  std::mt19937 random(3);
  for (int i = 0; i < 100'000; ++i) {
    const float x = std::abs(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    if (!(x < std::numeric_limits<float>::max())) continue;
    ASSERT_EQ(ulp(f, x), static_cast<double>(std::nextafter(x, HUGE_VALF)) - x) << hex(x);
    ASSERT_EQ(ulp(f, -x), ulp(f, x));
  }
  EXPECT_EQ(ulp(f, 0.0), 0x1p-149);
  EXPECT_EQ(ulp(f, 1e-300), 0x1p-149);
  EXPECT_EQ(ulp(f, 0x1.8p200), 0x1p177);  // beyond the largest number the formula goes on
  EXPECT_EQ(ulp(format_of(DType::float64), 0x1p-1074), 0x1p-1074);
  EXPECT_EQ(ulp(format_of(DType::float16), 1.0), 0x1p-10);
}

TEST(Format, FloatDistanceCountsNeighbours) {
  const float x = 0.1F;
  float y = x;
  for (int i = 0; i < 1000; ++i) y = std::nextafter(y, 1.0F);
  EXPECT_EQ(float_distance(DType::float32, x, y), 1000);
  EXPECT_EQ(float_distance(DType::float32, y, x), 1000);
  EXPECT_EQ(float_distance(DType::float32, -0x1p-149, 0x1p-149), 2);
  EXPECT_EQ(float_distance(DType::float32, -0.0, 0.0), 0);
  EXPECT_EQ(float_distance(DType::float32, std::numeric_limits<float>::max(), kInf), 1);
  EXPECT_EQ(float_distance(DType::float16, 65504.0, kInf), 1);
  EXPECT_EQ(float_distance(DType::bfloat16, 1.0, 2.0), 128);
  EXPECT_EQ(float_distance(DType::float64, 1.0, 2.0), std::int64_t{1} << 52);
  EXPECT_EQ(float_distance(DType::float64, -kInf, kInf), std::int64_t{1} << 62);
  EXPECT_EQ(float_distance(DType::float32, std::nan(""), 1.0), std::int64_t{1} << 62);
  EXPECT_EQ(float_distance(DType::float32, std::nan(""), std::nan("")), 0);
  EXPECT_EQ(float_distance(DType::int32, -5, 7), 12);
}

TEST(Format, HexReadsBackAndIsThatOfC) {
  std::mt19937_64 random(11);
  std::vector<double> values = {0.0, -0.0, 1.0, 1.5, -3.0, 0x1p-1074, 0x1p-1022, 0x1.fffffffffffffp1023, 0x1.23p-1030};
  for (int i = 0; i < 20'000; ++i) values.push_back(std::bit_cast<double>(random()));
  for (const double x : values) {
    if (std::isnan(x)) continue;
    char expected[64];
    std::snprintf(expected, sizeof expected, "%a", x);
    ASSERT_EQ(hex(x), expected);
  }
  EXPECT_EQ(hex(std::nan("")), "nan");
  EXPECT_EQ(hex(-kInf), "-inf");
}

TEST(Format, ShortestReadsBack) {
  EXPECT_EQ(shortest(DType::float32, 0.1F), "0.1");
  EXPECT_EQ(shortest(DType::float64, 0.1F), "0.10000000149011612");
  EXPECT_EQ(shortest(DType::float16, float16_to_double(0x2e66)), "0.1");
  EXPECT_EQ(shortest(DType::float16, 65504), "65500");
  EXPECT_EQ(shortest(DType::bfloat16, 3.140625), "3.14");
  EXPECT_EQ(shortest(DType::float16, 0x1p-6), "0.01563");  // 0.01562 is nearer and reads back as the float below
  EXPECT_EQ(shortest(DType::bfloat16, -0x1p64), "-1.85e+19");
  EXPECT_EQ(shortest(DType::int64, -12), "-12");
  EXPECT_EQ(shortest(DType::float32, -0.0), "-0");
  EXPECT_EQ(shortest(DType::float16, kInf), "inf");
  EXPECT_EQ(shortest(DType::float64, std::nan("")), "nan");
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const auto pattern = static_cast<std::uint16_t>(bits);
    const double half = float16_to_double(pattern), brain = bfloat16_to_double(pattern);
    if (std::isfinite(half)) {
      ASSERT_EQ(double_to_float16(std::strtod(shortest(DType::float16, half).c_str(), nullptr)), pattern);
    }
    if (std::isfinite(brain)) {
      ASSERT_EQ(double_to_bfloat16(std::strtod(shortest(DType::bfloat16, brain).c_str(), nullptr)), pattern);
    }
  }
}

}  // namespace
}  // namespace roundoff
