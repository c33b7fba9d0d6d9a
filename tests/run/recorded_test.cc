// Listings and .npy files of outputs from elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "io/npy.h"
#include "run/function.h"

namespace roundoff {
namespace {

using ::testing::HasSubstr;

std::string file(const std::string& text) {
  const std::string path = ::testing::TempDir() + "listing.txt";
  std::ofstream(path) << text;
  return path;
}

TEST(Recorded, AListingIsReadInItsOwnDtype) {
  // The second number lies just above the middle of 1 and its neighbour, by less than float64 can tell: read through
  // float64 it would become that middle, and go to the even one, 1.
  const std::string text =
      "# six numbers\n0.\n 1.000000059604644775390625000001 # near a middle\r\n\n-1.5e-3\n0x1.8p+1\nnan\n-inf\n";
  const Array a = read_recorded(file(text), DType::float32, {2, 3}).value();
  EXPECT_EQ(a.shape(), (Shape{2, 3}));
  EXPECT_EQ(a.get(0), 0);
  EXPECT_EQ(a.get(1), 1 + 0x1p-23);
  EXPECT_EQ(a.get(2), -1.5e-3f);
  EXPECT_EQ(a.get(3), 3);
  EXPECT_TRUE(std::isnan(a.get(4)));
  EXPECT_EQ(a.get(5), -INFINITY);
}

TEST(Recorded, RangeOfTheDtype) {
  const Array a = read_recorded(file("1e-46\n1e39\n-1e-400\n1e400\n"), DType::float32, {4}).value();
  EXPECT_EQ(a.get(0), 0);
  EXPECT_EQ(a.get(1), INFINITY);
  EXPECT_TRUE(a.get(2) == 0 && std::signbit(a.get(2)));
  EXPECT_EQ(a.get(3), INFINITY);
}

TEST(Recorded, FaultsOfListings) {
  const auto error = [](const std::string& text) {
    const auto a = read_recorded(file(text), DType::float32, {2});
    EXPECT_FALSE(a.ok()) << text;
    return a.ok() ? "" : to_string(a.error());
  };
  EXPECT_THAT(error("1\n"), HasSubstr("1 numbers, and the function has 2 elements"));
  EXPECT_THAT(error("1\n2\n3\n"), HasSubstr("3 numbers"));
  EXPECT_THAT(error("1\n2 3\n"), HasSubstr("listing.txt:2: '2 3' is not one number"));
  EXPECT_THAT(error("1\n--2\n"), HasSubstr("'--2'"));
  EXPECT_THAT(error("1\n2,\n"), HasSubstr("'2,'"));
  EXPECT_THAT(error(std::string("1\n\0\n", 4)), HasSubstr("is not one number"));
  EXPECT_FALSE(read_recorded("/nonexistent", DType::float32, {1}).ok());
  EXPECT_FALSE(read_recorded("/dev/zero", DType::float32, {1}).ok());
}

TEST(Recorded, NpyFilesMustFit) {
  const std::string path = ::testing::TempDir() + "recorded.npy";
  Array a = Array::make(DType::float64, {2}).value();
  a.set(0, 0.1);
  ASSERT_TRUE(write_npy(path, a).ok());
  EXPECT_EQ(read_recorded(path, DType::float32, {2}).value().dtype(), DType::float64);
  EXPECT_FALSE(read_recorded(path, DType::float32, {2, 1}).ok());
  EXPECT_FALSE(read_recorded(path, DType::int64, {2}).ok());
}

}  // namespace
}  // namespace roundoff
