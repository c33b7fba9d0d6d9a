#include "backends/worker_pool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/subprocess.h"

namespace roundoff {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kFake = ROUNDOFF_SOURCE_DIR "/tests/backends/fake_worker.py";

// The interpreter itself: the python3 on PATH may be a slow script that looks for it.
const std::filesystem::path& python() {
  static const std::filesystem::path path = [] {
    Command command;
    command.argv = {"python3", "-c", "import sys; print(sys.executable, end='')"};
    return run_command(command, 30s)->output;
  }();
  return path;
}

Environment environment(const std::string& name, std::map<std::string, std::string> variables = {}) {
  Environment e;
  e.name = name;
  e.python = {"3.9"};
  e.frameworks = {"fine"};
  e.variables = std::move(variables);
  e.interpreter = python();
  return e;
}

Array sample(std::int64_t count = 4) {
  auto array = Array::make(DType::float32, {count});
  for (std::int64_t i = 0; i < count; ++i) array->set(i, static_cast<double>(i) + 0.5);
  return *array;
}

// What to do is the framework's name: see fake_worker.py.
WorkerRequest request(const std::string& what, const std::string& where = "fake") {
  WorkerRequest r;
  r.backend = {what, where, ""};
  r.graph = R"({"nodes":[{"op":"input","name":"x","in":[],"attrs":{},"dtype":"float32","shape":[4]},
                         {"op":"add","in":[0,0],"attrs":{},"dtype":"float32","shape":[4]}],"output":1})";
  r.inputs = {{"x", sample()}};
  r.deadline = 20s;
  return r;
}

WorkerRequest port(const std::string& what) {
  WorkerRequest r = request(what);
  r.graph.clear();
  r.port = "port.py";
  return r;
}

void expect_doubled(const Result<Run>& run) {
  ASSERT_TRUE(run.ok()) << to_string(run.error());
  ASSERT_EQ(run->output.shape(), (Shape{4}));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(run->output.get(i), 2 * i + 1);
}

class Pool : public testing::Test {
 protected:
  WorkerPool pool{{environment("fake"), environment("other")}, kFake};

  // The request fails as a worker's fault with these words, and the next one is served.
  void expect_fault(WorkerRequest r, const std::string& words) {
    const std::string who = r.backend.str();
    const auto run = pool.call(std::move(r));
    ASSERT_FALSE(run.ok()) << who;
    EXPECT_EQ(run.error().code, Code::worker) << to_string(run.error());
    EXPECT_THAT(run.error().what, HasSubstr(words));
    EXPECT_EQ(run.error().place, who);
    expect_doubled(pool.call(request("fine")));
  }
};

TEST_F(Pool, AnswersARequest) {
  const auto run = pool.call(request("fine"));
  expect_doubled(run);
  EXPECT_EQ(run->name, (BackendName{"fine", "fake", "usual"}));
  EXPECT_EQ(run->version, "1.0");
  EXPECT_EQ(run->repeats, 2);
  EXPECT_EQ(run->seconds, 0.25);
  EXPECT_EQ(run->provenance.at("python"), "3.9.9");
  EXPECT_EQ(run->provenance.at("threads"), "1");
  EXPECT_TRUE(run->notes.empty());
  EXPECT_TRUE(run->trace.empty());
}

TEST_F(Pool, KeepsOneProcessPerEnvironment) {
  const auto a = pool.call(request("fine")), b = pool.call(request("fine")), c = pool.call(request("fine", "other"));
  ASSERT_TRUE(a.ok() && b.ok() && c.ok());
  EXPECT_EQ(a->provenance.at("pid"), b->provenance.at("pid"));
  EXPECT_NE(a->provenance.at("pid"), c->provenance.at("pid"));
}

