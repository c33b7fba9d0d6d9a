// Phase one: every run of every function, and the truths. Two threads produce events (the workers' answers; native runs
// and truths), one consumes them, so that a slow worker delays nobody's row.
#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "balls/arb.h"
#include "base/text.h"
#include "run/function.h"
#include "verdict/words.h"

namespace roundoff {
namespace {

struct Event {
  enum class What { run, wide, truth, line, end } what = What::end;
  std::size_t function = 0, entry = 0;
  std::optional<Result<Run>> run = {};
  std::optional<Result<Truth>> truth = {};
  std::string line = {};
};

class Queue {
 public:
  void push(Event event) {
    const std::lock_guard lock(guard_);
    events_.push_back(std::move(event));
    waiting_.notify_one();
  }
  Event pop() {
    std::unique_lock lock(guard_);
    waiting_.wait(lock, [&] { return !events_.empty(); });
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

 private:
  std::mutex guard_;
  std::condition_variable waiting_;
  std::deque<Event> events_;
};

WorkerRequest request_of(const Function& function, const Entry& entry, const Plan& plan, const std::string& graph) {
  WorkerRequest request;
  request.backend = entry.name;
  request.port = function.plan.port;
  if (request.port.empty()) {
    request.graph = graph;
    // The trace of a single op would be its own arguments and output once more.
    request.trace = plan.causes && function.single_op() == nullptr && !function.graph.has_gradient();
  }
  request.inputs = function.ordered;
  request.repeats = plan.repeats;
  request.deadline = plan.deadline;
  return request;
}

using Addresses = std::map<std::size_t, Event>;

/// Hands every request to the workers; answers where each answer belongs.
Addresses submit_all(const std::vector<Function>& functions, const Plan& plan, Workers& workers) {
  Addresses addresses;
  for (std::size_t f = 0; f < functions.size(); ++f) {
    const Function& function = functions[f];
    const std::string graph = function.plan.port.empty() ? to_json(function.graph) : "";
    for (std::size_t e = 0; e < function.entries.size(); ++e) {
      const Entry& entry = function.entries[e];
      if (entry.native != nullptr || entry.recorded) continue;
      WorkerRequest request = request_of(function, entry, plan, graph);
      addresses[workers.submit(request)] = {Event::What::run, f, e};
      if (function.certified) continue;
      request.float64 = true;
      request.repeats = 1;
      addresses[workers.submit(std::move(request))] = {Event::What::wide, f, e};
    }
  }
  return addresses;
}

void pump(Workers& workers, const Addresses& addresses, Queue& queue) {
  workers.on_progress([&](const std::string& line) { queue.push({.what = Event::What::line, .line = line}); });
  while (std::optional<WorkerAnswer> answer = workers.next()) {
    const auto at = addresses.find(answer->id);
    if (at == addresses.end()) continue;
    Event event = at->second;
    event.run = std::move(answer->run);
    queue.push(std::move(event));
  }
  workers.on_progress({});
  queue.push({});
}

void compute(const std::vector<Function>& functions, const Plan& plan, Queue& queue) {
  for (std::size_t f = 0; f < functions.size(); ++f) {
    const Function& function = functions[f];
    for (std::size_t e = 0; e < function.entries.size(); ++e) {
      const Entry& entry = function.entries[e];
      if (entry.native == nullptr) continue;
      queue.push({.what = Event::What::run,
                  .function = f,
                  .entry = e,
                  .run = run_native(*entry.native, function.plain, function.inputs, plan.repeats)});
    }
    if (function.certified)
      queue.push({.what = Event::What::truth, .function = f, .truth = certify(function.plain, function.inputs)});
  }
  queue.push({});
}

/// The float64 rerun as a truth for outputs of `dtype`: no certificate, no budget.
Truth truth_of_rerun(const Array& wide, DType dtype) {
  Truth truth;
  truth.dtype = dtype;
  truth.shape = wide.shape();
  truth.value.reserve(static_cast<std::size_t>(wide.size()));
  truth.nearest.reserve(static_cast<std::size_t>(wide.size()));
  for (std::int64_t i = 0; i < wide.size(); ++i) {
    truth.value.push_back(enclosure_of(wide.get(i)));
    truth.nearest.push_back(is_float(dtype) ? round_to(format_of(dtype), wide.get(i)) : wide.get(i));
  }
  return truth;
}

void make_own_truth(Entry& entry) {
  const Run& run = entry.run->value();
  if (!entry.wide->ok()) {
    entry.unfit = "its rerun in float64 failed: " + entry.wide->error().what;
  } else if (entry.wide->value().output.shape() != run.output.shape()) {
    entry.unfit = fmt::format("in float64 its shape is {}, and not {}", to_string(entry.wide->value().output.shape()),
                              to_string(run.output.shape()));
  } else {
    entry.own_truth = truth_of_rerun(entry.wide->value().output, run.output.dtype());
  }
}

/// A result of one element may be a scalar for one framework and an array for another; any other shape is another
/// function.
void check_shape(Entry& entry, const Truth& truth) {
  Array& output = entry.run->value().output;
  if (output.shape() == truth.shape) return;
  if (output.size() == 1 && truth.value.size() == 1) {
    entry.run->value().notes.push_back(
        fmt::format("the shape is {}, the function's {}", to_string(output.shape()), to_string(truth.shape)));
    output = output.reshaped(truth.shape);
  } else {
    entry.unfit =
        fmt::format("wrong shape: {}, and the function's is {}", to_string(output.shape()), to_string(truth.shape));
  }
}

std::string row(const Function& function, const Entry& entry) {
  const Run& run = entry.run->value();
  return fmt::format("{}: {} {}max {:.3g} ulp, {} of {} correctly rounded", function.text(), entry.label,
                     run.version.empty() ? "" : run.version + ", ", entry.metrics.max_ulp,
                     grouped(entry.metrics.correctly_rounded), elements(entry.metrics.count));
}

/// Metrics as soon as both the answer and the truth are there.
void try_measure(Function& function, Entry& entry, const Say& say) {
  if (entry.done || !entry.run) return;
  if (!entry.run->ok()) {
    entry.done = true;
    say(fmt::format("{}: {}: {}", function.text(), entry.label, entry.run->error().what));
    return;
  }
  if (!function.certified && !entry.wide) return;
  if (!function.certified) make_own_truth(entry);
  const Truth* truth = function.truth_of(entry);
  if (truth == nullptr && entry.unfit.empty()) return;
  entry.done = true;
  if (truth != nullptr) check_shape(entry, *truth);
  if (!entry.unfit.empty()) {
    say(fmt::format("{}: {}: {}", function.text(), entry.label, entry.unfit));
    return;
  }
  entry.metrics = measure(entry.run->value().output, *truth);
  if (function.certified) entry.standing = stand(entry.run->value().output, *truth);
  say(row(function, entry));
}

Status take(Event& event, std::vector<Function>& functions, const Say& say) {
  Function& function = functions[event.function];
  if (event.what == Event::What::truth) {
    if (!event.truth->ok()) return event.truth->error();
    function.truth = std::move(*event.truth).value();
    for (Entry& entry : function.entries) try_measure(function, entry, say);
    return {};
  }
  Entry& entry = function.entries[event.entry];
  (event.what == Event::What::wide ? entry.wide : entry.run) = std::move(event.run);
  try_measure(function, entry, say);
  return {};
}

}  // namespace

Status execute(std::vector<Function>& functions, const Plan& plan, Workers& workers, const Say& say) {
  const Addresses addresses = submit_all(functions, plan, workers);
  Queue queue;
  std::thread answers([&] { pump(workers, addresses, queue); });
  std::thread numbers([&] {
    compute(functions, plan, queue);
    flint_cleanup();
  });
  Status status;
  for (int open = 2; open > 0;) {
    Event event = queue.pop();
    if (event.what == Event::What::end) {
      --open;
    } else if (event.what == Event::What::line) {
      say(event.line);
    } else if (const Status taken = take(event, functions, say); !taken && status.ok()) {
      status = taken;
    }
  }
  answers.join();
  numbers.join();
  return status;
}

}  // namespace roundoff
