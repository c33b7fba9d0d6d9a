// What the pipeline asks of causes, amplification and variants: planted arithmetic must come out under its name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fake_workers.h"
#include "run/compare.h"

namespace roundoff {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Answered = Result<Run>;  // inside a test, Run is the test's own

FunctionReport report_for(Plan plan, Workers& workers, const std::vector<std::string>& frameworks) {
  FunctionReport out;
  Listener listener;
  listener.progress = [](const std::string&) {};
  listener.report = [&](const FunctionReport& report) { out = report; };
  const Status status = compare(plan, fake_environments(frameworks), workers, listener);
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : to_string(status.error()));
  return out;
}

Plan plan_for(const std::string& expression, const std::string& input, std::vector<std::string> backends) {
  Plan plan;
  plan.functions.push_back({"", expression, "", {{"x", input}}, {}, std::move(backends)});
  plan.timing = false;
  return plan;
}

/// cumulative_sum in float32, or in float64 and rounded for each element.
Array running_sum(const Array& x, bool wide) {
  Array out = Array::make(x.dtype(), x.shape()).value();
  double sum = 0;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    sum = wide ? sum + x.get(i) : static_cast<float>(sum + x.get(i));
    out.set(i, sum);
  }
  return out;
}

/// x, exp(x), sin(exp(x)), their running sum: the nodes of the chain in their order.
std::vector<Array> chain(const Array& x, bool wide) {
  const Array e = mapped(x, [](double v) { return std::exp(v); });
  const Array s = mapped(e, [](double v) { return std::sin(v); });
  return {x, e, s, running_sum(s, wide)};
}

Answered run_chain(const WorkerRequest& request) {
  std::vector<Array> trace = chain(request.inputs[0].second, request.backend.framework == "torch");
  if (!request.graph.empty() && request.graph.find("sin") == std::string::npos) {
    return run_of(request, running_sum(request.inputs[0].second,
                                       request.backend.framework == "torch"));  // a probe of the last op
  }
  Run run = run_of(request, trace.back());
  if (request.trace) run.trace = std::move(trace);
  return run;
}

constexpr const char* kChain = "cumulative_sum(sin(exp(x)))";
constexpr const char* kInput = "uniform(0,1,shape=3000,dtype=float32,seed=1)";

const CauseReport* cause_at(const BackendReport& backend, const std::string& node) {
  for (const CauseReport& cause : backend.causes) {
    if (cause.node == node) return &cause;
  }
  return nullptr;
}

TEST(Explain, EachOpFromTheBackendsOwnBits) {
  FakeWorkers workers(run_chain);
  const FunctionReport r = report_for(plan_for(kChain, kInput, {"numpy", "torch"}), workers, {"numpy", "torch"});
  ASSERT_EQ(r.backends.size(), 2u);
  const CauseReport* numpy = cause_at(r.backends[0], "cumulative_sum");
  ASSERT_NE(numpy, nullptr);
  EXPECT_THAT(numpy->name, HasSubstr("left to right"));
  EXPECT_TRUE(numpy->proven);
  EXPECT_EQ(numpy->matched, 3000);
  EXPECT_EQ(cause_at(r.backends[0], "exp"), nullptr) << "correctly rounded: nothing to ask";
  const CauseReport* torch = cause_at(r.backends[1], "cumulative_sum");
  ASSERT_NE(torch, nullptr) << "of a sum that is correctly rounded one may ask how";
  EXPECT_EQ(torch->matched, 3000);
  EXPECT_EQ(r.pairs[0].verdict, PairClass::b_nearer);
}

TEST(Explain, APortIsExplainedByTheExpressionWhereThatGivesItsBits) {
  FakeWorkers workers(run_chain);
  workers.port.functions = {{"numpy", "", {"x"}}};
  workers.port.expression = kChain;
  workers.port.inputs = {{"x", kInput}};
  Plan plan;
  plan.timing = false;
  plan.functions.push_back({"", "", "chain.py", {}, {}, {}});
  const FunctionReport r = report_for(plan, workers, {"numpy"});
  ASSERT_EQ(r.backends.size(), 1u);
  ASSERT_NE(cause_at(r.backends[0], "cumulative_sum"), nullptr);
  EXPECT_THAT(r.backends[0].notes, ::testing::Contains(HasSubstr("those of the expression")));
}

