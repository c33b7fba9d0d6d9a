// The pipeline of sweeps: any split gives the same bytes, and states are only taken for what they are.
#include "run/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "../report/validator.h"
#include "fake_workers.h"
#include "report/sweep/view.h"
#include "run/sweep/state.h"

namespace roundoff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

FakeWorkers no_workers() {
  return FakeWorkers([](const WorkerRequest&) -> Result<Run> { return Error{Code::worker, "there is none", "", ""}; });
}

const SweepView& view(const std::string& name) { return *std::ranges::find(all_sweep_views(), name, &SweepView::name); }

/// A sweep's JSON and what it came to.
struct Done {
  std::string text;
  std::vector<SweepFunction> functions;
  SweepOutcome outcome;
  std::optional<Error> error;
};

Done sweep(SweepPlan plan, Workers& workers, const std::vector<Environment>& environments = {},
           const std::atomic<bool>* stop = nullptr) {
  plan.timing = false;
  plan.host = ROUNDOFF_BINARY_DIR "/roundoff";
  Done done;
  SweepListener listener;
  listener.progress = [](const std::string&) {};
  listener.report = [&](const SweepFunction& function) {
    done.functions.push_back(function);
    done.text += view("json").render(function, {});
  };
  listener.stop = stop;
  const auto outcome = run_sweep(plan, environments, workers, listener);
  if (outcome) {
    done.outcome = *outcome;
  } else {
    done.error = outcome.error();
  }
  return done;
}

Done sweep(const SweepPlan& plan) {
  FakeWorkers none = no_workers();
  return sweep(plan, none);
}

Done merged(const std::vector<std::string>& files) {
  Done done;
  SweepListener listener;
  listener.progress = [](const std::string&) {};
  listener.report = [&](const SweepFunction& function) {
    done.functions.push_back(function);
    done.text += view("json").render(function, {});
  };
  const auto outcome = merge_states(files, listener);
  if (!outcome) done.error = outcome.error();
  return done;
}

/// A file of this test that does not exist yet.
std::string fresh(const std::string& name) {
  std::string path = ::testing::TempDir() + "sweep_" + std::to_string(::getpid()) + "_" + name;
  std::filesystem::remove(path);
  return path;
}

SweepPlan plan_of(const std::string& function, const std::string& dtype = "float16") {
  SweepPlan plan;
  plan.functions = {function};
  plan.backends = {"glibc"};
  plan.dtype = dtype_named(dtype).value();
  return plan;
}

/// A few units of float32, small enough for any truth tier.
SweepPlan narrow(const std::string& function = "exp") {
  SweepPlan plan = plan_of(function, "float32");
  plan.ranges = {"[0.999, 1.001]"};
  return plan;
}

/// A framework that is glibc in disguise.
Result<Run> glibc_in_disguise(const WorkerRequest& request) {
  const NativeLibrary& glibc = *std::ranges::find(native_libraries(), "glibc", &NativeLibrary::name);
  const Array& x = request.inputs[0].second;
  ROUNDOFF_TRY(Graph graph, parse_expression("exp(x)"));
  ROUNDOFF_TRY(const Graph inferred, infer(std::move(graph), {{"x", {x.dtype(), x.shape()}}}));
  ROUNDOFF_TRY(Run run, run_native(glibc, inferred, {{"x", x}}, 1));
  run.version = "9";
  run.repeats = request.repeats;
  return run;
}

struct Threads {
  explicit Threads(const char* count) { setenv("ROUNDOFF_THREADS", count, 1); }
  ~Threads() { unsetenv("ROUNDOFF_THREADS"); }
};

TEST(Sweep, ReportsWhatItTried) {
  const Done done = sweep(narrow());
  ASSERT_FALSE(done.error) << to_string(*done.error);
  ASSERT_EQ(done.functions.size(), 1U);
  const SweepReport& report = done.functions[0].reports[0];
  EXPECT_TRUE(report.exhaustive);
  EXPECT_FALSE(report.sampled);
  EXPECT_EQ(report.count, report.of);
  EXPECT_EQ(report.of, static_cast<std::int64_t>(float_range(DType::float32, 0.999, 1.001)->count()));
  EXPECT_EQ(report.measured, report.count);
  EXPECT_GT(report.correctly_rounded, report.count * 99 / 100);
  ASSERT_TRUE(report.worst);
  EXPECT_GT(report.worst->ulps, 0.49);
  EXPECT_LT(report.worst->ulps, 0.51);
  EXPECT_TRUE(report.monotonicity.checked);
  EXPECT_EQ(report.monotonicity.count, 0);
  EXPECT_EQ(report.monotonicity.of, report.count - 1);  // across the borders of units and binades too
  EXPECT_FALSE(report.symmetry.checked);
  EXPECT_EQ(report.layout.count, 0);
  EXPECT_EQ(report.unstable.count, 0);
  EXPECT_EQ(report.binades.size(), 2U);
  EXPECT_FALSE(report.beyond);
}

