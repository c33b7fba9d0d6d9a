// Phase two: how long a warm call takes, with nothing else running.
#include <algorithm>

#include "run/function.h"

namespace roundoff {
namespace {

using Clock = std::chrono::steady_clock;

Result<Run> timed(const Function& function, const Entry& entry, const std::string& graph, Workers& workers,
                  std::chrono::milliseconds deadline) {
  if (entry.native != nullptr) return run_native(*entry.native, function.plain, function.inputs, 2);
  WorkerRequest request;
  request.backend = entry.name;
  request.port = function.plan.port;
  request.graph = graph;
  request.inputs = function.ordered;
  request.repeats = 1;
  request.timing = true;
  request.deadline = deadline;
  return workers.call(std::move(request));
}

}  // namespace

void time_calls(Function& function, const Plan& plan, Workers& workers, std::chrono::milliseconds limit) {
  if (!plan.timing) {
    for (Entry& entry : function.entries) {
      if (entry.answered()) entry.run->value().seconds = 0;
    }
    return;
  }
  const Clock::time_point end = Clock::now() + limit;
  const std::string graph = function.plan.port.empty() ? to_json(function.graph) : "";
  for (Entry& entry : function.entries) {
    if (!entry.answered() || entry.recorded) continue;
    Run& run = entry.run->value();
    run.seconds = 0;
    if (Clock::now() >= end) {
      run.notes.emplace_back("not timed: the others took the time set aside for that");
      continue;
    }
    const Result<Run> again = timed(function, entry, graph, workers, plan.deadline);
    if (again) run.seconds = again->seconds;
  }
}

}  // namespace roundoff
