#include "roundoff/array.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/format.h"

namespace roundoff {
namespace {

constexpr std::int64_t kHuge = std::int64_t{1} << 40;

const std::vector<DType> kAll = {DType::bool_,    DType::int8,    DType::int16,  DType::int32,  DType::int64,
                                 DType::uint8,    DType::uint16,  DType::uint32, DType::uint64, DType::float16,
                                 DType::bfloat16, DType::float32, DType::float64};

template <class T>
Array array_of(DType dtype, const std::vector<T>& values) {
  Array a = Array::make(dtype, {static_cast<std::int64_t>(values.size())}).value();
  for (std::size_t i = 0; i < values.size(); ++i) a.as_mutable<T>()[i] = values[i];
  return a;
}

TEST(Array, DtypesHaveTheirNames) {
  for (const DType dtype : kAll) EXPECT_EQ(dtype_named(name_of(dtype)), dtype);
  EXPECT_EQ(name_of(DType::bool_), "bool");
  EXPECT_EQ(name_of(DType::bfloat16), "bfloat16");
  EXPECT_FALSE(dtype_named("float128").has_value());
  EXPECT_EQ(size_of(DType::bfloat16), 2U);
  EXPECT_EQ(size_of(DType::bool_), 1U);
  EXPECT_EQ(size_of(DType::uint64), 8U);
  EXPECT_TRUE(is_float(DType::float16));
  EXPECT_FALSE(is_float(DType::uint64));
  for (const DType dtype : {DType::float8_e4m3fn, DType::float8_e5m2}) {
    EXPECT_EQ(dtype_named(name_of(dtype)), dtype);
    EXPECT_EQ(size_of(dtype), 1U);
    EXPECT_TRUE(is_float(dtype));
    EXPECT_FALSE(is_computed(dtype));  // stored only: no function is computed in them
  }
  EXPECT_TRUE(is_computed(DType::float64));
}

TEST(Array, CountsElementsWithoutWrapping) {
  EXPECT_EQ(count_of({}).value(), 1);
  EXPECT_EQ(count_of({3, 4}).value(), 12);
  EXPECT_EQ(count_of({0, kHuge, 5, 0}).value(), 0);
  EXPECT_FALSE(count_of({0, kHuge, kHuge}).ok());
  EXPECT_FALSE(count_of({kHuge, kHuge}).ok());
  EXPECT_FALSE(count_of({std::int64_t{1} << 32, std::int64_t{1} << 32}).ok());  // the product is 2^64: 0 if it wrapped
  EXPECT_FALSE(count_of({-1, 0}).ok());
  EXPECT_EQ(count_of({std::int64_t{1} << 48}).value(), std::int64_t{1} << 48);
  EXPECT_EQ(to_string(Shape{1000, 3}), "[1000, 3]");
  EXPECT_EQ(to_string(Shape{}), "[]");
}

TEST(Array, TooLargeIsAnErrorNotACrash) {
  const auto made = Array::make(DType::float64, {std::int64_t{1} << 48});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, Code::resource);
  EXPECT_EQ(Array::make(DType::float64, {-1}).error().code, Code::input);
}

TEST(Array, SetRoundsAndSaturates) {
  for (const DType dtype : kAll) {
    Array a = Array::make(dtype, {2}).value();
    EXPECT_EQ(a.get(0), 0);
    a.set(1, 1);
    EXPECT_EQ(a.get(1), 1) << name_of(dtype);
    EXPECT_EQ(a.get(0), 0);
  }
  Array i8 = Array::make(DType::int8, {1}).value();
  const std::vector<std::pair<double, double>> cases = {{2.5, 2},   {3.5, 4},     {-200, -128},
                                                        {128, 127}, {1e300, 127}, {std::nan(""), 0}};
  for (const auto& [x, stored] : cases) {
    i8.set(0, x);
    EXPECT_EQ(i8.get(0), stored) << x;
  }
  Array u64 = Array::make(DType::uint64, {1}).value();
  u64.set(0, 0x1p64);
  EXPECT_EQ(u64.as<std::uint64_t>()[0], std::numeric_limits<std::uint64_t>::max());
  u64.set(0, -1);
  EXPECT_EQ(u64.as<std::uint64_t>()[0], 0U);
  Array i64 = Array::make(DType::int64, {1}).value();
  i64.set(0, 0x1p63);
  EXPECT_EQ(i64.as<std::int64_t>()[0], std::numeric_limits<std::int64_t>::max());
  i64.set(0, -0x1p63);
  EXPECT_EQ(i64.as<std::int64_t>()[0], std::numeric_limits<std::int64_t>::min());
}

TEST(Array, BitsAreTheElements) {
  Array a = array_of<float>(DType::float32, {1.0F, -0.0F});
  EXPECT_EQ(a.bits(0), 0x3f800000U);
  EXPECT_EQ(a.bits(1), 0x80000000U);
  Array half = Array::make(DType::float16, {1}).value();
  half.set(0, 1.5);
  EXPECT_EQ(half.bits(0), 0x3e00U);
  Array i8 = array_of<std::int8_t>(DType::int8, {-1});
  EXPECT_EQ(i8.bits(0), 0xffU);
}

TEST(Array, SameBitsTreatsNansAlikeAndZerosApart) {
  const Array a = array_of<float>(DType::float32, {1.0F, std::nanf("1"), 0.0F});
  const Array b = array_of<float>(DType::float32, {1.0F, -std::nanf("2"), 0.0F});
  const Array c = array_of<float>(DType::float32, {1.0F, 2.0F, -0.0F});
  EXPECT_TRUE(same_bits(a, b));
  EXPECT_FALSE(same_bits(a, c));
  EXPECT_EQ(count_same_bits(a, c), 1);
  EXPECT_EQ(count_same_bits(a, a.reshaped({3, 1})), 0);
  EXPECT_FALSE(same_bits(Array::make(DType::float32, {0}).value(), Array::make(DType::float64, {0}).value()));
  EXPECT_TRUE(same_bits(Array::make(DType::float32, {0}).value(), Array::make(DType::float32, {0}).value()));
}

TEST(Array, CastRoundsOnce) {
  // 2^62 + 2^38 + 1 lies just above a tie of float32; by way of float64 it would be the tie itself, and go down.
  const std::int64_t n = (std::int64_t{1} << 62) + (std::int64_t{1} << 38) + 1;
  const Array integers =
      array_of<std::int64_t>(DType::int64, {n, -n, (std::int64_t{1} << 62) + (std::int64_t{1} << 54) + 1, 5});
  const Array singles = cast(integers, DType::float32).value();
  EXPECT_EQ(singles.get(0), static_cast<double>(static_cast<float>(n)));
  EXPECT_EQ(singles.get(0), 0x1p62 + 0x1p39);
  EXPECT_EQ(singles.get(1), -singles.get(0));
  EXPECT_EQ(cast(integers, DType::bfloat16).value().get(2), 0x1p62 + 0x1p55);
  EXPECT_EQ(cast(integers, DType::float64).value().get(0), static_cast<double>(n));
  EXPECT_EQ(cast(integers, DType::int8).value().get(0), 127);
  EXPECT_EQ(cast(integers, DType::uint64).value().as<std::uint64_t>()[0], static_cast<std::uint64_t>(n));
  EXPECT_EQ(cast(integers, DType::uint64).value().as<std::uint64_t>()[1], 0U);
  EXPECT_EQ(cast(integers, DType::bool_).value().get(3), 1);

  const Array doubles = array_of<double>(DType::float64, {1 + 0x1p-11 + 0x1p-40, 1e300, -0.0, std::nan("")});
  const Array halves = cast(doubles, DType::float16).value();
  EXPECT_EQ(halves.bits(0), 0x3c01U);
  EXPECT_EQ(halves.bits(1), 0x7c00U);
  EXPECT_EQ(halves.bits(2), 0x8000U);
  EXPECT_TRUE(std::isnan(halves.get(3)));
  EXPECT_EQ(cast(halves, DType::float32).value().get(0), 1 + 0x1p-10);
}

TEST(Array, CopiesShareAndReshapedKeepsBytes) {
  const Array a = array_of<float>(DType::float32, {1, 2, 3, 4, 5, 6});
  const Array b = a.reshaped({2, 3});
  EXPECT_EQ(b.shape(), (Shape{2, 3}));
  EXPECT_EQ(b.bytes().data(), a.bytes().data());
  EXPECT_EQ(b.get(5), 6);
}

}  // namespace
}  // namespace roundoff
