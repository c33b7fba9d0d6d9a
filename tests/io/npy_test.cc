#include "io/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "base/format.h"
#include "scratch.h"

namespace roundoff {
namespace {

using testing::contents;
using ::testing::HasSubstr;
using testing::Scratch;

const std::string kCorpus = std::string(ROUNDOFF_SOURCE_DIR) + "/tests/io/corpus/npy/";

std::vector<double> values(const Array& a) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < a.size(); ++i) all.push_back(a.get(i));
  return all;
}

/// A file of version 1.0 (or another) with this header and data.
std::string npy(const std::string& header, const std::string& data, char major = 1) {
  std::string bytes = std::string("\x93NUMPY") + major + '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + data;
}

Result<Array> parse(const std::string& bytes, std::optional<DType> as = std::nullopt) {
  return read_npy(std::as_bytes(std::span(bytes)), "x.npy", as);
}

/// The error that these bytes must give: of bad input, with a place in the file and a remedy.
std::string error_of(const std::string& bytes, std::optional<DType> as = std::nullopt) {
  const auto read = parse(bytes, as);
  if (read.ok()) return "no error";
  EXPECT_EQ(read.error().code, Code::input);
  EXPECT_TRUE(read.error().place.starts_with("x.npy")) << read.error().place;
  EXPECT_FALSE(read.error().remedy.empty());
  return to_string(read.error());
}

std::string header(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

// ---- files that NumPy and ml_dtypes wrote

TEST(Npy, ReadsWhatNumpyWrote) {
  const auto read = [](const std::string& name) {
    auto array = read_npy(kCorpus + name);
    EXPECT_TRUE(array.ok()) << name << ": " << (array.ok() ? "" : to_string(array.error()));
    return array.ok() ? *array : Array();
  };
  const std::vector<double> tenths = {0, 0.1F, 0.2F, static_cast<float>(0.1 * 3), 0.4F, 0.5F};
  for (const char* name : {"float32.npy", "float32_big_endian.npy"}) {
    const Array a = read(name);
    EXPECT_EQ(a.dtype(), DType::float32);
    EXPECT_EQ(a.shape(), (Shape{2, 3}));
    EXPECT_EQ(values(a), tenths) << name;
  }
  const Array doubles = read("float64_version2.npy");
  EXPECT_EQ(doubles.get(0), 0.1);
  EXPECT_EQ(doubles.get(1), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(doubles.get(2)));
  EXPECT_EQ(doubles.get(3), 0x1p-1074);
  EXPECT_EQ(values(read("float16_version3.npy")), (std::vector<double>{0x1.554p-2, 65504, 0x1p-24}));
  EXPECT_EQ(values(read("float64_fortran.npy")), (std::vector<double>{0, 1.5, 3, 4.5, 6, 7.5}));
  const Array fortran = read("int16_big_endian_fortran.npy");
  EXPECT_EQ(fortran.shape(), (Shape{2, 3, 4}));
  for (std::int64_t i = 0; i < 24; ++i) EXPECT_EQ(fortran.get(i), static_cast<double>(i));
  EXPECT_EQ(values(read("bool.npy")), (std::vector<double>{1, 0, 1}));
  EXPECT_EQ(read("int64_scalar.npy").shape(), Shape{});
  EXPECT_EQ(values(read("int64_scalar.npy")), std::vector<double>{-7});
  EXPECT_EQ(read("empty.npy").shape(), (Shape{3, 0, 2}));
  EXPECT_EQ(read("uint64.npy").as<std::uint64_t>()[0], std::numeric_limits<std::uint64_t>::max());
}

TEST(Npy, Bfloat16OnlyWhenAskedFor) {
  for (const char* name : {"bfloat16_ml_dtypes.npy", "bfloat16_as_uint16.npy"}) {
    const auto array = read_npy(kCorpus + name, DType::bfloat16);
    ASSERT_TRUE(array.ok()) << name;
    EXPECT_EQ(array->dtype(), DType::bfloat16);
    EXPECT_EQ(values(*array), (std::vector<double>{1, -2.5, 3.140625}));
  }
  const auto unasked = read_npy(kCorpus + "bfloat16_ml_dtypes.npy");
  ASSERT_FALSE(unasked.ok());
  EXPECT_THAT(unasked.error().remedy, HasSubstr("dtype=bfloat16"));
  EXPECT_EQ(read_npy(kCorpus + "bfloat16_as_uint16.npy")->dtype(), DType::uint16);
  EXPECT_FALSE(read_npy(kCorpus + "float32.npy", DType::bfloat16).ok());
  EXPECT_FALSE(read_npy(kCorpus + "float32.npy", DType::float64).ok());
  EXPECT_TRUE(read_npy(kCorpus + "float32.npy", DType::float32).ok());
  EXPECT_EQ(parse(npy(header("'>V2'", "(1,)"), "\x3f\x80"), DType::bfloat16)->get(0), 1);
}

TEST(Npy, EveryFileOfTheCorpusIsAnsweredOneWayOrTheOther) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kCorpus)) {
    ++files;
    const auto array = read_npy(entry.path().string());
    const auto from_memory = parse(contents(entry.path().string()));
    ASSERT_EQ(array.ok(), from_memory.ok()) << entry.path();
    if (array.ok()) {
      EXPECT_TRUE(same_bits(*array, *from_memory));
    }
  }
  EXPECT_GE(files, 17);
}

