#include "io/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <string>

#include "scratch.h"

namespace roundoff {
namespace {

using testing::contents;
using testing::Scratch;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(File, ReadsAtOffsets) {
  const Scratch scratch;
  const auto file = InputFile::open(scratch.write("a", "0123456789"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->size(), 10U);
  std::array<std::byte, 3> part{};
  ASSERT_TRUE(file->read_at(4, part).ok());
  EXPECT_EQ(part[0], std::byte{'4'});
  EXPECT_FALSE(file->read_at(8, part).ok());
  EXPECT_TRUE(file->check_unchanged().ok());
}

TEST(File, AFileThatShrinksOrGrowsWhileReadIsAnError) {
  const Scratch scratch;
  const std::string path = scratch.write("a", "0123456789");
  const auto file = InputFile::open(path);
  std::filesystem::resize_file(path, 5);
  std::array<std::byte, 10> all{};
  const Status cut = file->read_at(0, all);
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().code, Code::input);
  EXPECT_NE(cut.error().place.find("byte 5"), std::string::npos);
  std::filesystem::resize_file(path, 20);
  EXPECT_TRUE(file->read_at(0, all).ok());
  EXPECT_FALSE(file->check_unchanged().ok());
}

TEST(File, ReplacesWholeOrNotAtAll) {
  const Scratch scratch;
  const std::string path = scratch.write("a", "old"), first = "new", second = " and more";
  ASSERT_TRUE(write_file(path, {bytes_of(first), {}, bytes_of(second)}).ok());
  EXPECT_EQ(contents(path), "new and more");

  // A disk that is full halfway, as the limit on a file's size shows it.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  const std::string large(100'000, 'x');
  const Status full = write_file(path, {bytes_of(large)});
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, Code::resource);
  EXPECT_EQ(contents(path), "new and more");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.folder()), {}), 1);
}

TEST(File, OutOfDescriptorsIsAMatterOfResources) {
  const Scratch scratch;
  const std::string path = scratch.write("a", "1");
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const auto file = InputFile::open(path);
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, Code::resource);
}

}  // namespace
}  // namespace roundoff
