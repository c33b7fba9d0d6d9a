#include "backends/worker_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "backends/tensor_protocol.h"
#include "backends/worker.h"

namespace roundoff {
namespace {

constexpr std::size_t kEventsKept = 1000;
// Loading gigabytes from a slow disk takes its time.
constexpr std::chrono::minutes kLoadingDeadline{10};

// "3.11" as a number that orders.
int version_number(const std::string& text) {
  const std::size_t dot = std::min(text.find('.'), text.size() - 1);
  return std::atoi(text.c_str()) * 1000 + std::atoi(text.c_str() + dot + 1);
}

}  // namespace

struct WorkerPool::State {
  std::vector<Environment> environments;
  std::filesystem::path script;
  std::function<void(const std::string&)> hook;

  // Shared between callers and the loop, under the mutex.
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::pair<std::size_t, Job>> incoming;  // with the environment's index
  std::deque<Done> done;
  std::deque<std::string> events;
  std::set<std::size_t> in_flight;  // submitted and not yet handed out
  std::set<std::size_t> reserved;   // not for next(): somebody waits for just these
  std::size_t last_id = 0;
  bool stop = false;

  Channel wake;
  std::thread thread;

  [[nodiscard]] std::optional<std::size_t> environment_of(const BackendName& backend) const;
  [[nodiscard]] std::optional<std::size_t> newest() const;
  [[nodiscard]] Status ready();
  std::size_t queue(std::optional<std::size_t> environment, Job job, bool reserve);
  [[nodiscard]] std::optional<Done> wait(const std::function<bool(const Done&)>& wanted,
                                         const std::function<bool()>& over);
  [[nodiscard]] Done wait_for(std::size_t id);
  void tell(std::unique_lock<std::mutex>& lock);
  void loop();
  void publish(Tidings tidings);
};

// The named environment, else the first usable one that serves the framework, else the first that should.
std::optional<std::size_t> WorkerPool::State::environment_of(const BackendName& backend) const {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < environments.size(); ++i) {
    const Environment& e = environments[i];
    if (!backend.environment.empty() && e.name == backend.environment) return i;
    const bool serves = std::ranges::find(e.frameworks, backend.framework) != e.frameworks.end();
    if (!backend.environment.empty() || !serves) continue;
    if (!found || (environments[*found].interpreter.empty() && !e.interpreter.empty())) found = i;
  }
  return found;
}

std::optional<std::size_t> WorkerPool::State::newest() const {
  std::optional<std::size_t> found;
  const auto age = [&](std::size_t i) {
    return environments[i].python.empty() ? 0 : version_number(environments[i].python.front());
  };
  for (std::size_t i = 0; i < environments.size(); ++i) {
    if (!environments[i].interpreter.empty() && (!found || age(i) > age(*found))) found = i;
  }
  return found;
}

// Starts the loop with the first request: who runs native libraries only needs no thread.
Status WorkerPool::State::ready() {
  if (thread.joinable()) return {};
  if (script.empty()) {
    ROUNDOFF_TRY(const std::filesystem::path directory, workers_directory());
    script = directory / "worker.py";
  }
  ROUNDOFF_TRY(wake, make_stream());
  set_nonblocking(wake.read.get());
  // Signals are for the caller's threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Status status;
  try {
    thread = std::thread([this] { loop(); });
  } catch (const std::system_error& error) {
    status = Error{Code::resource, fmt::format("cannot start a thread: {}", error.what()), "", ""};
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return status;
}

std::size_t WorkerPool::State::queue(std::optional<std::size_t> environment, Job job, bool reserve) {
  const std::lock_guard lock(mutex);
  const std::size_t id = job.id = ++last_id;
  in_flight.insert(id);
  if (reserve) reserved.insert(id);
  Status fit = ready();
  if (fit.ok() && !environment) {
    fit = Error{Code::environment, "no environment serves this backend", job.who, "roundoff env list"};
  } else if (fit.ok() && environments[*environment].interpreter.empty()) {
    fit = Error{Code::environment, environments[*environment].missing, job.who, environments[*environment].remedy};
  }
  if (fit.ok()) {
    incoming.emplace_back(*environment, std::move(job));
    (void)send_some(wake.write.get(), "!");
  } else {
    done.push_back({id, std::move(fit), std::move(job.exchange)});
  }
  return id;
}

// Hands the lines to the hook, without the lock.
void WorkerPool::State::tell(std::unique_lock<std::mutex>& lock) {
  while (!events.empty()) {
    const std::string line = std::move(events.front());
    events.pop_front();
    if (!hook) continue;
    lock.unlock();
    hook(line);
    lock.lock();
  }
}

std::optional<Done> WorkerPool::State::wait(const std::function<bool(const Done&)>& wanted,
                                            const std::function<bool()>& over) {
  std::unique_lock lock(mutex);
  while (true) {
    tell(lock);
    const auto found = std::ranges::find_if(done, wanted);
    if (found != done.end()) {
      Done out = std::move(*found);
      done.erase(found);
      in_flight.erase(out.id);
      reserved.erase(out.id);
      return out;
    }
    if (over()) return std::nullopt;
    changed.wait(lock);
  }
}

Done WorkerPool::State::wait_for(std::size_t id) {
  return *wait([&](const Done& d) { return d.id == id; }, [] { return false; });
}

void WorkerPool::State::publish(Tidings tidings) {
  if (tidings.done.empty() && tidings.events.empty()) return;
  const std::lock_guard lock(mutex);
  std::ranges::move(tidings.done, std::back_inserter(done));
  std::ranges::move(tidings.events, std::back_inserter(events));
  while (events.size() > kEventsKept) events.pop_front();
  changed.notify_all();
}

void WorkerPool::State::loop() {
  std::vector<std::unique_ptr<Worker>> workers(environments.size());
  std::vector<pollfd> polls;
  while (true) {
    {
      const std::lock_guard lock(mutex);
      if (stop) return;
      for (auto& [index, job] : incoming) {
        if (!workers[index]) workers[index] = std::make_unique<Worker>(environments[index], script);
        workers[index]->submit(std::move(job));
      }
      incoming.clear();
    }
    Tidings tidings;
    polls.assign(1, {wake.read.get(), POLLIN, 0});
    std::optional<Worker::Clock::time_point> wake_at;
    for (const auto& worker : workers) {
      if (!worker) continue;
      worker->advance(tidings);
      worker->add_polls(polls);
      if (const auto at = worker->wake_at(); at && (!wake_at || *at < *wake_at)) wake_at = at;
    }
    publish(std::move(tidings));
    int timeout = -1;
    if (wake_at) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*wake_at - Worker::Clock::now()).count();
      timeout = static_cast<int>(std::clamp<long>(left, 0, 1000));
    }
    poll(polls.data(), polls.size(), timeout);
    std::string taps;
    (void)read_some(wake.read.get(), taps);
  }
}

