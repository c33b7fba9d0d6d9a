// Files that others collected to break readers: every file below the folders of ROUNDOFF_CORPORA (separated by ':'),
// put to every format. `./dev corpora FOLDER…` sets it; NumPy's own test files are among them there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "io/shared/exercise.h"

namespace roundoff {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = std::uintmax_t{64} << 20;

/// What became of one file in one format.
void put_to(const TensorFormat& format, const std::string& path, std::map<std::string, int>& counts) {
  const auto file = format.open(path, {});
  if (!file.ok()) {
    exercise::must_explain(file.error());
    ++counts[format.name + " refused"];
    return;
  }
  for (std::size_t i = 0; i < (*file)->tensors().size(); ++i) exercise::read_all(**file, i);
  ++counts[format.name + " opened"];
}

TEST(Corpora, AreReadOrRefusedAndNothingElse) {
  const char* folders = std::getenv("ROUNDOFF_CORPORA");
  if (folders == nullptr || *folders == '\0') GTEST_SKIP() << "ROUNDOFF_CORPORA names no folder";
  std::istringstream list{std::string(folders)};
  for (std::string folder; std::getline(list, folder, ':');) {
    ASSERT_TRUE(fs::is_directory(folder)) << folder;
    std::map<std::string, int> counts;
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file() || entry.file_size() > kMostBytes) continue;
      ++files;
      for (const TensorFormat& format : tensor_formats()) {
        if (format.name != "raw" && format.name != "directory") put_to(format, entry.path().string(), counts);
      }
    }
    std::cout << folder << ": " << files << " files";
    for (const auto& [what, count] : counts) std::cout << "; " << what << " " << count;
    std::cout << "\n";
  }
}

}  // namespace
}  // namespace roundoff
