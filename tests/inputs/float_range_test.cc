#include "inputs/float_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace roundoff {
namespace {

using ::testing::HasSubstr;

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(FloatRange, AllFloatsAreThoseThatAreNoNaN) {
  EXPECT_EQ(all_floats(DType::float32).count(), 4'278'190'082U);
  EXPECT_EQ(all_floats(DType::float16).count(), 63'490U);
  EXPECT_EQ(all_floats(DType::bfloat16).count(), 65'282U);
  const auto range = float_range(DType::float32, -kInf, kInf);
  ASSERT_TRUE(range.ok());
  EXPECT_TRUE(range->all);
  EXPECT_EQ(range->str(), "all");
}

TEST(FloatRange, EndsBelongToIt) {
  const auto range = float_range(DType::float32, 1, 2);
  ASSERT_TRUE(range.ok());
  EXPECT_EQ(range->count(), (1U << 23) + 1);
  EXPECT_TRUE(range->negative.empty());
  EXPECT_TRUE(range->holds(pattern_of(DType::float32, 2)));
  EXPECT_FALSE(range->holds(pattern_of(DType::float32, -1)));
  EXPECT_FALSE(range->holds(pattern_of(DType::float32, std::nextafter(2.0f, 3.0f))));
}

TEST(FloatRange, EndsBetweenFloatsAreRoundedInwards) {
  const auto range = float_range(DType::float32, 1 + 0x1p-30, 1 + 0x1p-22 - 0x1p-30);
  ASSERT_TRUE(range.ok());
  EXPECT_EQ(range->count(), 1U);
  EXPECT_EQ(value_of(DType::float32, range->positive.first), 1 + 0x1p-23);
  EXPECT_EQ(float_range(DType::float32, 0, 1e300)->positive.last, patterns_of(DType::float32).infinity - 1);
}

TEST(FloatRange, BothZerosAreInARangeThatHoldsZero) {
  const auto range = float_range(DType::float16, 0, 0);
  ASSERT_TRUE(range.ok());
  EXPECT_EQ(range->count(), 2U);
}

TEST(FloatRange, TextIsReadAndRefused) {
  const auto range = parse_float_range(" [-0x1p+3, inf] ", DType::float32);
  ASSERT_TRUE(range.ok());
  EXPECT_EQ(range->lo, -8);
  EXPECT_EQ(range->hi, kInf);
  for (const char* text :
       {"", "[", "[]", "[1]", "[1,2,3]", "1,2", "[a,b]", "[nan,1]", "[2,1]", "[1.5,1.5000000001,2]"}) {
    const auto bad = parse_float_range(text, DType::float32);
    ASSERT_FALSE(bad.ok()) << text;
    EXPECT_EQ(bad.error().code, Code::usage);
    EXPECT_FALSE(bad.error().remedy.empty());
  }
  EXPECT_THAT(to_string(parse_float_range("[1.00000001,1.00000002]", DType::float32).error()), HasSubstr("no float32"));
}

TEST(FloatRange, OrdinalsAreInNumericOrder) {
  for (const DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    EXPECT_EQ(ordinal_of(dtype, pattern_of(dtype, 0.0)), 0);
    EXPECT_EQ(ordinal_of(dtype, pattern_of(dtype, -0.0)), -1);
    for (const double x : {-kInf, -3.0, -0.5, 0.25, 1.0, kInf}) {
      const std::int64_t ordinal = ordinal_of(dtype, pattern_of(dtype, x));
      EXPECT_EQ(value_of(dtype, pattern_at(dtype, ordinal)), x);
      if (x < kInf) {
        EXPECT_GT(value_of(dtype, pattern_at(dtype, ordinal + 1)), x);
      }
    }
  }
}

}  // namespace
}  // namespace roundoff
