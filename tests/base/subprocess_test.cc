#include "base/subprocess.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

namespace roundoff {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Gone, or a zombie that its new parent has not reaped.
bool vanished(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return true;
  return line.substr(line.rfind(')') + 2, 1) == "Z";
}

bool vanishes(pid_t pid) {
  for (int i = 0; i < 500 && !vanished(pid); ++i) std::this_thread::sleep_for(10ms);
  return vanished(pid);
}

Command shell(const std::string& script) {
  Command command;
  command.argv = {"sh", "-c", script};
  return command;
}

TEST(RunCommand, GivesOutputLinesAndStatus) {
  std::vector<std::string> lines;
  const auto finished = run_command(shell("echo one; echo two >&2; printf three; exit 7"), 10s,
                                    [&](std::string_view line) { lines.emplace_back(line); });
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(finished->output, "one\ntwo\nthree");
  EXPECT_THAT(lines, testing::ElementsAre("one", "two", "three"));
  EXPECT_EQ(finished->ending.text(), "exited with status 7");
  EXPECT_FALSE(finished->late);
}

TEST(RunCommand, NamesTheSignal) {
  const auto finished = run_command(shell("kill -SEGV $$"), 10s);
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(finished->ending.text(), "was killed by SIGSEGV");
}

TEST(RunCommand, KillsTheWholeGroupAtTheDeadline) {
  const auto begin = std::chrono::steady_clock::now();
  const auto finished = run_command(shell("sleep 1000 & echo $!; wait"), 300ms);
  ASSERT_TRUE(finished.ok());
  EXPECT_TRUE(finished->late);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_TRUE(vanishes(std::stoi(finished->output)));
}

TEST(RunCommand, EndsWithItsLeaderThoughAChildHoldsThePipe) {
  const auto begin = std::chrono::steady_clock::now();
  const auto finished = run_command(shell("sleep 1000 & echo $!"), 60s);
  ASSERT_TRUE(finished.ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_TRUE(finished->ending.success());
  EXPECT_TRUE(vanishes(std::stoi(finished->output)));
}

TEST(RunCommand, KeepsTheEndOfALongOutput) {
  const auto finished = run_command(shell("seq 1 200000"), 60s);
  ASSERT_TRUE(finished.ok());
  EXPECT_LE(finished->output.size(), 65536U);
  EXPECT_THAT(finished->output, testing::EndsWith("199999\n200000\n"));
}

TEST(RunCommand, SaysWhatCannotBeExecuted) {
  Command missing;
  missing.argv = {"roundoff-no-such-program"};
  const auto nowhere = run_command(missing, 1s);
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().code, Code::environment);
  Command data;
  data.argv = {"/etc/passwd"};
  const auto refused = run_command(data, 1s);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().what, HasSubstr("Permission denied"));
  Command lost = shell("true");
  lost.directory = "/no/such/directory";
  EXPECT_FALSE(run_command(lost, 1s).ok());
}

TEST(RunCommand, SetsAndRemovesVariables) {
  setenv("ROUNDOFF_TEST_GONE", "here", 1);
  Command command = shell("echo $ROUNDOFF_TEST_NEW-$ROUNDOFF_TEST_GONE-$HOME");
  command.variables["ROUNDOFF_TEST_NEW"] = "a b";
  command.variables["ROUNDOFF_TEST_GONE"] = std::nullopt;
  const auto finished = run_command(command, 10s);
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(finished->output, "a b--" + std::string(getenv("HOME")) + "\n");
}

TEST(Subprocess, PassesOnlyTheNamedDescriptors) {
  auto passed = make_pipe();
  ASSERT_TRUE(passed.ok());
  const int stray = dup(2);  // not closed on exec, as another library may leave it
  Command command = shell(fmt::format("for n in {} {} {}; do [ -e /proc/$$/fd/$n ]; echo $?; done", passed->write.get(),
                                      passed->read.get(), stray));
  command.passed = {passed->write.get()};
  const auto finished = run_command(command, 10s);
  close(stray);
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(finished->output, "0\n1\n1\n");
}

TEST(Subprocess, StreamsDoNotRaiseSigpipe) {
  auto stream = make_stream();
  ASSERT_TRUE(stream.ok());
  EXPECT_EQ(send_some(stream->write.get(), "abc"), 3U);
  stream->read.reset();
  EXPECT_EQ(send_some(stream->write.get(), "abc"), std::nullopt);
}

TEST(Subprocess, IsReapedOnce) {
  auto child = Subprocess::start(shell("exit 3"));
  ASSERT_TRUE(child.ok());
  std::optional<Ending> ending;
  while (!(ending = child->try_reap())) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(ending->code, 3);
  EXPECT_FALSE(child->running());
  EXPECT_FALSE(child->try_reap());
}

// A process that starts `script` and is then killed without a chance to clean up.
pid_t orphan_of_a_killed_parent(const std::string& script) {
  auto report = make_pipe();
  EXPECT_TRUE(report.ok());
  const pid_t parent = fork();
  if (parent == 0) {
    auto child = Subprocess::start(shell(script));
    const pid_t pid = child.ok() ? child->pid() : -1;
    (void)!write(report->write.get(), &pid, sizeof pid);
    while (true) pause();
  }
  pid_t child = -1;
  EXPECT_EQ(read(report->read.get(), &child, sizeof child), static_cast<ssize_t>(sizeof child));
  EXPECT_FALSE(vanished(child));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  return child;
}

TEST(Subprocess, DiesWithAKilledParent) { EXPECT_TRUE(vanishes(orphan_of_a_killed_parent("sleep 1000; true"))); }

TEST(Subprocess, DiesWithAKilledParentThoughItNeverListens) {
  EXPECT_TRUE(vanishes(orphan_of_a_killed_parent("trap '' TERM HUP INT; while :; do :; done")));
}

TEST(Subprocess, WorksWithStandardStreamsClosed) {
  const pid_t child = fork();
  if (child == 0) {
    close(0);
    close(1);
    close(2);
    const auto finished = run_command(shell("echo fine"), 10s);
    _exit(finished.ok() && finished->output == "fine\n" ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace roundoff
