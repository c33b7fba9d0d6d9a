// Every file of the corpora, whole and changed in ways that a fixed seed chooses: the readers keep their promises. The
// fuzz targets beside the readers ask the same of more.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "io/shared/exercise.h"
#include "scratch.h"

namespace roundoff {
namespace {

/// The files of tests/io/corpus/NAME in order.
std::vector<std::string> corpus(const std::string& name) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(ROUNDOFF_SOURCE_DIR) + "/tests/io/corpus/" + name))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> all;
  for (const auto& path : paths) all.push_back(testing::contents(path.string()));
  return all;
}

std::string mutated(const std::vector<std::string>& files, std::mt19937_64& random) {
  constexpr unsigned char kTelling[] = {0, 1, 0x7f, 0x80, 0xff};
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(random() % n); };
  std::string file = files[below(files.size())];
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::size_t at = below(file.size() + 1), length = below(16);
    switch (below(6)) {
      case 0:
        if (at < file.size()) file[at] = static_cast<char>(random());
        break;
      case 1:
        if (at < file.size()) file[at] = static_cast<char>(kTelling[below(sizeof kTelling)]);
        break;
      case 2:
        file.resize(at);
        break;
      case 3:
        file.erase(at, length);
        break;
      case 4:
        file.insert(at, std::string(file, below(file.size() + 1), length));
        break;
      default: {  // the end of another file
        const std::string& other = files[below(files.size())];
        file = file.substr(0, at) + other.substr(below(other.size() + 1));
      }
    }
  }
  return file;
}

class Mutation : public ::testing::TestWithParam<const char*> {};

TEST_P(Mutation, IsReadOrRefusedAndNothingElse) {
  const TensorFormat& format = exercise::format_named(GetParam());
  const std::vector<std::string> files = corpus(GetParam());
  ASSERT_FALSE(files.empty());
  for (const std::string& file : files) exercise::open_and_read(format, file.data(), file.size());
  std::mt19937_64 random(20'261'125);
  constexpr int kMutations = 4000;
  for (int i = 0; i < kMutations; ++i) {
    const std::string file = mutated(files, random);
    exercise::open_and_read(format, file.data(), file.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Mutation, ::testing::Values("npy", "npz", "onnx", "safetensors"),
                         [](const auto& about) { return std::string(about.param); });

}  // namespace
}  // namespace roundoff
