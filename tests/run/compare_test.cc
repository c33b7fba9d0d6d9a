// The pipeline on fake workers: what reaches the report, in which order, and what a backend's failure does to the
// others.
#include "run/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "fake_workers.h"
#include "io/npy.h"

namespace roundoff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Answered = Result<Run>;  // inside a test, Run is the test's own

constexpr const char* kInput = "uniform(0,1,shape=500,dtype=float32,seed=1)";

Plan plan_for(const std::string& expression, std::vector<std::string> backends, const std::string& input = kInput) {
  Plan plan;
  plan.functions.push_back({"", expression, "", {}, {}, {}});
  plan.inputs = {{"x", input}};
  plan.backends = std::move(backends);
  plan.causes = false;
  return plan;
}

struct Outcome {
  Status status;
  std::vector<FunctionReport> reports;
  std::vector<std::string> lines;
};

Outcome run(const Plan& plan, Workers& workers, const std::vector<std::string>& frameworks) {
  Outcome out;
  Listener listener;
  listener.progress = [&](const std::string& line) { out.lines.push_back(line); };
  listener.report = [&](const FunctionReport& report) { out.reports.push_back(report); };
  out.status = compare(plan, fake_environments(frameworks), workers, listener);
  return out;
}

Result<Run> exponential(const WorkerRequest& request) {
  const double noise = request.backend.framework == "torch" ? 1 + 1e-7 : 1;
  return run_of(request, mapped(request.inputs[0].second, [&](double x) { return std::exp(x) * noise; }));
}

TEST(Compare, TwoBackendsOneExpression) {
  FakeWorkers workers(exponential);
  const Outcome out = run(plan_for("exp(x)", {"numpy", "torch"}), workers, {"numpy", "torch"});
  ASSERT_TRUE(out.status.ok()) << to_string(out.status.error());
  ASSERT_EQ(out.reports.size(), 1u);
  const FunctionReport& r = out.reports[0];
  EXPECT_TRUE(r.certified);
  EXPECT_EQ(r.count, 500);
  EXPECT_EQ(r.undecided, 0);
  ASSERT_EQ(r.inputs.size(), 1u);
  EXPECT_EQ(r.inputs[0].sha256.size(), 64u);
  ASSERT_EQ(r.backends.size(), 2u);
  EXPECT_EQ(r.backends[0].name, "numpy");
  EXPECT_EQ(r.backends[0].verdict.verdict, Class::identical) << r.backends[0].verdict.reason;
  EXPECT_EQ(r.backends[1].verdict.verdict, Class::rounding) << r.backends[1].verdict.reason;
  EXPECT_LT(r.backends[1].metrics.correctly_rounded, 500);
  ASSERT_TRUE(r.backends[1].worst.has_value());
  EXPECT_EQ(r.backends[1].worst->inputs.size(), 1u);
  EXPECT_GT(r.backends[1].seconds, 0);
  ASSERT_EQ(r.pairs.size(), 1u);
  EXPECT_EQ(r.pairs[0].a, "numpy");
  EXPECT_GT(r.pairs[0].values.mean_abs, 0);
  ASSERT_TRUE(r.tolerance.has_value());
  EXPECT_LT(r.tolerance->rtol, 1e-5);
  EXPECT_THAT(r.repro, HasSubstr("roundoff compare 'exp(x)' --input 'x=uniform(0"));
  EXPECT_THAT(r.repro, HasSubstr("--backends numpy,torch"));
}

TEST(Compare, AFailureIsNamedAndTheOthersStay) {
  FakeWorkers workers([](const WorkerRequest& request) -> Answered {
    if (request.backend.framework == "jax") return Error{Code::worker, "was killed by SIGSEGV", "jax", ""};
    if (request.backend.framework == "numba") return Error{Code::usage, "it has no exp", "numba", ""};
    return exponential(request);
  });
  const Outcome out = run(plan_for("exp(x)", {"numpy", "jax", "numba"}), workers, {"numpy", "jax", "numba"});
  ASSERT_EQ(out.reports.size(), 1u);
  EXPECT_EQ(out.reports[0].backends.size(), 1u);
  ASSERT_EQ(out.reports[0].skipped.size(), 2u);
  EXPECT_EQ(out.reports[0].skipped[0].name, "jax");
  EXPECT_TRUE(out.reports[0].skipped[0].failed);
  EXPECT_THAT(out.reports[0].skipped[0].reason, HasSubstr("SIGSEGV"));
  EXPECT_FALSE(out.reports[0].skipped[1].failed) << "lacking an op is no failure";
  ExitCode code(default_fail_on());
  code.add(out.reports[0]);
  EXPECT_EQ(code.value(), 4);
}

