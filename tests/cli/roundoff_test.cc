// The program itself, as a shell sees it: exit codes, and one line of error for every bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "../io/scratch.h"
#include "base/subprocess.h"
#include "io/npy.h"

namespace roundoff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kInput = "x=uniform(0,1,shape=100,dtype=float32,seed=1)";

struct Shell {
  int code = -1;
  std::string text;  ///< standard output and error together
};

Shell roundoff(std::vector<std::string> arguments, std::map<std::string, std::optional<std::string>> variables = {}) {
  Command command;
  command.argv = {ROUNDOFF_BINARY_DIR "/roundoff"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.variables = std::move(variables);
  const Result<Finished> finished = run_command(command, std::chrono::seconds(60));
  if (!finished) return {-1, to_string(finished.error())};
  EXPECT_FALSE(finished->late);
  EXPECT_FALSE(finished->ending.signalled) << finished->ending.text();
  return {finished->ending.code, finished->output};
}

/// compare in the library that is always there.
Shell compare(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "compare");
  for (const char* more : {"--backends", "glibc", "--quiet"}) arguments.emplace_back(more);
  return roundoff(std::move(arguments));
}

/// One line of error, with this exit code.
void expect_error(const Shell& shell, int code, const std::string& words) {
  EXPECT_EQ(shell.code, code) << shell.text;
  EXPECT_THAT(shell.text, AllOf(StartsWith("roundoff: "), HasSubstr(words)));
  EXPECT_EQ(std::count(shell.text.begin(), shell.text.end(), '\n'), 1) << shell.text;
}

std::string temporary(const std::string& name) {
  static const testing::Scratch scratch;
  return scratch.path(name);
}

std::string npy_file(const std::string& name, const std::string& header, std::size_t data, std::uint32_t length = 0) {
  std::string bytes = "\x93NUMPY";
  bytes += std::string("\x02\x00", 2);
  const auto size = length != 0 ? length : static_cast<std::uint32_t>(header.size());
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>((size >> (8 * i)) & 0xff);
  bytes += header + std::string(data, '\0');
  std::ofstream(temporary(name), std::ios::binary) << bytes;
  return "x=" + temporary(name);
}

std::string header(const std::string& descr, const std::string& shape) {
  std::string text = "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }";
  text.resize((text.size() + 12 + 64) / 64 * 64 - 12 - 1, ' ');
  return text + "\n";
}

TEST(Compare, AReportAndExitCodeZero) {
  const Shell shell = compare({"exp(x)", "--input", kInput});
  EXPECT_EQ(shell.code, 0) << shell.text;
  EXPECT_THAT(shell.text, AllOf(HasSubstr("exp(x)"), HasSubstr("glibc"), HasSubstr("roundoff compare 'exp(x)'")));
}

TEST(Compare, ViewsAreChosen) {
  const Shell json = compare({"exp(x)", "--input", kInput, "--json"});
  EXPECT_EQ(json.code, 0) << json.text;
  EXPECT_THAT(json.text, AllOf(StartsWith("{"), HasSubstr("roundoff.compare/1")));
  EXPECT_EQ(std::count(json.text.begin(), json.text.end(), '\n'), 1);
  const Shell several = compare({"exp(x)", "sqrt(x)", "--input", kInput, "--json"});
  EXPECT_EQ(std::count(several.text.begin(), several.text.end(), '\n'), 2) << "a document a line";
  const Shell markdown = compare({"exp(x)", "--input", kInput, "--markdown"});
  EXPECT_EQ(markdown.code, 0) << markdown.text;
  EXPECT_THAT(markdown.text, HasSubstr("| "));
  expect_error(compare({"exp(x)", "--input", kInput, "--markdown", "--json"}), 2, "--markdown");
}