TEST(Sweep, AnyNumberOfThreadsGivesTheSameBytes) {
  std::string one;
  {
    const Threads threads("1");
    one = sweep(narrow()).text;
  }
  const Threads threads("3");
  EXPECT_EQ(one, sweep(narrow()).text);
  EXPECT_THAT(one, HasSubstr("\"exhaustive\":true"));
}

TEST(Sweep, ShardsMergeToTheSameBytesInAnyOrder) {
  SweepPlan plan = narrow("sin");
  plan.backends = {"glibc", "libmvec"};
  const std::string whole = sweep(plan).text;
  for (const std::int64_t shards : {1, 2, 5}) {
    std::vector<std::string> files;
    for (plan.shards = shards, plan.shard = 0; plan.shard < shards; ++plan.shard) {
      plan.state = fresh("shard" + std::to_string(plan.shard));
      files.push_back(plan.state);
      ASSERT_FALSE(sweep(plan).error);
    }
    EXPECT_EQ(whole, merged(files).text) << shards;
    std::ranges::reverse(files);
    EXPECT_EQ(whole, merged(files).text) << shards;
  }
}

TEST(Sweep, AMissingShardIsNeverExhaustive) {
  SweepPlan plan = narrow();
  plan.shards = 2;
  plan.state = fresh("half");
  ASSERT_FALSE(sweep(plan).error);
  const Done half = merged({plan.state});
  ASSERT_FALSE(half.error);
  const SweepReport& report = half.functions[0].reports[0];
  EXPECT_FALSE(report.exhaustive);
  EXPECT_LT(report.count, report.of);
  EXPECT_LT(report.chunks, report.chunks_of);
  EXPECT_THAT(view("terminal").render(half.functions[0], {}), HasSubstr("not exhaustive"));
}

TEST(Sweep, TheSameShardTwiceIsRefused) {
  SweepPlan plan = narrow();
  plan.shards = 2;
  plan.state = fresh("twice");
  ASSERT_FALSE(sweep(plan).error);
  const Done done = merged({plan.state, plan.state});
  ASSERT_TRUE(done.error);
  EXPECT_EQ(done.error->code, Code::usage);
  EXPECT_THAT(to_string(*done.error), HasSubstr("each shard once"));
}

TEST(Sweep, AStoppedSweepGoesOnToTheSameBytes) {
  const std::string whole = sweep(narrow()).text;
  SweepPlan plan = narrow();
  plan.state = fresh("stopped");
  std::atomic<bool> stop{true};
  FakeWorkers none = no_workers();
  EXPECT_TRUE(sweep(plan, none, {}, &stop).outcome.stopped);
  // Half of it by hand: a shard's state is a state like any other.
  SweepPlan half = plan;
  half.shards = 2;
  half.shard = 1;
  half.resume = true;
  ASSERT_FALSE(sweep(half).error);
  plan.resume = true;
  EXPECT_EQ(whole, sweep(plan).text);
  EXPECT_EQ(whole, sweep(plan).text);  // all is done: nothing is tried again
}

TEST(Sweep, AStateOfSomethingElseIsRefusedWithTheRemedy) {
  SweepPlan plan = narrow();
  plan.state = fresh("other");
  ASSERT_FALSE(sweep(plan).error);
  EXPECT_THAT(to_string(*sweep(plan).error), HasSubstr("--resume"));
  plan.resume = true;
  for (const auto& change : std::vector<std::function<void(SweepPlan&)>>{
           [](SweepPlan& p) { p.functions = {"log"}; }, [](SweepPlan& p) { p.backends = {"sleef"}; },
           [](SweepPlan& p) { p.ranges = {"[1, 2]"}; }, [](SweepPlan& p) { p.samples = 10; },
           [](SweepPlan& p) { p.dtype = DType::float64; }}) {
    SweepPlan other = plan;
    change(other);
    const Done done = sweep(other);
    ASSERT_TRUE(done.error);
    EXPECT_EQ(done.error->code, Code::usage);
    EXPECT_THAT(to_string(*done.error), HasSubstr("another --state"));
  }
}