TEST(Compare, ASlowWorkerDelaysNobodysRow) {
  FakeWorkers workers(exponential);
  workers.slow = {"torch"};
  std::atomic<bool> numpy_seen = false;
  workers.before_slow = [&] {
    for (int i = 0; i < 2000 && !numpy_seen; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  Listener listener;
  bool in_time = false;
  listener.progress = [&](const std::string& line) {
    if (line.find("torch") != std::string::npos) in_time = numpy_seen;
    if (line.find("numpy") != std::string::npos) numpy_seen = true;
  };
  listener.report = [](const FunctionReport&) {};
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(
      compare(plan_for("exp(x)", {"torch", "numpy"}), fake_environments({"torch", "numpy"}), workers, listener).ok());
  EXPECT_TRUE(in_time) << "the row of numpy must come while torch is still at work";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
}

TEST(Compare, TimingComesWhenEverythingIsQuiet) {
  FakeWorkers workers(exponential);
  workers.slow = {"numpy"};
  Plan plan = plan_for("exp(x)", {"numpy", "torch"});
  plan.functions.push_back({"", "exp(x) + 1", "", {}, {}, {}});
  ASSERT_TRUE(run(plan, workers, {"numpy", "torch"}).status.ok());
  EXPECT_FALSE(workers.call_before_answers);
  EXPECT_EQ(workers.calls.size(), 4u);
  for (const WorkerRequest& request : workers.calls) EXPECT_TRUE(request.timing);
  plan.timing = false;
  FakeWorkers untimed(exponential);
  const Outcome out = run(plan, untimed, {"numpy", "torch"});
  EXPECT_TRUE(untimed.calls.empty());
  EXPECT_EQ(out.reports[0].backends[0].seconds, 0);
}

TEST(Compare, AnotherShapeIsAFailureExceptForOneElement) {
  FakeWorkers workers([](const WorkerRequest& request) -> Answered {
    const Array& x = request.inputs[0].second;
    const Shape shape = request.backend.framework == "numpy" ? Shape{x.size(), 1} : x.shape();
    return run_of(request, mapped(x, [](double v) { return std::exp(v); }).reshaped(shape));
  });
  const Outcome out = run(plan_for("exp(x)", {"numpy", "torch"}), workers, {"numpy", "torch"});
  ASSERT_EQ(out.reports[0].skipped.size(), 1u);
  EXPECT_TRUE(out.reports[0].skipped[0].failed);
  EXPECT_THAT(out.reports[0].skipped[0].reason, HasSubstr("wrong shape: [500, 1]"));
  const Outcome one = run(plan_for("exp(x)", {"numpy"}, "constant(1,shape=(),dtype=float32)"), workers, {"numpy"});
  ASSERT_EQ(one.reports[0].backends.size(), 1u);
  EXPECT_THAT(one.reports[0].backends[0].notes, ElementsAre(HasSubstr("the shape is [1, 1]")));
}

TEST(Compare, InstabilityIsNeverAveraged) {
  FakeWorkers workers([](const WorkerRequest& request) -> Answered {
    Answered run = exponential(request);
    run->unstable = 3;
    return run;
  });
  const Outcome out = run(plan_for("exp(x)", {"numpy"}), workers, {"numpy"});
  EXPECT_EQ(out.reports[0].backends[0].verdict.verdict, Class::nondeterministic);
  EXPECT_THAT(out.reports[0].backends[0].verdict.reason, HasSubstr("3 of 500"));
}

TEST(Compare, ReportsComeInTheOrderOfThePlan) {
  FakeWorkers workers([](const WorkerRequest& request) -> Answered {
    return run_of(request, mapped(request.inputs[0].second, [](double v) { return std::sqrt(v); }));
  });
  Plan plan = plan_for("sqrt(x)", {"numpy"});
  plan.functions.push_back({"second", "exp(x)", "", {}, {}, {}});
  plan.functions.push_back({"third", "abs(x)", "", {}, {}, {}});
  const Outcome out = run(plan, workers, {"numpy"});
  ASSERT_EQ(out.reports.size(), 3u);
  EXPECT_EQ(out.reports[0].expression, "sqrt(x)");
  EXPECT_EQ(out.reports[1].title, "second");
  EXPECT_EQ(out.reports[2].title, "third");
  EXPECT_EQ(out.reports[0].backends[0].verdict.verdict, Class::identical);
  ASSERT_TRUE(out.reports[0].backends[0].ieee754.has_value());
  EXPECT_TRUE(out.reports[0].backends[0].ieee754->conforms);
  EXPECT_EQ(out.reports[1].backends[0].verdict.verdict, Class::unexplained);
  EXPECT_FALSE(out.reports[1].backends[0].ieee754.has_value());
}

TEST(Compare, InputsThatAreMissingOrTooMany) {
  FakeWorkers workers(exponential);
  const auto error_of = [&](const Plan& plan) {
    const Outcome out = run(plan, workers, {"numpy"});
    EXPECT_FALSE(out.status.ok());
    if (out.status.ok()) return std::string();
    EXPECT_EQ(out.status.error().code, Code::usage);
    return to_string(out.status.error());
  };
  EXPECT_THAT(error_of(plan_for("exp(x + y)", {"numpy"})), HasSubstr("the input 'y' is missing"));
  Plan spare = plan_for("exp(x)", {"numpy"});
  spare.inputs.push_back({"y", kInput});
  EXPECT_THAT(error_of(spare), HasSubstr("no function has an input 'y'"));
  Plan own = plan_for("exp(x)", {"numpy"});
  own.functions[0].inputs = {{"z", kInput}};
  EXPECT_THAT(error_of(own), HasSubstr("there is no input 'z'"));
  Plan recorded = plan_for("exp(x)", {"numpy"});
  recorded.functions.push_back(recorded.functions[0]);
  recorded.recorded = {{"r", "r.npy"}};
  EXPECT_THAT(error_of(recorded), HasSubstr("belongs to one function"));
  EXPECT_EQ(workers.submitted, 0u) << "nothing runs before everything can";
}

TEST(Compare, RecordedOutputsAreRowsWithoutTime) {
  const std::string path = ::testing::TempDir() + "recorded.txt";
  std::ofstream(path) << "# from elsewhere\n1.\n2.71828175 # e\n7.3890562\n";
  FakeWorkers workers(exponential);
  Plan plan = plan_for("exp(x)", {"numpy"}, "arange(3,dtype=float32)");
  plan.recorded = {{"old print", path}};
  const Outcome out = run(plan, workers, {"numpy"});
  ASSERT_TRUE(out.status.ok()) << to_string(out.status.error());
  ASSERT_EQ(out.reports[0].backends.size(), 2u);
  EXPECT_TRUE(out.reports[0].backends[1].recorded);
  EXPECT_EQ(out.reports[0].backends[1].name, "old print");
  EXPECT_EQ(out.reports[0].backends[1].seconds, 0);
  EXPECT_LT(out.reports[0].backends[1].metrics.max_ulp, 1);
  EXPECT_THAT(out.reports[0].repro, HasSubstr("--recorded 'old print="));
}

PortDescription port_of(std::optional<std::string> expression) {
  PortDescription port;
  port.functions = {{"numpy", "", {"x"}}, {"torch", "", {"x"}}};
  port.expression = std::move(expression);
  port.inputs = {{"x", kInput}};
  return port;
}

Plan port_plan() {
  Plan plan;
  plan.functions.push_back({"", "", "chain.py", {}, {}, {}});
  plan.causes = false;
  return plan;
}

TEST(Compare, APortWithAnExpressionIsCertified) {
  FakeWorkers workers(exponential);
  workers.port = port_of("exp(x)");
  const Outcome out = run(port_plan(), workers, {"numpy", "torch"});
  ASSERT_TRUE(out.status.ok()) << to_string(out.status.error());
  EXPECT_TRUE(out.reports[0].certified);
  EXPECT_EQ(out.reports[0].backends[0].verdict.verdict, Class::identical);
  EXPECT_THAT(out.reports[0].repro, HasSubstr("roundoff compare chain.py"));
}

TEST(Compare, APortWithoutAnExpressionIsItsOwnReference) {
  std::atomic<int> wide = 0;
  FakeWorkers workers([&](const WorkerRequest& request) -> Answered {
    wide += request.float64;
    const Array x = request.float64 ? cast(request.inputs[0].second, DType::float64).value() : request.inputs[0].second;
    const double noise = request.backend.framework == "torch" && !request.float64 ? 1 + 3e-7 : 1;
    return run_of(request, mapped(x, [&](double v) { return std::exp(v) * noise; }));
  });
  workers.port = port_of(std::nullopt);
  const Outcome out = run(port_plan(), workers, {"numpy", "torch"});
  ASSERT_TRUE(out.status.ok()) << to_string(out.status.error());
  EXPECT_EQ(wide, 2);
  const FunctionReport& r = out.reports[0];
  EXPECT_FALSE(r.certified);
  EXPECT_FALSE(r.tolerance.has_value());
  EXPECT_EQ(r.backends[0].verdict.verdict, Class::identical);
  EXPECT_EQ(r.backends[1].verdict.verdict, Class::undetermined);
  for (const BackendReport& backend : r.backends) EXPECT_THAT(backend.verdict.reason, StartsWith("not certified: "));
  EXPECT_GT(r.backends[1].metrics.max_ulp, 1);
  EXPECT_EQ(r.pairs[0].verdict, PairClass::undetermined);
  ExitCode code(default_fail_on());
  code.add(r);
  EXPECT_EQ(code.value(), 5);
}

TEST(Compare, APortSaysWhichFunctionsItHas) {
  FakeWorkers workers(exponential);
  workers.port = port_of("exp(x)");
  Plan plan = port_plan();
  plan.backends = {"jax"};
  const Outcome out = run(plan, workers, {"numpy", "torch", "jax"});
  ASSERT_FALSE(out.status.ok());
  EXPECT_THAT(to_string(out.status.error()), HasSubstr("there is no function for jax (it has numpy or torch)"));
}

TEST(Compare, SavedArrays) {
  FakeWorkers workers(exponential);
  Plan plan = plan_for("exp(x)", {"numpy", "torch"});
  plan.save = ::testing::TempDir() + "saved/deep";
  std::filesystem::remove_all(plan.save);
  ASSERT_TRUE(run(plan, workers, {"numpy", "torch"}).status.ok());
  const auto file = [&](const char* name) { return read_npy(plan.save + "/" + name + ".npy").value(); };
  const Array x = file("input-x"), y = file("output-numpy"), t = file("truth"), hi = file("truth-hi"),
              lo = file("truth-lo");
  EXPECT_EQ(x.dtype(), DType::float32);
  EXPECT_TRUE(same_bits(y, t)) << "the fake's numpy is correctly rounded";
  EXPECT_EQ(hi.dtype(), DType::float64);
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const long double exact = std::exp(static_cast<long double>(x.get(i)));
    EXPECT_NEAR(static_cast<double>((hi.get(i) - exact) + lo.get(i)), 0, 1e-18);
  }
  plan.functions.push_back(plan.functions[0]);
  ASSERT_TRUE(run(plan, workers, {"numpy", "torch"}).status.ok());
  EXPECT_TRUE(std::filesystem::exists(plan.save + "/2/truth-lo.npy"));
}

TEST(ExitCodes, TheWorstWins) {
  const auto code = [](bool failed, Class verdict, std::int64_t undecided, const std::set<Class>& fail_on) {
    FunctionReport r;
    r.certified = true;
    r.undecided = undecided;
    r.backends.resize(1);
    r.backends[0].verdict.verdict = verdict;
    if (failed) r.skipped.push_back({"a", "b", "c", true});
    r.skipped.push_back({"not here", "", "", false});
    ExitCode out(fail_on);
    out.add(r);
    return out.value();
  };
  const std::set<Class> usual = default_fail_on();
  EXPECT_EQ(code(false, Class::rounding, 0, usual), 0);
  EXPECT_EQ(code(false, Class::large_rounding, 0, usual), 0);
  for (const Class c :
       {Class::unexplained, Class::dtype, Class::semantics, Class::precision_mode, Class::nondeterministic}) {
    EXPECT_EQ(code(false, c, 0, usual), 1);
  }
  EXPECT_EQ(code(false, Class::unexplained, 7, usual), 1);
  EXPECT_EQ(code(true, Class::unexplained, 7, usual), 4);
  EXPECT_EQ(code(false, Class::rounding, 7, usual), 5);
  EXPECT_EQ(code(false, Class::unexplained, 0, {}), 0);
  EXPECT_EQ(code(false, Class::rounding, 0, {Class::rounding}), 1);
}

TEST(ExitCodes, NothingComparedIsNoSuccess) {
  FunctionReport r;
  r.certified = true;
  r.skipped.push_back({"tensorflow:sesion", "it has no such mode", "", false});
  ExitCode out(default_fail_on());
  out.add(r);
  EXPECT_EQ(out.value(), 7);
  r.skipped.push_back({"torch", "the worker died", "", true});
  ExitCode failed(default_fail_on());
  failed.add(r);
  EXPECT_EQ(failed.value(), 4);
}

TEST(ExitCodes, FailOnIsAListOfVerdicts) {
  EXPECT_EQ(parse_fail_on("unexplained,dtype").value(), (std::set<Class>{Class::unexplained, Class::dtype}));
  EXPECT_TRUE(parse_fail_on("none").value().empty());
  const Result<std::set<Class>> typo = parse_fail_on("unexplaned");
  ASSERT_FALSE(typo.ok());
  EXPECT_THAT(to_string(typo.error()), HasSubstr("did you mean unexplained?"));
  EXPECT_FALSE(parse_fail_on("rounding,").ok());
}

}  // namespace
}  // namespace roundoff