WorkerPool::WorkerPool(std::vector<Environment> environments, std::filesystem::path worker)
    : state_(std::make_unique<State>()) {
  state_->environments = std::move(environments);
  state_->script = std::move(worker);
}

WorkerPool::~WorkerPool() {
  if (!state_->thread.joinable()) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  (void)send_some(state_->wake.write.get(), "!");
  state_->thread.join();
}

namespace {

Job run_job(WorkerRequest request) {
  Job job;
  job.who = request.backend.str();
  job.deadline = request.deadline;
  job.exchange = std::make_unique<RunExchange>(std::move(request));
  return job;
}

Result<Run> run_of(const Done& done) {
  if (!done.status.ok()) return done.status.error();
  return static_cast<RunExchange&>(*done.exchange).take();
}

}  // namespace

std::size_t WorkerPool::submit(WorkerRequest request) {
  const auto environment = state_->environment_of(request.backend);
  return state_->queue(environment, run_job(std::move(request)), false);
}

std::optional<WorkerAnswer> WorkerPool::next() {
  State& s = *state_;
  const auto done = s.wait([&](const Done& d) { return !s.reserved.contains(d.id); },
                           [&] { return std::ranges::includes(s.reserved, s.in_flight); });
  if (!done) return std::nullopt;
  return WorkerAnswer{done->id, run_of(*done)};
}

Result<Run> WorkerPool::call(WorkerRequest request) {
  const auto environment = state_->environment_of(request.backend);
  return run_of(state_->wait_for(state_->queue(environment, run_job(std::move(request)), true)));
}

Result<PortDescription> WorkerPool::describe_port(const std::string& path) {
  Job job{0, path, WorkerRequest{}.deadline, std::make_unique<DescribeExchange>(path)};
  const Done done = state_->wait_for(state_->queue(state_->newest(), std::move(job), true));
  if (!done.status.ok()) return done.status.error();
  return std::move(static_cast<DescribeExchange&>(*done.exchange).description);
}

std::vector<Result<Coverage>> WorkerPool::coverage(const std::vector<BackendName>& backends,
                                                   const std::vector<std::string>& ops,
                                                   std::chrono::milliseconds deadline) {
  std::vector<std::size_t> ids;
  for (const BackendName& backend : backends) {
    Job job{0, backend.str(), deadline, std::make_unique<CoverageExchange>(backend, ops)};
    ids.push_back(state_->queue(state_->environment_of(backend), std::move(job), true));
  }
  std::vector<Result<Coverage>> out;
  for (const std::size_t id : ids) {
    const Done done = state_->wait_for(id);
    if (done.status.ok()) {
      out.emplace_back(std::move(static_cast<CoverageExchange&>(*done.exchange).coverage));
    } else {
      out.emplace_back(done.status.error());
    }
  }
  return out;
}

Result<TensorListing> WorkerPool::list_tensors(const FrameworkFile& file) {
  Job job{0, file.path, kLoadingDeadline, std::make_unique<ListExchange>(file)};
  const Done done = state_->wait_for(state_->queue(state_->environment_of(file.backend), std::move(job), true));
  if (!done.status.ok()) return done.status.error();
  return std::move(static_cast<ListExchange&>(*done.exchange).listing);
}

Result<std::vector<std::byte>> WorkerPool::read_elements(const FrameworkFile& file, const ElementRange& range) {
  Job job{0, file.path, kLoadingDeadline, std::make_unique<ReadExchange>(file, range)};
  const Done done = state_->wait_for(state_->queue(state_->environment_of(file.backend), std::move(job), true));
  if (!done.status.ok()) return done.status.error();
  return std::move(static_cast<ReadExchange&>(*done.exchange).bytes);
}

void WorkerPool::on_progress(std::function<void(const std::string&)> hook) {
  const std::lock_guard lock(state_->mutex);
  state_->hook = std::move(hook);
}

}  // namespace roundoff
