#include "backends/framework_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/subprocess.h"

namespace roundoff {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Environment environment(std::vector<std::string> frameworks) {
  Environment e;
  e.name = "fake";
  e.frameworks = std::move(frameworks);
  Command command;
  command.argv = {"python3", "-c", "import sys; print(sys.executable, end='')"};
  e.interpreter = run_command(command, std::chrono::seconds(30))->output;
  return e;
}

/// Opens files of a fake framework, whose names say what is wrong with them.
class FrameworkFiles : public ::testing::Test {
 protected:
  FrameworkFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "roundoff-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    options_.further = framework_formats(pool_);
  }
  ~FrameworkFiles() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& content = "\x80") {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return (folder_ / name).string();
  }
  Result<std::unique_ptr<TensorFile>> open(const std::string& path) { return open_tensors(path, options_); }
  /// The error of opening and reading all.
  Error failure(const std::string& name) {
    const auto file_here = open(file(name));
    if (!file_here.ok()) return file_here.error();
    for (std::size_t i = 0; i < (*file_here)->tensors().size(); ++i) {
      const auto reader = (*file_here)->open(i);
      while (true) {
        const auto part = (*reader)->next(1 << 20);
        if (!part.ok()) return part.error();
        if (part->empty()) break;
      }
    }
    return {.code = Code::usage, .what = "no error", .place = "", .remedy = ""};
  }

  WorkerPool pool_{{environment({"torch", "tensorflow"})}, ROUNDOFF_SOURCE_DIR "/tests/backends/fake_worker.py"};
  OpenOptions options_;
  std::filesystem::path folder_;
};

TEST_F(FrameworkFiles, AreListedAndReadInParts) {
  const auto opened = open(file("fine.pt"));
  ASSERT_TRUE(opened.ok()) << to_string(opened.error());
  const auto tensors = (*opened)->tensors();
  ASSERT_EQ(tensors.size(), 3U);
  EXPECT_EQ(tensors[0].name, "a");
  EXPECT_EQ(tensors[0].bytes, 24);
  EXPECT_EQ(name_of(tensors[2].type), "complex64");
  EXPECT_THAT(std::vector<std::string>((*opened)->notes().begin(), (*opened)->notes().end()),
              ElementsAre(AllOf(HasSubstr("fine.pt"), HasSubstr("epoch"))));
  const auto array = read_tensor(**opened, 0);
  ASSERT_TRUE(array.ok()) << to_string(array.error());
  for (std::int64_t i = 0; i < 6; ++i) EXPECT_EQ(array->get(i), static_cast<double>(i));
  const auto reader = (*opened)->open(0);
  ASSERT_TRUE((*reader)->seek(5).ok());
  EXPECT_EQ((*reader)->next(100)->size(), 4U);
  EXPECT_TRUE((*reader)->next(100)->empty());
}

TEST_F(FrameworkFiles, LongListsComeInPages) {
  const auto opened = open(file("many.h5", "\x89HDF\r\n\x1a\n"));
  ASSERT_TRUE(opened.ok()) << to_string(opened.error());
  ASSERT_EQ((*opened)->tensors().size(), 2500U);
  EXPECT_EQ((*opened)->tensors()[2400].name, "2400");
}

TEST_F(FrameworkFiles, WhatIsMoreThanTensorsIsBadInput) {
  const Error error = failure("code.pth");
  EXPECT_EQ(error.code, Code::input);
  EXPECT_THAT(error.place, HasSubstr("code.pth"));
  EXPECT_THAT(error.remedy, HasSubstr("state_dict"));
}

TEST_F(FrameworkFiles, RepliesThatCannotBeAreTheWorkersFault) {
  EXPECT_THAT(failure("object.pt").what, HasSubstr("'object'"));
  EXPECT_THAT(failure("vast.pt").what, HasSubstr("2^48"));
  EXPECT_THAT(failure("fewer.pt").what, HasSubstr("0 tensors are listed, and 3"));
  for (const char* name : {"none.pt", "odd.pt", "more.pt"}) {
    EXPECT_EQ(failure(name).code, Code::worker) << name;
  }
  EXPECT_THAT(failure("flag.pt").what, HasSubstr("neither 0 nor 1"));
}

TEST_F(FrameworkFiles, CheckpointsAreNamedByPrefixIndexOrFolder) {
  file("run/model.ckpt.index", "");
  file("saved/saved_model.pb", "");
  for (const char* name : {"run/model.ckpt", "run/model.ckpt.index", "saved"}) {
    const auto opened = open((folder_ / name).string());
    ASSERT_TRUE(opened.ok()) << name << to_string(opened.error());
    EXPECT_EQ((*opened)->tensors().size(), 3U);
  }
  const auto folder = open((folder_ / "run").string());
  ASSERT_TRUE(folder.ok());
  EXPECT_EQ((*folder)->tensors()[0].name, "model.ckpt/a");
}

TEST_F(FrameworkFiles, APipeIsNotPassedOn) {
  const std::string path = (folder_ / "pipe.pt").string();
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(open(path).error().code, Code::input);
}

TEST(FrameworkFilesWithoutFramework, TheErrorSaysWhatIsMissing) {
  WorkerPool pool({environment({"numpy"})}, ROUNDOFF_SOURCE_DIR "/tests/backends/fake_worker.py");
  OpenOptions options;
  options.further = framework_formats(pool);
  const auto path = std::filesystem::temp_directory_path() / "roundoff-test-none.pt";
  std::ofstream(path) << '\x80';
  const auto opened = open_tensors(path.string(), options);
  std::filesystem::remove(path);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::environment);
}

}  // namespace
}  // namespace roundoff
