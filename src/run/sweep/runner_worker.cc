// Units in a framework's process: the next ones are computed there while earlier ones are judged here.
#include <fmt/format.h>

#include <cstring>
#include <deque>
#include <map>
#include <thread>

#include "base/arithmetic.h"
#include "base/parallel.h"
#include "base/text.h"
#include "io/file.h"
#include "run/machine.h"
#include "run/sweep/runner.h"

namespace roundoff::sweep {
/// The slices of a unit, one after the other in one array for each argument.
struct UnitArrays {
  std::vector<Slice> slices;
  std::vector<Array> in;
};

namespace {

constexpr std::int64_t kProbeEvery = 16;  // units
constexpr std::size_t kAhead = 2;         // units in the worker's queue while one is judged
constexpr int kSampleLength = 1;          // of the first call, which says version and support

Array joined(const std::vector<Slice>& slices, std::size_t argument, DType dtype, std::int64_t count) {
  Array all = Array::make(dtype, {count}).value();
  auto to = all.mutable_bytes().begin();
  for (const Slice& slice : slices) {
    const auto bytes = slice.in[argument].bytes();
    to = std::copy(bytes.begin(), bytes.end(), to);
  }
  return all;
}

UnitArrays arrays_of(const Function& function, const Split& split, std::int64_t unit) {
  UnitArrays arrays;
  for (std::int64_t i = 0; i < split.slices(unit); ++i) arrays.slices.push_back(split.slice(unit, i));
  for (std::size_t k = 0; k < function.arity(); ++k)
    arrays.in.push_back(joined(arrays.slices, k, function.dtypes[k], split.count(unit)));
  return arrays;
}

WorkerRequest request_of(const Function& function, const BackendName& name, const std::vector<Array>& in,
                         std::chrono::milliseconds deadline) {
  WorkerRequest request;
  request.backend = name;
  request.graph = to_json(function.sized(in[0].size()));
  for (std::size_t k = 0; k < in.size(); ++k) request.inputs.emplace_back(function.names[k], in[k]);
  request.repeats = 1;
  request.deadline = deadline;
  return request;
}

/// Single calls, for probes: each waits for its answer.
class WorkerEvaluator final : public Evaluator {
 public:
  WorkerEvaluator(const Function& function, const BackendName& name, Workers& workers,
                  std::chrono::milliseconds deadline)
      : function_(function), name_(name), workers_(workers), deadline_(deadline) {}
  Result<Array> evaluate(std::span<const Array> in, Layout) override {
    ROUNDOFF_TRY(roundoff::Run run, workers_.call(request_of(function_, name_, {in.begin(), in.end()}, deadline_)));
    return std::move(run.output);
  }

 private:
  const Function& function_;
  BackendName name_;
  Workers& workers_;
  std::chrono::milliseconds deadline_;
};

/// SHA-256 of a kernel's file: its version.
Result<std::string> file_digest(const std::string& path) {
  ROUNDOFF_TRY(const InputFile file, InputFile::open(path));
  std::string bytes(file.size(), '\0');
  ROUNDOFF_CHECK(file.read_at(0, std::as_writable_bytes(std::span(bytes))));
  return sha256_hex(bytes);
}

/// Slice `index` of the unit out of the array that the worker answered.
Array slice_of(const Array& all, const std::vector<Slice>& slices, std::int64_t index) {
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < index; ++i) at += slices[static_cast<std::size_t>(i)].count();
  Array y = Array::make(all.dtype(), {slices[static_cast<std::size_t>(index)].count()}).value();
  std::memcpy(y.mutable_bytes().data(), all.bytes().data() + static_cast<std::size_t>(at) * size_of(y.dtype()),
              y.bytes().size());
  return y;
}

}  // namespace

/// A unit that the worker has computed, and what was seen of it on the way.
struct Runner::Computed {
  std::int64_t unit = 0;
  UnitArrays arrays;
  std::optional<Item> part;
  Array output;
};

/// What stands between the thread that talks to the worker and those that judge.
struct Runner::Queue {
  std::deque<Computed> units;
  bool closed = false;
};

Status Runner::introduce(const Target& target, Workers& workers, Item& item) {
  if (target.skipped) {
    item.skipped = target.skipped;
    return {};
  }
  const auto skip = [&](const Error& error, bool failed) {
    item.skipped =
        Skipped{target.label, error.place.empty() ? error.what : error.place + ": " + error.what, error.remedy, failed};
    return Status();
  };
  item.provenance["cpu"] = processor_name();
  if (target.native != nullptr) {
    if (!target.native->supports(*function_.op, plan_.dtype, function_.node().attrs))
      return skip(
          {Code::usage, fmt::format("{} has no {} in {}", target.label, function_.node().name, name_of(plan_.dtype)),
           "", ""},
          false);
    item.version = target.native->version;
    item.provenance.insert(target.native->provenance.begin(), target.native->provenance.end());
    // As StandardArithmetic sets them round every call.
    item.provenance["rounding"] = "nearest";
    item.provenance["ftz"] = "off";
    return {};
  }
  if (target.foreign) {
    // Whether it can be loaded and called at all.
    if (const auto trial = maker(target)(); !trial) return trial.error();
    ROUNDOFF_TRY(const std::string digest, file_digest(target.foreign->path));
    item.version = digest.substr(0, 16);
    item.provenance["sha256"] = digest;
    item.provenance["file"] = target.foreign->path;
    return {};
  }
  std::vector<Array> in;
  for (const DType dtype : function_.dtypes) {
    ROUNDOFF_TRY(Array one, Array::make(dtype, {kSampleLength}));
    one.set(0, 0.5);
    in.push_back(std::move(one));
  }
  const auto run = workers.call(request_of(function_, target.name, in, plan_.deadline));
  if (!run) return skip(run.error(), run.error().code != Code::usage);
  item.version = run->version;
  for (const auto& [key, value] : run->provenance) item.provenance.emplace(key, value);
  return {};
}