TEST_F(Pool, ReturnsTraces) {
  WorkerRequest r = request("fine");
  r.trace = true;
  const auto run = pool.call(r);
  expect_doubled(run);
  ASSERT_EQ(run->trace.size(), 2U);
  EXPECT_TRUE(same_bits(run->trace[0], r.inputs[0].second));
  EXPECT_TRUE(same_bits(run->trace[1], run->output));
  r.backend.framework = "wrong_node";
  expect_fault(r, "'node' in the reply is 7, and must be an integer in [0, 1]");
}

TEST_F(Pool, NamesACrash) {
  expect_fault(request("crash"), "was killed by SIGSEGV; last on its standard error: about to crash");
}
TEST_F(Pool, NamesAnExit) {
  expect_fault(request("exit"), "exited with status 3; last on its standard error: Traceback: out of luck");
}
TEST_F(Pool, NamesAHang) {
  WorkerRequest r = request("hang");
  r.deadline = 1500ms;
  expect_fault(r,
               "did not answer within the deadline of 1.5 s and was killed; last on its standard error: thinking hard");
}
TEST_F(Pool, NamesAClosedPipe) { expect_fault(request("close"), "closed its pipe"); }
TEST_F(Pool, NamesGarbage) { expect_fault(request("garbage"), "sent a frame that is no JSON object: ??not"); }
TEST_F(Pool, NamesAnEndlessFrame) {
  expect_fault(request("endless"), "sent a frame of 4294967280 bytes; the limit is 16777216");
}
TEST_F(Pool, SurvivesDeepNesting) { expect_fault(request("deep"), "no JSON object"); }
TEST_F(Pool, SurvivesDeepNestingThatIsValid) { expect_fault(request("deep_valid"), "'what'"); }
TEST_F(Pool, NamesAWrongId) { expect_fault(request("wrong_id"), "answered request 99999, and"); }
TEST_F(Pool, NamesATextId) { expect_fault(request("text_id"), "without an integer 'id'"); }
TEST_F(Pool, NamesAList) { expect_fault(request("list"), "no JSON object"); }

TEST_F(Pool, NamesAWrongShape) {
  expect_fault(request("wrong_shape"), "wrong shape: the output is float32[4, 1], and float32[4] was expected");
}
TEST_F(Pool, NamesAWrongDtype) {
  expect_fault(request("wrong_dtype"), "wrong dtype: the output is 'complex64', and float32 was expected");
}
TEST_F(Pool, NamesObjects) { expect_fault(request("object"), "wrong dtype: the output is 'object'"); }
TEST_F(Pool, NamesIntegersForFloats) {
  expect_fault(request("integers"), "wrong dtype: the output is int32[4], and float32[4] was expected");
}
TEST_F(Pool, NamesTwoOutputs) { expect_fault(request("wrong_count"), "wrong count: 2 outputs"); }
TEST_F(Pool, NamesNoOutput) { expect_fault(request("none"), "wrong count: 0 outputs"); }
TEST_F(Pool, NamesAWrongNumberOfBytes) {
  expect_fault(request("wrong_bytes"), "wrong count: the output has 15 bytes, and float32[4] has 16");
}
TEST_F(Pool, NamesANegativeSize) { expect_fault(request("negative"), "must be a list of sizes"); }
TEST_F(Pool, NamesAFractionalSize) { expect_fault(request("fraction"), "must be a list of sizes"); }
TEST_F(Pool, NamesASizeBeyondIntegers) { expect_fault(request("beyond"), "must be a list of sizes"); }
TEST_F(Pool, NamesAProductThatWraps) { expect_fault(port("wraps"), "wrong shape"); }
TEST_F(Pool, RefusesAVastOutput) { expect_fault(port("vast"), "a quarter of the memory"); }
TEST_F(Pool, NamesTextForANumber) {
  expect_fault(request("text_bytes"), "'nbytes' in the reply is \"16\", and must be an integer");
}
TEST_F(Pool, NamesTextForSeconds) { expect_fault(request("bad_seconds"), "'seconds' in the reply is \"fast\""); }
TEST_F(Pool, NamesANumberForANote) { expect_fault(request("bad_notes"), "'notes' in the reply is 1"); }
TEST_F(Pool, NamesAMissingField) { expect_fault(request("no_shape"), "the reply lacks 'shape'"); }
TEST_F(Pool, NamesABrokenError) { expect_fault(request("bad_error"), "the reply lacks 'kind'"); }
TEST_F(Pool, NamesABoolThatIsNone) { expect_fault(port("flag"), "a bool of value 7"); }
TEST_F(Pool, NamesUnwrittenOutput) {
  expect_fault(request("unwritten"), "unwritten output: 4 of 4 elements were never written, the first at index 0");
}
TEST_F(Pool, NamesPartlyWrittenOutput) {
  expect_fault(request("partial"), "unwritten output: 1 of 4 elements were never written, the first at index 3");
}
TEST_F(Pool, NamesShortWriting) { expect_fault(request("short"), "wrong count: 12 of 16 bytes"); }
TEST_F(Pool, NamesTooManyWritten) {
  expect_fault(request("many"), "wrong count: 2 outputs were written, and 1 were asked");
}