TEST(Compare, TheSameBytesWithAnyNumberOfThreads) {
  const std::vector<std::string> arguments{"compare", "exp(x)",  "--input",     "x=normal(0,9,shape=50000,seed=4)",
                                           "--json",  "--quiet", "--no-timing", "--backends",
                                           "glibc"};
  const Shell one = roundoff(arguments, {{"ROUNDOFF_THREADS", "1"}}),
              three = roundoff(arguments, {{"ROUNDOFF_THREADS", "3"}});
  const auto without_machine = [](std::string text) {
    const std::size_t at = text.find("\"machine\"");
    if (at != std::string::npos) text.erase(at, text.find('"', text.find(':', at) + 2) - at);
    return text;
  };
  EXPECT_EQ(without_machine(one.text), without_machine(three.text));
}

TEST(Compare, NothingButDataOnStandardOutput) {
  Command command;
  command.argv = {"/bin/sh", "-c",
                  std::string("'" ROUNDOFF_BINARY_DIR "/roundoff' compare 'exp(x)' --input '") + kInput +
                      "' --backends glibc --json 2>/dev/null"};
  const Result<Finished> finished = run_command(command, std::chrono::seconds(60));
  ASSERT_TRUE(finished.ok());
  EXPECT_THAT(finished->output, AllOf(StartsWith("{"), Not(HasSubstr("\x1b"))));
}

TEST(Compare, AFullDiskIsNoSuccess) {
  Command command;
  command.argv = {"/bin/sh", "-c",
                  std::string("'" ROUNDOFF_BINARY_DIR "/roundoff' compare 'exp(x)' --input '") + kInput +
                      "' --backends glibc --quiet > /dev/full"};
  const Result<Finished> finished = run_command(command, std::chrono::seconds(60));
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(finished->ending.code, 6);
  EXPECT_THAT(finished->output, HasSubstr("standard output"));
}

TEST(Compare, WhatAFileSaysDoesNotSteerTheTerminal) {
  std::ofstream(temporary("steering.txt")) << "\x1b[31mred\n";
  const Shell shell = compare({"exp(x)", "--input", "x=arange(1)", "--recorded", "r=" + temporary("steering.txt")});
  expect_error(shell, 3, "'?[31mred' is not one number");
}

TEST(Compare, AFunctionMayBeginWithASign) {
  expect_error(compare({"-x", "--input", kInput}), 2, "goes last, after '--'");
  const Shell shell = roundoff({"compare", "--input", kInput, "--backends", "glibc", "--quiet", "--", "-x"});
  EXPECT_EQ(shell.code, 0) << shell.text;
  EXPECT_THAT(shell.text, HasSubstr("--backends glibc -- -x"));
}

TEST(Compare, ANameIsGivenOnce) {
  expect_error(compare({"exp(x)", "--input", kInput, "--input", "x=arange(3)"}), 2, "'x' is given twice");
}

TEST(Compare, FailOnChoosesTheVerdicts) {
  EXPECT_EQ(compare({"exp(x)", "--input", kInput, "--fail-on", "rounding,identical"}).code, 1);
  EXPECT_EQ(compare({"exp(x)", "--input", kInput, "--fail-on", "none"}).code, 0);
  expect_error(compare({"exp(x)", "--input", kInput, "--fail-on", "roundin"}), 2, "did you mean rounding?");
}

TEST(BadInput, FilesThatAreNoArrays) {
  std::filesystem::create_directories(temporary("folder.npy"));
  expect_error(compare({"exp(x)", "--input", "x=" + temporary("folder.npy")}), 3, "folder.npy");
  std::filesystem::remove(temporary("pipe.npy"));
  ASSERT_EQ(mkfifo(temporary("pipe.npy").c_str(), 0600), 0);
  expect_error(compare({"exp(x)", "--input", "x=" + temporary("pipe.npy")}), 3, "pipe.npy");
  expect_error(compare({"exp(x)", "--input", "x=/nonexistent/a.npy"}), 3, "/nonexistent/a.npy");
  expect_error(compare({"exp(x)", "--input", "x=/dev/zero"}), 3, "/dev/zero");
}

