#include "run/sweep/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "balls/arb.h"
#include "base/arithmetic.h"
#include "base/parallel.h"
#include "base/text.h"

namespace roundoff::sweep {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kTell = 5s;
constexpr std::chrono::milliseconds kFirstSave = 200ms, kSave = 1s;
constexpr int kSaveShare = 20;  // saving takes at most one part in so many of the time

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

std::string spell(double s) {
  if (s < 90) return fmt::format("{:.0f} s", s);
  if (s < 5400) return fmt::format("{:.0f} min", s / 60);
  return fmt::format("{:.1f} h", s / 3600);
}

}  // namespace

Result<std::vector<Target>> targets_of(const SweepPlan& plan, const std::vector<Environment>& environments) {
  std::vector<Target> targets;
  std::vector<BackendName> names;
  for (const std::string& text : plan.backends) {
    ROUNDOFF_TRY(BackendName name, parse_backend_name(text));
    names.push_back(std::move(name));
  }
  if (plan.backends.empty() && plan.kernels.empty()) {
    for (const NativeLibrary& native : native_libraries()) names.push_back({native.name, "", ""});
  }
  ROUNDOFF_TRY(const Selection selection, resolve(names, environments));
  for (const Resolved& backend : selection.backends)
    targets.push_back(
        {.label = backend.label, .name = backend.name, .native = backend.native, .foreign = {}, .skipped = {}});
  for (const Skipped& skipped : selection.skipped)
    targets.push_back({.label = skipped.name, .name = {}, .native = nullptr, .foreign = {}, .skipped = skipped});
  for (const std::string& kernel : plan.kernels) {
    ROUNDOFF_TRY(ForeignSpec spec, parse_foreign(kernel));
    targets.push_back({.label = kernel, .name = {}, .native = nullptr, .foreign = std::move(spec), .skipped = {}});
  }
  return targets;
}

// ---- the loop
// --------------------------------------------------------------------------------------------------------

std::vector<std::int64_t> Runner::to_do(const Item& item) const {
  std::vector<std::int64_t> units;
  for (std::int64_t unit = plan_.shard; unit < split_.units(); unit += plan_.shards) {
    if (!item.units.contains(unit)) units.push_back(unit);
  }
  return units;
}

void Runner::take(Item& item, const Item& part, std::int64_t inputs) {
  const std::lock_guard lock(guard_);
  item.merge(part);
  inputs_done_ += inputs;
  unsaved_ = true;
}

void Runner::fail(const Error& error) {
  const std::lock_guard lock(guard_);
  if (!error_) error_ = error;
}

bool Runner::over() const {
  const std::lock_guard lock(guard_);
  return error_.has_value();
}

void Runner::tend(Item& item) {
  const auto now = Clock::now();
  if (now - told_ >= kTell) {
    told_ = now;
    const double rate = static_cast<double>(inputs_done_) / seconds(now - begun_);
    const double left = rate > 0 ? static_cast<double>(inputs_in_all_ - inputs_done_) / rate : 0;
    listener_.progress(fmt::format("{}: {} of {} inputs, {:.3g} million a second{}", who_, grouped(inputs_done_),
                                   grouped(inputs_in_all_), rate * 1e-6,
                                   inputs_done_ > 0 ? ", " + spell(left) + " left" : ""));
  }
  if (unsaved_ && now >= save_at_) {
    item.seconds = plan_.timing ? seconds_before_ + seconds(now - begun_) : 0;
    const Status saved = save_();
    save_at_ = Clock::now() + std::max<Clock::duration>(kSave, kSaveShare * (Clock::now() - now));
    unsaved_ = false;
    if (!saved && !error_) error_ = saved.error();
  }
}

Status Runner::run(const Target& target, Workers& workers, Item& item) {
  const std::vector<std::int64_t> units = to_do(item);
  if (units.empty()) return {};
  who_ = fmt::format("{}: {}", function_.text, target.label);
  inputs_in_all_ = 0;
  for (const std::int64_t unit : units) inputs_in_all_ += split_.count(unit);
  seconds_before_ = item.seconds;
  begun_ = told_ = Clock::now();
  save_at_ = begun_ + kFirstSave;
  const bool here = target.native != nullptr || target.foreign.has_value();
  Status status = here ? run_here(maker(target), units, item) : run_worker(target, units, workers, item);
  item.seconds = plan_.timing ? seconds_before_ + seconds(Clock::now() - begun_) : 0;
  return status;
}

// ---- kernels that this process calls
// ----------------------------------------------------------------------------------

Runner::MakeEvaluator Runner::maker(const Target& target) const {
  if (target.foreign) {
    return [this, &target] {
      return foreign_evaluator(*target.foreign, plan_.dtype, function_.arity(), plan_.host, plan_.deadline);
    };
  }
  Node node = function_.sized(1).nodes.back();
  return [native = target.native, node]() -> Result<std::unique_ptr<Evaluator>> {
    return native_evaluator(*native, node);
  };
}

void Runner::work(const MakeEvaluator& make, const std::vector<std::int64_t>& units, Item& item) {
  const StandardArithmetic arithmetic;
  auto evaluator = make();
  auto judge = Judge::make(*function_.op, function_.node().attrs, plan_.dtype);
  if (!evaluator) return fail(evaluator.error());
  if (!judge) return fail(judge.error());
  const auto next = [&]() -> std::optional<std::int64_t> {
    const std::lock_guard lock(guard_);
    if (error_ || stopped() || next_ == units.size()) return std::nullopt;
    return units[next_++];
  };
  const Error interrupted{Code::worker, "stopped", "", ""};
  while (const auto unit = next()) {
    Item part(function_.result);
    bool probed = false;
    const auto outputs = [&](std::int64_t, const Slice& slice) -> Result<Array> {
      if (stopped()) return interrupted;
      ROUNDOFF_TRY(Array y, (*evaluator)->evaluate(slice.in, Layout::plain));
      if (!probed) {
        probed = true;
        ROUNDOFF_CHECK(probe_repeat(slice, y, **evaluator, part));
        ROUNDOFF_CHECK(probe_layout(slice, y, **evaluator, part));
      }
      return y;
    };
    const Status judged = judge_unit(function_, split_, *unit, *judge, outputs, part);
    if (!judged) {
      if (!stopped()) fail(judged.error());
      break;
    }
    for (const std::string& note : (*evaluator)->notes()) part.notes.insert(note);
    take(item, part, split_.count(*unit));
  }
}

void Runner::leave() {
  flint_cleanup();
  const std::lock_guard lock(guard_);
  --working_;
  changed_.notify_all();
}

void Runner::wait(Item& item) {
  std::unique_lock lock(guard_);
  while (working_ > 0) {
    changed_.wait_for(lock, 200ms);
    tend(item);
  }
}

Status Runner::run_here(const MakeEvaluator& make, const std::vector<std::int64_t>& units, Item& item) {
  next_ = 0;
  working_ = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(thread_count()), units.size()));
  std::vector<std::thread> threads;
  for (int i = 0, count = working_; i < count; ++i) {
    threads.emplace_back([&] {
      work(make, units, item);
      leave();
    });
  }
  wait(item);
  for (std::thread& thread : threads) thread.join();
  return error_ ? Status(*error_) : Status();
}

}  // namespace roundoff::sweep
