#include "io/permuted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "io/npy.h"
#include "io/whole.h"
#include "scratch.h"

namespace roundoff {
namespace {

using ::testing::HasSubstr;
using testing::Scratch;

using Axes = std::vector<std::size_t>;

/// int32 elements whose values are their places in C order, stored as asked.
std::string npy_of(const Shape& shape, bool fortran, bool swapped) {
  std::string header = npy_preamble(DType::int32, shape);
  if (fortran) header.replace(header.find("False"), 5, "True ");
  if (swapped) header.replace(header.find("'<i4'"), 5, "'>i4'");
  const std::int64_t count = count_of(shape).value();
  const Shape strides = c_strides(shape);
  std::string data;
  Shape at(shape.size(), 0);
  for (std::int64_t i = 0; i < count; ++i) {
    auto value = static_cast<std::uint32_t>(i);
    if (fortran) {
      std::int64_t rest = i;
      value = 0;
      for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        value += static_cast<std::uint32_t>(rest % shape[axis] * strides[axis]);
        rest /= shape[axis];
      }
    }
    if (swapped) value = __builtin_bswap32(value);
    data.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return header + data;
}

std::unique_ptr<TensorFile> opened(const std::string& path, const Axes& axes, const OpenOptions& options = {}) {
  auto file = permuted(open_tensors(path, options).value(), axes);
  EXPECT_TRUE(file.ok()) << to_string(file.error());
  return std::move(*file);
}

/// Where element `to` of the permuted tensor lies in C order of the stored one.
std::int64_t source_of(std::int64_t to, const Shape& shape, const Axes& axes, const Shape& stored) {
  const Shape strides = c_strides(stored);
  std::int64_t from = 0;
  for (std::size_t i = shape.size(); i-- > 0; to /= shape[i]) from += to % shape[i] * strides[axes[i]];
  return from;
}

void expect_order(const TensorFile& file, const Axes& axes, const Shape& stored, std::size_t most) {
  const TensorInfo& info = file.tensors()[0];
  const auto reader = file.open(0).value();
  std::int64_t at = 0;
  while (true) {
    const auto part = reader->next(most);
    ASSERT_TRUE(part.ok()) << to_string(part.error());
    if (part->empty()) break;
    for (std::size_t k = 0; k < part->size(); k += sizeof(std::int32_t), ++at) {
      std::int32_t value;
      std::memcpy(&value, part->data() + k, sizeof value);
      ASSERT_EQ(value, source_of(at, info.shape, axes, stored)) << at;
    }
  }
  EXPECT_EQ(at, info.count);
  EXPECT_TRUE(reader->check().ok());
}

TEST(Permuted, EveryOrderOfEveryStorage) {
  const Scratch scratch;
  const Shape stored = {3, 4, 2, 5};
  for (const bool fortran : {false, true}) {
    for (const bool swapped : {false, true}) {
      const std::string path = scratch.write("a.npy", npy_of(stored, fortran, swapped));
      Axes axes = {0, 1, 2, 3};
      do {
        const auto file = opened(path, axes);
        Shape shape;
        for (const std::size_t axis : axes) shape.push_back(stored[axis]);
        ASSERT_EQ(file->tensors()[0].shape, shape);
        expect_order(*file, axes, stored, 12);
        expect_order(*file, axes, stored, 1 << 20);
      } while (std::ranges::next_permutation(axes).found);
    }
  }
}

TEST(Permuted, LargerThanABlockAndFromAnyElement) {
  const Scratch scratch;
  const Shape stored = {3, 1300, 1500};  // 22 MiB
  const std::string path = scratch.write("a.npy", npy_of(stored, false, false));
  for (const Axes& axes : {Axes{2, 0, 1}, Axes{1, 2, 0}, Axes{2, 1, 0}}) {
    const auto file = opened(path, axes);
    expect_order(*file, axes, stored, 1 << 16);
    const auto reader = file->open(0).value();
    for (const std::int64_t at : {5'849'999L, 7L, 2'000'003L}) {
      ASSERT_TRUE(reader->seek(at).ok());
      std::int32_t value;
      std::memcpy(&value, reader->next(4).value().data(), sizeof value);
      EXPECT_EQ(value, source_of(at, file->tensors()[0].shape, axes, stored));
    }
    const WholeTensor whole = WholeTensor::open(*file, 0, std::int64_t{1} << 30).value();
    std::int32_t last;
    std::memcpy(&last, whole.bytes().last(4).data(), sizeof last);
    EXPECT_EQ(last, 5'849'999);
    EXPECT_FALSE(WholeTensor::open(*file, 0, 1 << 20).ok());
  }
}

TEST(Permuted, ComplexElementsStayWhole) {
  const Scratch scratch;
  std::string data;
  for (int i = 0; i < 12; ++i) {
    const auto part = static_cast<double>(i);
    data.append(reinterpret_cast<const char*>(&part), sizeof part);
  }
  OpenOptions options;
  options.type = StoredType{DType::float64, true};
  options.shape = Shape{2, 3};
  const auto file = opened(scratch.write("a.raw", data), {1, 0}, options);
  const auto reader = file->open(0).value();
  std::vector<double> all(12);
  std::memcpy(all.data(), reader->next(1 << 10).value().data(), 12 * sizeof(double));
  EXPECT_EQ(all, (std::vector<double>{0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11}));
}

TEST(Permuted, TensorsOfOtherRanksAreAsTheyAreWhichANoteSays) {
  const Scratch scratch;
  scratch.write("bias.npy", npy_of({7}, false, false));
  scratch.write("kernel.npy", npy_of({2, 3}, false, false));
  scratch.write("none.npy", npy_of({0, 5}, false, false));
  const auto file = opened(scratch.folder().string(), {1, 0});
  EXPECT_EQ(file->tensors()[0].shape, (Shape{7}));
  EXPECT_EQ(file->tensors()[1].shape, (Shape{3, 2}));
  EXPECT_EQ(file->tensors()[2].shape, (Shape{5, 0}));
  EXPECT_TRUE(file->open(2).value()->next(8).value().empty());
  ASSERT_EQ(file->notes().size(), 1U);
  EXPECT_THAT(file->notes()[0], HasSubstr("1 of 3 tensors"));
  const auto wrong = permuted(open_tensors(scratch.path("bias.npy"), {}).value(), {1, 0});
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(to_string(wrong.error()), HasSubstr("has 1 axes, and 2 are to be permuted"));
}

}  // namespace
}  // namespace roundoff