// ---- writing

TEST(Npy, WhatIsWrittenReadsBack) {
  const Scratch scratch;
  const std::vector<Shape> shapes = {{}, {0}, {5}, {2, 3}, {1, 0, 4}, {2, 1, 3, 2}};
  for (const DType dtype :
       {DType::bool_, DType::int8, DType::int16, DType::int32, DType::int64, DType::uint8, DType::uint16, DType::uint32,
        DType::uint64, DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    for (const Shape& shape : shapes) {
      Array a = Array::make(dtype, shape).value();
      for (std::int64_t i = 0; i < a.size(); ++i) a.set(i, static_cast<double>(i) - 1.25);
      const std::string path = scratch.path("a.npy");
      ASSERT_TRUE(write_npy(path, a).ok());
      const auto back = read_npy(path, dtype);
      ASSERT_TRUE(back.ok()) << to_string(back.error());
      EXPECT_TRUE(same_bits(a, *back)) << name_of(dtype) << to_string(shape);
      EXPECT_EQ(npy_preamble(dtype, shape).size() % 64, 0U);
    }
  }
  int left = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.folder())) left += entry.exists() ? 1 : 0;
  EXPECT_EQ(left, 1) << "a file written aside was left behind";
}

TEST(Npy, WritingKeepsWhatItMustNotReplace) {
  const Scratch scratch;
  const Array a = Array::make(DType::float32, {3}).value();
  std::filesystem::create_directory(scratch.path("folder"));
  EXPECT_FALSE(write_npy(scratch.path("folder"), a).ok());
  EXPECT_FALSE(write_npy(scratch.path("none/a.npy"), a).ok());
  ASSERT_EQ(mkfifo(scratch.path("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(write_npy(scratch.path("pipe"), a).ok());
  EXPECT_FALSE(write_npy("/dev/null", a).ok());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  scratch.write("real.npy", "old");
  std::filesystem::create_symlink("real.npy", scratch.path("link.npy"));
  EXPECT_TRUE(write_npy(scratch.path("link.npy"), a).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(scratch.path("link.npy")));
  EXPECT_TRUE(read_npy(scratch.path("real.npy")).ok());
}

// ---- hostile files

TEST(Npy, OnlyRegularFilesAreRead) {
  const Scratch scratch;
  ASSERT_EQ(mkfifo(scratch.path("pipe.npy").c_str(), 0600), 0);
  const std::vector<std::pair<std::string, std::string>> cases = {{scratch.folder().string(), "directory"},
                                                                  {scratch.path("pipe.npy"), "pipe"},
                                                                  {"/dev/zero", "device"},
                                                                  {scratch.path("none.npy"), "No such file"}};
  for (const auto& [path, what] : cases) {
    const auto start = std::chrono::steady_clock::now();
    const auto read = read_npy(path);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, Code::input);
    EXPECT_THAT(to_string(read.error()), HasSubstr(path));
    EXPECT_THAT(read.error().what, HasSubstr(what));
  }
}

TEST(Npy, NoNpyFile) {
  EXPECT_THAT(error_of(""), HasSubstr("ends after 0 bytes"));
  EXPECT_THAT(error_of("\x93NUM"), HasSubstr("ends after 4 bytes"));
  EXPECT_THAT(error_of("1,2,3\n4,5,6\n"), HasSubstr("is no .npy file"));
  EXPECT_THAT(error_of("PK\x03\x04 and so on"), HasSubstr(".npz"));
  EXPECT_THAT(error_of(npy("{}", "", 4)), HasSubstr("version 4.0"));
  EXPECT_THAT(error_of(std::string("\x93NUMPY\x01\x00\x76", 9)), HasSubstr("ends after 9 bytes"));
}

TEST(Npy, HeaderLengths) {
  EXPECT_THAT(error_of(std::string("\x93NUMPY\x02\x00\xf0\xff\xff\xff{", 13)),
              ::testing::AllOf(HasSubstr("4294967280"), HasSubstr("limit is 65535"), HasSubstr("byte 8")));
  EXPECT_THAT(error_of(std::string("\x93NUMPY\x01\x00\xff\xff{'descr'", 18)), HasSubstr("has only 8 more"));
  EXPECT_THAT(error_of(std::string("\x93NUMPY\x01\x00\x00\x00", 10)), HasSubstr("'{' belongs"));
}

TEST(Npy, DtypesThatAreNotRead) {
  EXPECT_THAT(error_of(npy(header("'|O'", "(1,)"), "\x80\x04K\x01.")), HasSubstr("Python objects"));
  EXPECT_THAT(error_of(npy(header("[('a', '<i4'), ('b', '|O')]", "(1,)"), "")), HasSubstr("structured"));
  EXPECT_THAT(error_of(npy(header("('<f4', (2,))", "(1,)"), "")), HasSubstr("structured"));
  EXPECT_THAT(error_of(npy(header("'<c8'", "(1,)"), "")), HasSubstr("complex"));
  EXPECT_THAT(error_of(npy(header("'<f16'", "(1,)"), "")), HasSubstr("long double"));
  for (const char* descr :
       {"'<U3'", "'|S1'", "'<M8[ns]'", "'f4'", "'=f4'", "'|f4'", "''", "'<'", "'<f3'", "'<i16'", "'|V1'"}) {
    EXPECT_THAT(error_of(npy(header(descr, "(1,)"), std::string(4, '\0'))), HasSubstr("field 'descr'")) << descr;
  }
  EXPECT_THAT(error_of(npy(header("'" + std::string(5000, 'x') + "'", "(1,)"), "")),
              ::testing::SizeIs(::testing::Lt(300U)));
}

TEST(Npy, Shapes) {
  const std::string four(4, '\0');
  EXPECT_THAT(error_of(npy(header("'<f4'", "(4294967296, 4294967296)"), four)), HasSubstr("2^48"));
  EXPECT_THAT(error_of(npy(header("'<f4'", "(0, 4611686018427387904, 4)"), "")), HasSubstr("2^48"));
  EXPECT_THAT(error_of(npy(header("'<f4'", "(99999999999999999999,)"), four)), HasSubstr("beyond 2^63"));
  EXPECT_THAT(error_of(npy(header("'<f4'", "(-1,)"), four)), HasSubstr("negative"));
  EXPECT_THAT(error_of(npy(header("'<f4'", "(-1, -1)"), four)), HasSubstr("negative"));
  EXPECT_THAT(error_of(npy(header("'<f8'", "(1099511627776,)"), four)), HasSubstr("limit is 8589934592"));
  EXPECT_THAT(error_of(npy(header("'<f8'", "(1000000000,)"), four)), HasSubstr("8000000000 bytes of data, but 4"));
  for (const char* shape : {"1", "(1)", "[1]", "(1.0,)", "(1, 'a')", "None", "(,)", "(1,,)", "((1,),)", "(True,)"}) {
    EXPECT_THAT(error_of(npy(header("'<f4'", shape), four)), HasSubstr("byte")) << shape;
  }
  std::string many = "(";
  for (int i = 0; i < 65; ++i) many += "1, ";
  EXPECT_THAT(error_of(npy(header("'<f4'", many + ")"), four)), HasSubstr("more than 64 dimensions"));
  EXPECT_EQ(parse(npy(header("'<f4'", "(1L, 1L)"), four))->shape(), (Shape{1, 1}));  // as Python 2 wrote it
}

TEST(Npy, DataOfAnotherLength) {
  EXPECT_THAT(error_of(npy(header("'<f4'", "(2,)"), std::string(7, '\0'))),
              ::testing::AllOf(HasSubstr("8 bytes of data, but 7"), HasSubstr("cut short")));
  EXPECT_THAT(error_of(npy(header("'<f4'", "(2,)"), std::string(9, '\0'))), HasSubstr("1 bytes follow"));
  EXPECT_THAT(error_of(npy(header("'|b1'", "(3,)"), std::string("\1\0\2", 3))), HasSubstr("neither 0 nor 1"));
  EXPECT_TRUE(parse(npy(header("'<f4'", "(0,)"), "")).ok());
}

TEST(Npy, HeadersThatAreNoPlainLiteral) {
  const std::string four(4, '\0');
  const std::vector<std::string> headers = {
      "__import__('os').system('true')",
      "{'descr': str('<f4'), 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': not True, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2**3,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } or 1",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
      "{'descr': '<f4",
      "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': False}",
      "{'descr': '<f4', 'shape': (1,)}",
      "{'fortran_order': False, 'shape': (1,)}",
      "{}",
      "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 1: 1}",
      "{'d\xc3\xa9scr': '<f4', 'fortran_order': False, 'shape': (1,), }",
      std::string("{'descr': '<f4', 'fortran_order': False, \0'shape': (1,), }", 57),
      "{'descr': " + std::string(60000, '(') + ", 'fortran_order': False, 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': " + std::string(60000, '(') + "}",
      std::string(60000, '{'),
      std::string(1000, ' '),
  };
  for (const std::string& text : headers) {
    EXPECT_THAT(error_of(npy(text, four)), HasSubstr("byte")) << text.substr(0, 100);
  }
  EXPECT_EQ(parse(npy("{\"shape\":(1,),\n\"fortran_order\":False,\"descr\":\"<f4\"}", four))->dtype(), DType::float32);
}

TEST(Npy, CutAnywhereOrWithAnyByteChangedItNeverCrashes) {
  const std::string whole = contents(kCorpus + "float64_fortran.npy");
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(parse(whole.substr(0, size)).ok()) << size;
  for (std::size_t at = 0; at < whole.size() - 48; ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = whole;
      changed[at] = static_cast<char>(value);
      const auto read = parse(changed);
      if (!read.ok()) {
        ASSERT_EQ(read.error().code, Code::input);
      }
    }
  }
}

}  // namespace
}  // namespace roundoff
