// A worker pool without processes: answers come from a function, in the order that the test wants.
#pragma once

#include <cmath>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "run/workers.h"

namespace roundoff {

class FakeWorkers final : public Workers {
 public:
  using Answer = std::function<Result<Run>(const WorkerRequest&)>;
  explicit FakeWorkers(Answer answer) : answer_(std::move(answer)) {}

  /// Frameworks whose answers come after all others.
  std::set<std::string> slow;
  /// Called before a slow answer is given: what the caller must have seen by then.
  std::function<void()> before_slow;
  PortDescription port;
  std::vector<WorkerRequest> calls;  ///< everything asked through call()
  std::size_t submitted = 0;
  bool call_before_answers = false;  ///< something was called while answers were outstanding

  std::size_t submit(WorkerRequest request) override {
    const std::size_t id = ++submitted;
    const bool late = slow.contains(request.backend.framework);
    (late ? late_ : queue_).push_back({id, std::move(request)});
    return id;
  }
  std::optional<WorkerAnswer> next() override {
    if (queue_.empty() && !late_.empty()) {
      if (before_slow) before_slow();
      std::swap(queue_, late_);
    }
    if (queue_.empty()) return std::nullopt;
    // Last in, first out: the order of completion is not that of submission.
    auto [id, request] = std::move(queue_.back());
    queue_.pop_back();
    return WorkerAnswer{id, answer_(request)};
  }
  Result<Run> call(WorkerRequest request) override {
    call_before_answers = call_before_answers || !queue_.empty() || !late_.empty();
    calls.push_back(request);
    return answer_(request);
  }
  Result<PortDescription> describe_port(const std::string&) override { return port; }
  void on_progress(std::function<void(const std::string&)>) override {}

 private:
  Answer answer_;
  std::deque<std::pair<std::size_t, WorkerRequest>> queue_, late_;
};

/// Environments that look made: one for each framework, of the same name.
inline std::vector<Environment> fake_environments(const std::vector<std::string>& frameworks) {
  std::vector<Environment> out;
  for (const std::string& framework : frameworks) {
    Environment e;
    e.name = framework;
    e.frameworks = {framework};
    e.interpreter = "/usr/bin/true";
    out.push_back(e);
  }
  return out;
}

inline Run run_of(const WorkerRequest& request, Array output) {
  Run run;
  run.name = request.backend;
  run.version = "1.0";
  run.output = std::move(output);
  run.repeats = request.repeats;
  run.seconds = request.timing ? 0.001 : 0;
  return run;
}

/// f of every element, rounded to the array's dtype.
inline Array mapped(const Array& x, const std::function<double(double)>& f) {
  Array out = Array::make(x.dtype(), x.shape()).value();
  for (std::int64_t i = 0; i < x.size(); ++i) out.set(i, f(x.get(i)));
  return out;
}

}  // namespace roundoff