TEST(BadInput, NpyHeaders) {
  expect_error(compare({"exp(x)", "--input", npy_file("object.npy", header("'|O'", "(3,)"), 24)}), 3, "object.npy");
  expect_error(compare({"exp(x)", "--input", npy_file("long.npy", header("'<f4'", "(3,)"), 12, 0xFFFFFFF0u)}), 3,
               "long.npy");
  expect_error(compare({"exp(x)", "--input", npy_file("wrap.npy", header("'<f4'", "(4294967296, 4294967296, 4)"), 12)}),
               3, "wrap.npy");
  expect_error(compare({"exp(x)", "--input", npy_file("short.npy", header("'<f4'", "(1000,)"), 12)}), 3, "short.npy");
  EXPECT_EQ(compare({"exp(x)", "--input", npy_file("good.npy", header("'<f4'", "(3,)"), 12)}).code, 0);
}

TEST(BadInput, Expressions) {
  expect_error(compare({"expp(x)", "--input", kInput}), 2, "exp");
  expect_error(compare({"exp(x, x)", "--input", kInput}), 2, "exp");
  expect_error(compare({"exp(x", "--input", kInput}), 2, "column");
  expect_error(compare({"x + y", "--input", kInput, "--input", "y=uniform(0,1,shape=(7,))"}), 3, "[100]");
  const auto nested = [](std::size_t depth) { return std::string(depth, '(') + "x" + std::string(depth, ')'); };
  expect_error(compare({nested(40'000), "--input", kInput}), 2, "nest");
  // 10^5 is more than one word of a command line may hold; a file has no such limit.
  std::ofstream(temporary("deep.toml")) << "[[function]]\nexpression = '" << nested(100'000)
                                        << "'\ninputs.x = 'arange(3)'\n";
  expect_error(compare({temporary("deep.toml")}), 2, "column");
  expect_error(compare({"exp(x)"}), 2, "the input 'x' is missing");
  expect_error(compare({"exp(x)", "--input", "x"}), 2, "--input");
  expect_error(compare({"exp(x)", "--input", "x=unifrm(0,1)"}), 2, "uniform");
}

TEST(Usage, NamesTheNearest) {
  expect_error(roundoff({"comprae"}), 2, "did you mean compare?");
  expect_error(roundoff({"compare", "exp(x)", "--inptu", "x=a.npy"}), 2, "did you mean --input?");
  expect_error(roundoff({"compare", "exp(x)", "--input", kInput, "--backends", "glib"}), 2, "glibc");
  expect_error(roundoff({"env", "lst"}), 2, "did you mean list?");
  expect_error(roundoff({"env", "create", "nonesuch"}), 2, "nonesuch");
  expect_error(roundoff({"ops", "expp"}), 2, "did you mean exp");
  expect_error(roundoff({"--verzion"}), 2, "did you mean --version?");
  expect_error(roundoff({"compare"}), 2, "FUNCTION");
  expect_error(roundoff({"compare", "exp(x)", "--repeats", "1"}), 2, "--repeats");
  expect_error(roundoff({"causes", "more"}), 2, "one argument too many");
}

TEST(Usage, HelpAndVersion) {
  EXPECT_THAT(roundoff({"--version"}).text, StartsWith("roundoff 0."));
  const Shell help = roundoff({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* command : {"compare", "backends", "ops", "env", "causes"})
    EXPECT_THAT(help.text, HasSubstr(command));
  EXPECT_THAT(roundoff({"compare", "--help"}).text, AllOf(HasSubstr("--fail-on"), HasSubstr("exit codes")));
  EXPECT_EQ(roundoff({}).code, 2);
}

TEST(Pages, OpsAndCausesComeFromTheRegistries) {
  const Shell ops = roundoff({"ops", "--markdown"});
  EXPECT_EQ(ops.code, 0);
  EXPECT_THAT(ops.text, AllOf(HasSubstr("## exp\n"), HasSubstr("## matmul\n"), HasSubstr("allowance")));
  EXPECT_THAT(roundoff({"ops", "sqrt", "--markdown"}).text, HasSubstr("IEEE 754"));
  EXPECT_THAT(roundoff({"causes"}).text, HasSubstr("left_to_right"));
}

}  // namespace
}  // namespace roundoff