TEST(Explain, NotWhenToldSo) {
  FakeWorkers workers(run_chain);
  Plan plan = plan_for(kChain, kInput, {"numpy"});
  plan.causes = false;
  EXPECT_THAT(report_for(plan, workers, {"numpy"}).backends[0].causes, IsEmpty());
  EXPECT_TRUE(workers.calls.empty());
}

TEST(Judge, AVariantIsFoundWhereNothingElseExplains) {
  FakeWorkers workers([](const WorkerRequest& request) -> Answered {
    const Array& x = request.inputs[0].second;
    double mean = 0, sum = 0;
    for (std::int64_t i = 0; i < x.size(); ++i) mean += x.get(i) / static_cast<double>(x.size());
    for (std::int64_t i = 0; i < x.size(); ++i) sum += (x.get(i) - mean) * (x.get(i) - mean);
    Array out = Array::make(DType::float32, {}).value();
    out.set(0, sum / static_cast<double>(x.size() - 1));
    return run_of(request, out);
  });
  Plan plan = plan_for("var(x)", "uniform(0,1,shape=50,dtype=float32,seed=1)", {"numpy"});
  const FunctionReport r = report_for(plan, workers, {"numpy"});
  EXPECT_EQ(name_of(r.backends[0].verdict.verdict), "semantics") << r.backends[0].verdict.reason;
}

TEST(Judge, AVariantKeepsTheAttributesOfItsOp) {
  FakeWorkers workers([](const WorkerRequest& request) -> Answered {
    const Array& x = request.inputs[0].second;
    Array out = Array::make(DType::float32, {2}).value();
    for (std::int64_t row = 0; row < 2; ++row) {
      double most = -INFINITY;
      for (std::int64_t i = 0; i < 25; ++i) most = std::fmax(most, x.get(25 * row + i));
      out.set(row, most);
    }
    return run_of(request, out);
  });
  Plan plan = plan_for("max(where(greater(x, 0), x, 0 / 0), axis=1)", "uniform(-1,1,shape=(2,25),dtype=float32,seed=1)",
                       {"numpy"});
  const FunctionReport r = report_for(plan, workers, {"numpy"});
  EXPECT_EQ(name_of(r.backends[0].verdict.verdict), "semantics") << r.backends[0].verdict.reason;
  EXPECT_THAT(r.backends[0].verdict.reason, HasSubstr("ignores NaN"));
}

TEST(Judge, TheOpThatAmplifiesIsNamed) {
  FakeWorkers workers([](const WorkerRequest& request) -> Answered {
    return run_of(request, mapped(request.inputs[0].second, [](double x) {
                    return std::sin(static_cast<double>(static_cast<float>(x * 1.1f)));
                  }));
  });
  Plan plan = plan_for("sin(x * 1.1)", "uniform(1e6,2e6,shape=2000,dtype=float32,seed=1)", {"numpy"});
  plan.causes = false;
  const FunctionReport r = report_for(plan, workers, {"numpy"});
  EXPECT_EQ(name_of(r.backends[0].verdict.verdict), "ill-conditioned") << r.backends[0].verdict.reason;
  EXPECT_THAT(r.backends[0].verdict.reason, HasSubstr("sin"));
}

TEST(Skips, APortWrittenForAnotherReleaseIsNoFailure) {
  FakeWorkers workers([](const WorkerRequest& request) -> Answered {
    if (request.backend.environment == "old")
      return Error{Code::worker, "module 'tensorflow' has no attribute 'GradientTape'", "", ""};
    return run_of(request, mapped(request.inputs[0].second, [](double x) { return std::exp(x); }));
  });
  workers.port.functions = {{"tensorflow", "", {"x"}}};
  workers.port.expression = "exp(x)";
  workers.port.inputs = {{"x", kInput}};
  std::vector<Environment> environments = fake_environments({"tensorflow", "tensorflow"});
  environments[1].name = "old";
  Plan plan;
  plan.functions.push_back({"", "", "port.py", {}, {}, {}});
  plan.causes = false;
  const auto failed = [&](const Plan& asked) {
    bool out = false;
    Listener listener;
    listener.progress = [](const std::string&) {};
    listener.report = [&](const FunctionReport& report) {
      out = report.skipped.size() == 1 && report.skipped[0].failed;
    };
    EXPECT_TRUE(compare(asked, environments, workers, listener).ok());
    return out;
  };
  EXPECT_FALSE(failed(plan));
  plan.backends = {"tensorflow", "tensorflow@old"};
  EXPECT_TRUE(failed(plan)) << "asked for by name";
}

}  // namespace
}  // namespace roundoff