TEST_F(Pool, AcceptsValuesThatLookLikeTheFilling) {
  const auto run = pool.call(request("lookalike"));
  ASSERT_TRUE(run.ok()) << to_string(run.error());
  EXPECT_EQ(run->output.bits(0) & 0x80808080U, 0x80808080U);
}

TEST_F(Pool, AcceptsAPromotedDtype) {
  const auto run = pool.call(request("promoted"));
  expect_doubled(run);
  EXPECT_EQ(run->output.dtype(), DType::float64);
}

TEST_F(Pool, NotesStrayOutput) {
  const auto run = pool.call(request("chatty"));
  expect_doubled(run);
  EXPECT_THAT(run->notes, ElementsAre("wrote 28 bytes on stdout: \"hello [2J world\""));
  EXPECT_TRUE(pool.call(request("fine"))->notes.empty());
}

TEST_F(Pool, SurvivesAFloodOfOutput) {
  const auto run = pool.call(request("flood"));
  expect_doubled(run);
  EXPECT_THAT(run->notes, ElementsAre(HasSubstr("wrote 20000000 bytes")));
}

TEST_F(Pool, TellsUnsupportedFromFailed) {
  const auto unsupported = pool.call(request("refuse"));
  ASSERT_FALSE(unsupported.ok());
  EXPECT_EQ(unsupported.error().code, Code::usage);
  EXPECT_EQ(unsupported.error().what, "there is no erfc here");
  const auto failed = pool.call(request("raise"));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, Code::worker);
  EXPECT_EQ(failed.error().what, "ValueError:  [31mno way");
}

TEST_F(Pool, DistrustsAWorkerThatSpeaksUnasked) {
  expect_doubled(pool.call(request("unasked")));
  std::this_thread::sleep_for(200ms);
  expect_doubled(pool.call(request("fine")));
}

TEST_F(Pool, KillsWhatACrashLeftBehind) {
  const auto run = pool.call(request("family"));
  ASSERT_FALSE(run.ok());
  EXPECT_THAT(run.error().what, HasSubstr("was killed by SIGKILL"));
  const pid_t child = std::stoi(run.error().what.substr(run.error().what.rfind(' ') + 1));
  std::string state = "?";
  for (int i = 0; i < 300 && !state.empty() && state != "Z"; ++i) {
    std::this_thread::sleep_for(10ms);
    std::ifstream stat(fmt::format("/proc/{}/stat", child));
    std::string line;
    state = std::getline(stat, line) ? line.substr(line.rfind(')') + 2, 1) : "";
  }
  EXPECT_THAT(state, testing::AnyOf("", "Z"));
}

