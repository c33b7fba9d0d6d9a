// roundoff sweep and merge, as a shell sees them: killed at any moment, they lose nothing that a report shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/subprocess.h"

namespace roundoff {
namespace {

using ::testing::HasSubstr;

struct Shell {
  int code = -1;
  std::string text;
};

std::vector<std::string> sweep_line(const std::vector<std::string>& more, const std::string& range = "[0.9, 1.1]") {
  std::vector<std::string> line{ROUNDOFF_BINARY_DIR "/roundoff",
                                "sweep",
                                "exp, tanh",
                                "--backends",
                                "glibc,libmvec",
                                "--range",
                                range,
                                "--no-timing",
                                "--quiet",
                                "--json"};
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

Shell shell(std::vector<std::string> line) {
  Command command;
  command.argv = std::move(line);
  const auto finished = run_command(command, std::chrono::seconds(300));
  if (!finished) return {-1, to_string(finished.error())};
  return {finished->ending.code, finished->output};
}

std::string fresh(const std::string& name) {
  const std::string path = ::testing::TempDir() + "cli_sweep_" + std::to_string(::getpid()) + "_" + name;
  std::filesystem::remove(path);
  return path;
}

std::string text_of(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Starts the sweep and sends it the signal after a while; how it ended, or nothing where it was done before.
std::optional<Ending> signalled(const std::vector<std::string>& line, int milliseconds, int signal) {
  Command command;
  command.argv = line;
  auto child = Subprocess::start(command);
  EXPECT_TRUE(child.ok());
  ::poll(nullptr, 0, milliseconds);
  ::kill(child->pid(), signal);
  for (int i = 0; i < 3000; ++i) {
    if (const auto ending = child->try_reap()) return ending;
    ::poll(nullptr, 0, 20);
  }
  return std::nullopt;
}

TEST(SweepCommand, KilledAtAnyMomentItGoesOnToTheSameBytes) {
  // Long enough for the state to be saved within the first function too.
  const std::string range = "[0.3, 3]";
  const Shell whole = shell(sweep_line({}, range));
  ASSERT_EQ(whole.code, 0) << whole.text;
  for (const int milliseconds : {1, 300, 600}) {
    const std::string state = fresh("killed");
    (void)signalled(sweep_line({"--state", state}, range), milliseconds, SIGKILL);
    (void)signalled(sweep_line({"--state", state, "--resume"}, range), milliseconds, SIGKILL);
    const Shell resumed = shell(sweep_line({"--state", state, "--resume"}, range));
    EXPECT_EQ(resumed.code, 0);
    EXPECT_EQ(resumed.text, whole.text) << milliseconds;
  }
}

TEST(SweepCommand, CtrlCKeepsWhatIsDone) {
  const std::string state = fresh("interrupted"), range = "[0.3, 3]";
  Command command;
  command.argv = sweep_line({"--state", state}, range);
  auto child = Subprocess::start(command);
  ASSERT_TRUE(child.ok());
  for (int i = 0; i < 6000 && !std::filesystem::exists(state); ++i) ::poll(nullptr, 0, 10);
  ::kill(child->pid(), SIGINT);
  std::optional<Ending> ending;
  for (int i = 0; i < 6000 && !ending; ++i) {
    ::poll(nullptr, 0, 10);
    ending = child->try_reap();
  }
  ASSERT_TRUE(ending);
  if (ending->success()) GTEST_SKIP() << "the machine was too fast to be interrupted";
  EXPECT_FALSE(ending->signalled) << ending->text();
  EXPECT_EQ(ending->code, 130);
  EXPECT_EQ(shell(sweep_line({"--state", state, "--resume"}, range)).text, shell(sweep_line({}, range)).text);
}

TEST(SweepCommand, ShardsMerge) {
  const std::string one = fresh("one"), two = fresh("two"), json = fresh("json");
  EXPECT_EQ(shell(sweep_line({"--shards", "2/2", "--state", two})).code, 0);
  EXPECT_EQ(shell(sweep_line({"--shards", "1/2", "--state", one})).code, 0);
  EXPECT_EQ(shell({ROUNDOFF_BINARY_DIR "/roundoff", "merge", two, one, "--json", json}).code, 0);
  EXPECT_EQ(text_of(json), shell(sweep_line({})).text);
  const Shell part = shell({ROUNDOFF_BINARY_DIR "/roundoff", "merge", two});
  EXPECT_EQ(part.code, 0);
  EXPECT_THAT(part.text, HasSubstr("not exhaustive"));
}

TEST(SweepCommand, ExitCodes) {
  const std::string program = ROUNDOFF_BINARY_DIR "/roundoff", kernels = ROUNDOFF_BINARY_DIR "/kernels/kernel_";
  const auto kernel = [&](const std::string& name) {
    return shell({program, "sweep", "exp", "--kernel", kernels + name, "--range", "[1.4999,1.5001]", "--quiet"}).code;
  };
  EXPECT_EQ(kernel("sound.so:f"), 0);
  EXPECT_EQ(kernel("unsteady.so:f"), 1);
  EXPECT_EQ(kernel("crashes.so:f"), 4);
  EXPECT_EQ(kernel("sound.so:nothing"), 7);
  EXPECT_EQ(kernel("nowhere.so:f"), 3);
  EXPECT_EQ(shell({program, "sweep", "matmul"}).code, 2);
  EXPECT_EQ(shell({program, "sweep", "exp", "--shards", "3/2", "--state", fresh("x")}).code, 2);
  EXPECT_EQ(shell({program, "sweep", "exp", "--samples", "many"}).code, 2);
  EXPECT_EQ(shell({program, "merge", fresh("nothing")}).code, 3);
}

}  // namespace
}  // namespace roundoff