TEST(Sweep, AnotherVersionOfTheBackendIsRefused) {
  SweepPlan plan = narrow();
  plan.state = fresh("version");
  ASSERT_FALSE(sweep(plan).error);
  auto state = sweep::read_state(plan.state);
  ASSERT_TRUE(state.ok());
  state->items[0].version = "1.0";
  ASSERT_TRUE(sweep::write_state(plan.state, *state).ok());
  plan.resume = true;
  const Done done = sweep(plan);
  ASSERT_TRUE(done.error);
  EXPECT_THAT(to_string(*done.error), AllOf(HasSubstr("version 1.0"), HasSubstr("another --state")));
}

TEST(Sweep, HostileStatesAreRefused) {
  SweepPlan plan = narrow();
  plan.state = fresh("hostile");
  ASSERT_FALSE(sweep(plan).error);
  std::stringstream whole;
  whole << std::ifstream(plan.state).rdbuf();
  const std::string good = whole.str();
  plan.resume = true;
  const auto refused = [&](const std::string& bytes) {
    std::ofstream(plan.state, std::ios::binary | std::ios::trunc) << bytes;
    const auto read = sweep::read_state(plan.state);
    return !read.ok() && read.error().code == Code::input && !read.error().remedy.empty();
  };
  EXPECT_TRUE(sweep::read_state(plan.state).ok());
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("{}"));
  EXPECT_TRUE(refused("[[[[[[[[[[[[[[[["));
  EXPECT_TRUE(refused(good + good));
  for (std::size_t cut = 0; cut < good.size(); cut += 1 + good.size() / 200)
    EXPECT_TRUE(refused(good.substr(0, cut))) << cut;
  for (std::size_t at = 0; at < good.size(); at += 1 + good.size() / 200) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_TRUE(refused(bad)) << at;
  }
  std::string next = good;
  next.replace(next.find("state/1"), 7, "state/2");
  EXPECT_TRUE(refused(next));
}

TEST(Sweep, AStateWithTheRightChecksumIsStillRead) {
  SweepPlan plan = narrow();
  plan.state = fresh("forged");
  ASSERT_FALSE(sweep(plan).error);
  auto state = sweep::read_state(plan.state);
  ASSERT_TRUE(state.ok());
  state->items[0].units[1'000'000] = {};  // beyond the plan
  ASSERT_TRUE(sweep::write_state(plan.state, *state).ok());
  plan.resume = true;
  const Done done = sweep(plan);
  ASSERT_TRUE(done.error);
  EXPECT_EQ(done.error->code, Code::input);
}

TEST(Sweep, SamplesAreCalledSamples) {
  SweepPlan plan = plan_of("exp", "float64");
  plan.samples = 500;
  const Done done = sweep(plan);
  ASSERT_FALSE(done.error) << to_string(*done.error);
  const SweepReport& report = done.functions[0].reports[0];
  EXPECT_TRUE(report.sampled);
  EXPECT_FALSE(report.exhaustive);
  EXPECT_GT(report.published, 0);
  EXPECT_EQ(report.count, 500 + report.published);
  EXPECT_THAT(view("terminal").render(done.functions[0], {}), HasSubstr("sampled"));
}

TEST(Sweep, FunctionsOfTwoArguments) {
  for (const char* op : {"pow", "atan2", "hypot", "divide"}) {
    SweepPlan plan = plan_of(op, "float64");
    plan.samples = 300;
    const Done done = sweep(plan);
    ASSERT_FALSE(done.error) << op;
    const SweepReport& report = done.functions[0].reports[0];
    EXPECT_TRUE(report.sampled);
    EXPECT_FALSE(report.beyond) << op << ": " << (report.findings.empty() ? "" : report.findings[0]);
    ASSERT_TRUE(report.worst) << op;
    EXPECT_EQ(report.worst->inputs.size(), 2U);
  }
}

TEST(Sweep, WorkersAreJudgedLikeLibraries) {
  FakeWorkers workers(glibc_in_disguise);
  SweepPlan plan = narrow();
  const SweepReport native = sweep(plan).functions[0].reports[0];
  plan.backends = {"numpy"};
  const Done done = sweep(plan, workers, fake_environments({"numpy"}));
  ASSERT_FALSE(done.error) << to_string(*done.error);
  const SweepReport& report = done.functions[0].reports[0];
  EXPECT_TRUE(report.exhaustive);
  EXPECT_EQ(report.digest, native.digest);
  EXPECT_EQ(report.correctly_rounded, native.correctly_rounded);
  EXPECT_EQ(report.version, "9");
}