TEST_F(Pool, ALateWorkerDelaysNobodyElse) {
  WorkerRequest late = request("hang");
  late.deadline = 2s;
  const auto begin = std::chrono::steady_clock::now();
  const std::size_t hung = pool.submit(late);
  const std::size_t after = pool.submit(request("fine"));
  const std::size_t other = pool.submit(request("fine", "other"));
  auto answer = pool.next();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, other);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1900ms);
  expect_doubled(answer->run);
  answer = pool.next();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, hung);
  EXPECT_FALSE(answer->run.ok());
  answer = pool.next();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, after);
  expect_doubled(answer->run);
  EXPECT_FALSE(pool.next());
}

TEST_F(Pool, WorkersRunSideBySide) {
  for (const char* where : {"fake", "other"}) expect_doubled(pool.call(request("fine", where)));
  const auto begin = std::chrono::steady_clock::now();
  for (const char* where : {"fake", "other"}) pool.submit(request("sleep1.5", where));
  while (auto answer = pool.next()) expect_doubled(answer->run);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2900ms);
}

TEST_F(Pool, WorksOnWhileTheCallerIsBusy) {
  expect_doubled(pool.call(request("fine")));
  WorkerRequest quick = request("sleep0.3");
  quick.deadline = 1s;
  pool.submit(quick);
  pool.submit(quick);
  pool.submit(quick);
  std::this_thread::sleep_for(2s);
  const auto begin = std::chrono::steady_clock::now();
  while (auto answer = pool.next()) expect_doubled(answer->run);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 250ms);
}

TEST_F(Pool, CallLeavesOtherAnswersToNext) {
  const std::size_t first = pool.submit(request("fine"));
  expect_doubled(pool.call(request("fine")));
  const auto answer = pool.next();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, first);
  EXPECT_FALSE(pool.next());
}

TEST_F(Pool, StopsRestartingAfterTwo) {
  for (int i = 0; i < 3; ++i) EXPECT_THAT(pool.call(request("crash")).error().what, HasSubstr("SIGSEGV"));
  const auto run = pool.call(request("fine"));
  ASSERT_FALSE(run.ok());
  EXPECT_THAT(run.error().what,
              HasSubstr("failed 3 times and is not started again; the last time it was killed by SIGSEGV"));
  expect_doubled(pool.call(request("fine", "other")));
}

TEST_F(Pool, MovesLargeArrays) {
  constexpr std::int64_t kCount = 300'000;
  WorkerRequest r = request("fine");
  r.graph = fmt::format(R"({{"nodes":[{{"op":"input","name":"x","dtype":"float32","shape":[{0}]}},
                            {{"op":"add","dtype":"float32","shape":[{0}]}}],"output":1}})",
                        kCount);
  r.inputs = {{"x", sample(kCount)}};
  const auto run = pool.call(r);
  ASSERT_TRUE(run.ok()) << to_string(run.error());
  EXPECT_EQ(run->output.get(kCount - 1), 2 * (kCount - 1) + 1);
  expect_doubled(pool.call(request("fine")));
}

TEST_F(Pool, AsksForPortsAndCoverage) {
  const auto described = pool.describe_port("/some/port.py");
  ASSERT_TRUE(described.ok());
  ASSERT_EQ(described->functions.size(), 1U);
  EXPECT_EQ(described->functions[0].framework, "numpy");
  EXPECT_FALSE(described->expression);
  EXPECT_EQ(described->inputs.at("x"), "/some/port.py");
  const auto coverage =
      pool.coverage({{"fine", "fake", ""}, {"inventive", "other", ""}, {"fine", "nowhere", ""}}, {"exp", "sin"});
  ASSERT_EQ(coverage.size(), 3U);
  ASSERT_TRUE(coverage[0].ok());
  EXPECT_THAT(coverage[0]->supported, ElementsAre("exp"));
  EXPECT_THAT(coverage[0]->modes, ElementsAre("eager"));
  EXPECT_EQ(coverage[0]->composed.at("rsqrt"), "1 / sqrt(x)");
  EXPECT_THAT(coverage[1].error().what, HasSubstr("'invented', which was not asked"));
  EXPECT_EQ(coverage[2].error().code, Code::environment);
}