Status Runner::judge_computed(Computed& computed, Judge& judge) {
  const auto outputs = [&](std::int64_t index, const Slice&) -> Result<Array> {
    if (stopped()) return Error{Code::worker, "stopped", "", ""};
    return slice_of(computed.output, computed.arrays.slices, index);
  };
  return judge_unit(function_, split_, computed.unit, judge, outputs, *computed.part);
}

void Runner::judge_queue(Queue& queue, Item& item) {
  const StandardArithmetic arithmetic;
  auto judge = Judge::make(*function_.op, function_.node().attrs, plan_.dtype);
  if (!judge) return fail(judge.error());
  while (true) {
    std::unique_lock lock(guard_);
    changed_.wait(lock, [&] { return queue.closed || error_ || !queue.units.empty(); });
    if (error_ || queue.units.empty()) return;
    Computed computed = std::move(queue.units.front());
    queue.units.pop_front();
    lock.unlock();
    changed_.notify_all();
    const Status judged = judge_computed(computed, *judge);
    if (judged.ok()) {
      take(item, *computed.part, split_.count(computed.unit));
    } else {
      return stopped() ? void() : fail(judged.error());
    }
  }
}

Result<Runner::Computed> Runner::received(Computed computed, roundoff::Run run, Evaluator& evaluator) const {
  const std::int64_t wanted = split_.count(computed.unit);
  if (run.output.size() != wanted)
    return Error{Code::worker, fmt::format("it answers {} elements for {}", run.output.size(), wanted), who_, ""};
  computed.part.emplace(function_.result);
  for (const std::string& note : run.notes) computed.part->notes.insert(note);
  if (computed.unit % kProbeEvery == 0) {
    computed.part->unstable.of = wanted;
    computed.part->unstable.differ = run.unstable;
    const auto first = std::ranges::find_if(computed.arrays.slices, [](const Slice& s) { return s.count() > 0; });
    ROUNDOFF_CHECK(probe_layout(*first, run.output, evaluator, *computed.part));
  }
  computed.output = std::move(run.output);
  return computed;
}

void Runner::feed(const Target& target, const std::vector<std::int64_t>& units, Workers& workers, Queue& queue,
                  Item& item) {
  WorkerEvaluator evaluator(function_, target.name, workers, plan_.deadline);
  std::map<std::size_t, Computed> asked;
  std::size_t next = 0;
  while (!over() && !stopped()) {
    for (; next < units.size() && asked.size() < kAhead; ++next) {
      Computed computed{units[next], arrays_of(function_, split_, units[next]), {}, {}};
      WorkerRequest request = request_of(function_, target.name, computed.arrays.in, plan_.deadline);
      request.repeats = computed.unit % kProbeEvery == 0 ? 2 : 1;
      asked.emplace(workers.submit(std::move(request)), std::move(computed));
    }
    std::optional<WorkerAnswer> answer = workers.next();
    if (!answer) break;
    auto found = asked.extract(answer->id);
    if (found.empty()) continue;
    if (!answer->run) {
      fail(answer->run.error());
      break;
    }
    auto computed = received(std::move(found.mapped()), std::move(answer->run).value(), evaluator);
    if (!computed) {
      fail(computed.error());
      break;
    }
    std::unique_lock lock(guard_);
    queue.units.push_back(std::move(*computed));
    changed_.notify_all();
    do {
      tend(item);
      changed_.wait_for(lock, std::chrono::milliseconds(queue.units.size() > kAhead ? 200 : 0));
    } while (queue.units.size() > kAhead && !error_ && !stopped());
  }
  // Answers that nobody wants any more: a later sweep's next() must not meet them.
  for (; !asked.empty() && workers.next(); asked.erase(asked.begin())) {
  }
}

Status Runner::run_worker(const Target& target, const std::vector<std::int64_t>& units, Workers& workers, Item& item) {
  Queue queue;
  std::vector<std::thread> judges;
  working_ = thread_count();
  for (int i = 0; i < thread_count(); ++i) {
    judges.emplace_back([&] {
      judge_queue(queue, item);
      leave();
    });
  }
  feed(target, units, workers, queue, item);
  {
    const std::lock_guard lock(guard_);
    queue.closed = true;
    changed_.notify_all();
  }
  wait(item);
  for (std::thread& judge : judges) judge.join();
  return error_ ? Status(*error_) : Status();
}

}  // namespace roundoff::sweep
