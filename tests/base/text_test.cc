#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>

#include "roundoff/report.h"
#include "roundoff/result.h"

namespace roundoff {
namespace {

TEST(Text, NearestWordsFirst) {
  const std::vector<std::string> ops = {"sin",  "sinh",  "asin",           "cos",    "exp",
                                        "exp2", "expm1", "cumulative_sum", "softmax"};
  EXPECT_EQ(nearest("epx", ops).at(0), "exp");
  EXPECT_EQ(nearest("sinn", ops).at(0), "sin");
  EXPECT_EQ(nearest("cumulativ_sums", ops), std::vector<std::string>{"cumulative_sum"});
  EXPECT_TRUE(nearest("matmul", ops).empty());
  EXPECT_TRUE(nearest("", ops).empty());
  EXPECT_EQ(nearest("exp3", ops, 1).size(), 1U);
  EXPECT_TRUE(nearest("zq", std::vector<std::string>{"ab"}).empty());
  EXPECT_TRUE(nearest(std::string(1'000'000, 'x'), ops).empty());
}

TEST(Text, Lists) {
  EXPECT_EQ(either(std::vector<std::string>{}), "");
  EXPECT_EQ(either(std::vector<std::string>{"a"}), "a");
  EXPECT_EQ(either(std::vector<std::string>{"a", "b"}), "a or b");
  EXPECT_EQ(either(std::vector<std::string>{"a", "b", "c"}), "a, b or c");
}

TEST(Text, TrimmedAndIdentifiers) {
  EXPECT_EQ(trimmed("  a b "), "a b");
  EXPECT_EQ(trimmed("   "), "");
  EXPECT_EQ(trimmed(""), "");
  for (const char* name : {"x", "_1", "Ab_9"}) EXPECT_TRUE(is_identifier(name));
  for (const char* other : {"", "1x", "a-b", "a b", "\xc3\xa4"}) EXPECT_FALSE(is_identifier(other));
}

TEST(Text, GroupedThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-123456), "-123,456");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Text, Sha256) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Text, ErrorsReadAsOneLine) {
  EXPECT_EQ(to_string(Error{Code::input, "is a directory", "x.npy", "name a file"}),
            "x.npy: is a directory (name a file)");
  EXPECT_EQ(to_string(Error{Code::usage, "no inputs", "", ""}), "no inputs");
}

TEST(Report, OnlyMoreThanRoundingIsBeyondIt) {
  for (const Class c :
       {Class::identical, Class::rounding, Class::large_rounding, Class::ill_conditioned, Class::undetermined}) {
    EXPECT_FALSE(beyond_rounding(c)) << name_of(c);
  }
  for (const Class c :
       {Class::precision_mode, Class::dtype, Class::semantics, Class::nondeterministic, Class::unexplained}) {
    EXPECT_TRUE(beyond_rounding(c)) << name_of(c);
  }
  EXPECT_EQ(name_of(Class::large_rounding), "large-rounding");
  EXPECT_EQ(name_of(PairClass::both_rounding), "both-rounding");
}

}  // namespace
}  // namespace roundoff