TEST_F(Pool, RefusesAFrameBeyondTheLimit) {
  WorkerRequest r = request("fine");
  r.backend.mode = std::string(17 << 20, 'x');
  const auto run = pool.call(r);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, Code::usage);
  EXPECT_THAT(run.error().what, HasSubstr("a frame holds 16777216"));
}

TEST_F(Pool, TellsProgress) {
  std::vector<std::string> lines;
  pool.on_progress([&](const std::string& line) { lines.push_back(line); });
  expect_doubled(pool.call(request("fine")));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("fake: starting "), "fake: Python 3.9.9 is up",
                                 testing::StartsWith("fine@fake: done after ")));
}

TEST(PoolStart, NamesWhatFailsAtTheStart) {
  WorkerPool pool({environment("broken", {{"FAKE_START", "exit"}}), environment("future", {{"FAKE_START", "future"}}),
                   environment("slow", {{"FAKE_START", "hang"}})},
                  kFake);
  EXPECT_THAT(pool.call(request("fine", "broken")).error().what,
              HasSubstr("exited with status 1; last on its standard error: ImportError: No module named numpy"));
  EXPECT_THAT(pool.call(request("fine", "future")).error().what, HasSubstr("speaks protocol 2"));
  WorkerRequest r = request("fine", "slow");
  r.deadline = 1s;
  EXPECT_THAT(pool.call(r).error().what, HasSubstr("within the deadline of 1 s"));
  EXPECT_EQ(pool.call(request("fine", "")).error().code, Code::worker);  // "broken" is the first that serves "fine"
}

TEST(PoolStart, SaysWhatIsMissing) {
  Environment missing = environment("tf9");
  missing.interpreter.clear();
  missing.missing = "Python 9.9 is not here";
  missing.remedy = "pyenv install 9.9";
  WorkerPool pool({missing}, kFake);
  const auto run = pool.call(request("fine", "tf9"));
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, Code::environment);
  EXPECT_EQ(run.error().what, "Python 9.9 is not here");
  EXPECT_EQ(run.error().remedy, "pyenv install 9.9");
}

TEST(PoolStart, KillsWorkersThatStillRun) {
  const auto begin = std::chrono::steady_clock::now();
  {
    WorkerPool pool({environment("fake")}, kFake);
    pool.submit(request("hang"));
    std::this_thread::sleep_for(500ms);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
}

// The pool's process is killed while its worker hangs in a busy loop: the worker must not outlive it.
TEST(PoolStart, LeavesNoOrphanBehindAKilledProcess) {
  const std::string file = testing::TempDir() + "/roundoff-orphan-" + std::to_string(getpid());
  const pid_t parent = fork();
  if (parent == 0) {
    WorkerPool pool({environment("fake")}, kFake);
    const auto run = pool.call(request("fine"));
    std::ofstream(file) << (run.ok() ? run->provenance.at("pid") : "-1") << std::endl;
    (void)pool.call(request("hang"));
    _exit(0);
  }
  pid_t worker = 0;
  for (int i = 0; i < 1000 && worker == 0; ++i) {
    std::this_thread::sleep_for(10ms);
    std::ifstream(file) >> worker;
  }
  ASSERT_GT(worker, 0);
  std::this_thread::sleep_for(300ms);
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  std::string state = "?";
  for (int i = 0; i < 500 && !state.empty() && state != "Z"; ++i) {
    std::this_thread::sleep_for(10ms);
    std::ifstream stat(fmt::format("/proc/{}/stat", worker));
    std::string line;
    state = std::getline(stat, line) ? line.substr(line.rfind(')') + 2, 1) : "";
  }
  EXPECT_THAT(state, testing::AnyOf("", "Z"));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace roundoff