TEST(Sweep, AWorkerThatFailsIsNamedAndTheOthersGoOn) {
  FakeWorkers workers = no_workers();
  SweepPlan plan = narrow();
  plan.backends = {"numpy", "glibc"};
  const Done done = sweep(plan, workers, fake_environments({"numpy"}));
  ASSERT_FALSE(done.error);
  EXPECT_TRUE(done.outcome.failed);
  EXPECT_EQ(done.functions[0].reports.size(), 1U);
  ASSERT_EQ(done.functions[0].skipped.size(), 1U);
  EXPECT_EQ(done.functions[0].skipped[0].reason, "there is none");
}

TEST(Sweep, BackendsWithTheSameBitsAreNamed) {
  SweepPlan plan = narrow("sqrt");
  plan.backends = {"glibc", "sleef"};
  const Done done = sweep(plan);
  ASSERT_FALSE(done.error);
  const auto& twins = done.functions[0].reports[0].twins;
  ASSERT_EQ(twins.size(), 1U);
  EXPECT_EQ(twins[0].backend, "sleef");
  EXPECT_EQ(twins[0].chunks, twins[0].of);
}

TEST(Sweep, WhatCannotBeSweptIsSaid) {
  EXPECT_EQ(sweep(plan_of("matmul", "float32")).error->code, Code::usage);
  EXPECT_THAT(to_string(*sweep(plan_of("exq", "float32")).error), HasSubstr("did you mean"));
  EXPECT_EQ(sweep(plan_of("exp(x) + 1", "float32")).error->code, Code::usage);
  EXPECT_EQ(sweep(plan_of("pow(x, 2)", "float32")).error->code, Code::usage);
  SweepPlan plan = plan_of("exp", "float32");
  plan.ranges = {"[0,1]", "[0,1]"};
  EXPECT_EQ(sweep(plan).error->code, Code::usage);
  const Done unsupported = sweep(plan_of("exp", "float16"));  // glibc has no float16
  ASSERT_FALSE(unsupported.error);
  EXPECT_EQ(unsupported.functions[0].skipped.size(), 1U);
  EXPECT_FALSE(unsupported.outcome.failed);
}

TEST(Sweep, WhatItWritesFitsTheSchema) {
  Validator validator(schema_named("sweep-1"));
  SweepPlan sample = plan_of("pow", "float64"), kernel = narrow(), missing = plan_of("exp");
  sample.samples = 100;
  kernel.backends.clear();
  kernel.kernels = {ROUNDOFF_BINARY_DIR "/kernels/kernel_unsteady.so:f"};
  for (const SweepPlan& plan : {narrow(), sample, kernel, missing}) {
    std::istringstream lines(sweep(plan).text);
    for (std::string line; std::getline(lines, line);)
      EXPECT_THAT(validator.check(nlohmann::json::parse(line)), ::testing::IsEmpty()) << line;
  }
}

TEST(Sweep, ForeignKernelsAreReported) {
  SweepPlan plan = narrow();
  plan.backends.clear();
  const std::string kernels = ROUNDOFF_BINARY_DIR "/kernels/kernel_";
  plan.kernels = {kernels + "lane_dependent.so:array:vector", kernels + "unsteady.so:f", kernels + "crashes.so:f",
                  kernels + "sound.so:f"};
  plan.ranges = {"[1.4999, 1.5001]"};
  const Done done = sweep(plan);
  ASSERT_FALSE(done.error) << to_string(*done.error);
  EXPECT_TRUE(done.outcome.failed);
  EXPECT_TRUE(done.outcome.beyond);
  const auto& reports = done.functions[0].reports;
  ASSERT_GE(reports.size(), 3U);
  EXPECT_GT(reports[0].layout.count, 0);
  EXPECT_EQ(reports[0].unstable.count, 0);
  EXPECT_GT(reports[1].unstable.count, 0);
  EXPECT_TRUE(reports[1].beyond);
  EXPECT_FALSE(reports.back().beyond);
  EXPECT_TRUE(reports.back().exhaustive);
  ASSERT_EQ(done.functions[0].skipped.size(), 1U);
  EXPECT_THAT(done.functions[0].skipped[0].reason, HasSubstr("SIGSEGV at 1.5 (0x1.8p+0)"));
}

}  // namespace
}  // namespace roundoff
