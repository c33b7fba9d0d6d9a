// The pipeline of a sweep: function after function, backend after backend; what is done goes into the state.
#include "run/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "base/text.h"
#include "run/sweep/report.h"
#include "run/sweep/runner.h"

namespace roundoff {
namespace {

using namespace sweep;

constexpr std::int64_t kMostSamples = 10'000'000'000;

/// "all" spelled out, no function twice.
std::vector<std::string> spelled(const std::vector<std::string>& functions) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(out, name) == out.end()) out.push_back(name);
  };
  for (const std::string& function : functions) {
    if (function != "all") {
      add(function);
      continue;
    }
    for (const auto& [name, op] : all_ops()) {
      if (std::holds_alternative<Elementwise>(op.body)) add(name);
    }
  }
  return out;
}

Status check(const SweepPlan& plan) {
  if (plan.functions.empty()) return Error{Code::usage, "no function is named", "", "roundoff sweep exp"};
  if (!is_float(plan.dtype))
    return Error{Code::usage, fmt::format("{} has no ulp", name_of(plan.dtype)), "--dtype",
                 "float16, bfloat16, float32 or float64"};
  if (plan.samples < 0 || plan.samples > kMostSamples)
    return Error{Code::usage, fmt::format("{} samples", grouped(plan.samples)), "--samples",
                 fmt::format("at most {}", grouped(kMostSamples))};
  if (plan.shards < 1 || plan.shard < 0 || plan.shard >= plan.shards)
    return Error{Code::usage, fmt::format("there is no shard {} of {}", plan.shard + 1, plan.shards), "--shards",
                 "i/N, i from 1 to N"};
  if (plan.shards > 1 && plan.state.empty())
    return Error{Code::usage, "a shard alone is no report", "--shards", "--state FILE, then roundoff merge"};
  if (plan.resume && plan.state.empty())
    return Error{Code::usage, "there is nothing to resume", "--resume", "--state FILE"};
  return {};
}

/// What was done before, or nothing.
Result<State> begun(const SweepPlan& plan, const std::vector<Target>& targets, const SweepListener& listener) {
  State state;
  state.plan = plan;
  for (const Target& target : targets) state.targets.push_back(target.label);
  if (plan.state.empty()) return state;
  std::error_code failed;
  const bool there = std::filesystem::exists(plan.state, failed);
  if (there && !plan.resume) {
    return Error{Code::usage, "there is a state already", plan.state,
                 "--resume goes on with it; or delete it, or name another file"};
  }
  if (!there) {
    if (plan.resume) listener.progress(plan.state + ": there is no state yet; beginning");
    return state;
  }
  ROUNDOFF_TRY(State before, read_state(plan.state));
  ROUNDOFF_CHECK(check_same_work(before, state, plan.state, "repeat the first command, or name another --state"));
  before.plan = plan;
  return before;
}

Item* find(State& state, const std::string& function, const std::string& backend) {
  const auto found = std::ranges::find_if(
      state.items, [&](const Item& item) { return item.function == function && item.backend == backend; });
  return found == state.items.end() ? nullptr : &*found;
}

Status check_units(const Item& item, const Split& split, const std::string& file) {
  if (item.units.empty() || item.units.rbegin()->first < split.units()) return {};
  return Error{Code::input, fmt::format("it has unit {} of {}", item.units.rbegin()->first, split.units()), file,
               "delete it and sweep again"};
}

class Sweep {
 public:
  Sweep(const SweepPlan& plan, Workers& workers, const SweepListener& listener, State state)
      : plan_(plan), workers_(workers), listener_(listener), state_(std::move(state)) {}

  Status function(const std::string& text, const std::vector<Target>& targets) {
    ROUNDOFF_TRY(const Function function, function_of(text, plan_));
    const Split split(function, plan_);
    std::vector<Skipped> failures;
    for (const Target& target : targets) {
      if (stopped()) return {};
      ROUNDOFF_CHECK(one(function, split, target, failures));
    }
    if (stopped()) return {};
    std::vector<const Item*> items;
    for (const Target& target : targets) items.push_back(find(state_, text, target.label));
    SweepFunction report = report_of(function, split, plan_, items);
    for (const Skipped& failure : failures) {
      // What failed at once has nothing to report.
      std::erase_if(report.reports, [&](const SweepReport& r) { return r.backend == failure.name && r.count == 0; });
      report.skipped.push_back(failure);
    }
    note(report, outcome_);
    listener_.report(report);
    return {};
  }

  static void note(const SweepFunction& function, SweepOutcome& outcome) {
    for (const SweepReport& report : function.reports) {
      outcome.beyond = outcome.beyond || report.beyond;
      outcome.open = outcome.open || report.undecided > 0;
    }
    for (const Skipped& skipped : function.skipped) outcome.failed = outcome.failed || skipped.failed;
  }

  [[nodiscard]] bool stopped() const { return listener_.stop != nullptr && listener_.stop->load(); }
  [[nodiscard]] const SweepOutcome& outcome() const { return outcome_; }
  [[nodiscard]] Status save() const { return plan_.state.empty() ? Status() : write_state(plan_.state, state_); }

 private:
  Status one(const Function& function, const Split& split, const Target& target, std::vector<Skipped>& failures) {
    Runner runner(function, split, plan_, listener_, [this] { return save(); });
    Item fresh(function.result);
    fresh.function = function.text;
    fresh.backend = target.label;
    if (const auto judge = Judge::make(*function.op, function.node().attrs, plan_.dtype); !judge) {
      fresh.skipped = Skipped{target.label, judge.error().what, judge.error().remedy, false};
    } else {
      ROUNDOFF_CHECK(runner.introduce(target, workers_, fresh));
    }
    Item* item = find(state_, function.text, target.label);
    if (item == nullptr || (item->skipped && !fresh.skipped)) {
      if (item != nullptr) std::erase_if(state_.items, [&](const Item& i) { return &i == item; });
      state_.items.push_back(std::move(fresh));
      item = &state_.items.back();
    } else if (!item->skipped && (fresh.skipped || item->version != fresh.version)) {
      return Error{Code::usage,
                   fmt::format("its outputs of {} are of version {}, and this is {}", target.label, item->version,
                               fresh.skipped ? "not here" : fresh.version),
                   plan_.state, "go on with that version, or name another --state"};
    }
    if (item->skipped) return {};
    ROUNDOFF_CHECK(check_units(*item, split, plan_.state));
    Status ran = runner.run(target, workers_, *item);
    ROUNDOFF_CHECK(save());
    if (ran.ok()) return {};
    if (ran.error().code != Code::worker && ran.error().code != Code::environment) return ran;
    failures.push_back({target.label, ran.error().what, ran.error().remedy, true});
    listener_.progress(fmt::format("{}: {}: {}", function.text, target.label, ran.error().what));
    return {};
  }

  const SweepPlan& plan_;
  Workers& workers_;
  const SweepListener& listener_;
  State state_;
  SweepOutcome outcome_;
};

/// States of one plan as one.
Result<State> joined(const std::vector<std::string>& files) {
  ROUNDOFF_TRY(State all, read_state(files.front()));
  for (const std::string& file : std::span(files).subspan(1)) {
    ROUNDOFF_TRY(const State state, read_state(file));
    ROUNDOFF_CHECK(
        check_same_work(all, state, file,
                        "merge the shards of one sweep: the same functions, backends, range, dtype, samples and seed"));
    for (const Item& item : state.items) {
      Item* known = find(all, item.function, item.backend);
      if (known == nullptr) {
        all.items.push_back(item);
      } else if (known->skipped && !item.skipped) {
        *known = item;
      } else if (!item.skipped) {
        if (known->version != item.version)
          return Error{Code::usage,
                       fmt::format("{} is {} here and {} in another", item.backend, item.version, known->version), file,
                       "merge shards of one version"};
        for (const auto& [unit, record] : item.units) {
          if (known->units.contains(unit))
            return Error{Code::usage,
                         fmt::format("unit {} of {} in {} is in another file too", unit, item.function, item.backend),
                         file, "give each shard once"};
        }
        known->merge(item);
      }
    }
  }
  return all;
}

}  // namespace

Result<SweepOutcome> run_sweep(const SweepPlan& given, const std::vector<Environment>& environments, Workers& workers,
                               const SweepListener& listener) {
  SweepPlan plan = given;
  plan.functions = spelled(given.functions);
  ROUNDOFF_CHECK(check(plan));
  for (const std::string& text : plan.functions) {
    if (const auto function = function_of(text, plan); !function) return function.error();
  }
  ROUNDOFF_TRY(const std::vector<Target> targets, targets_of(plan, environments));
  ROUNDOFF_TRY(State state, begun(plan, targets, listener));
  Sweep sweep(plan, workers, listener, std::move(state));
  for (const std::string& text : plan.functions) {
    ROUNDOFF_CHECK(sweep.function(text, targets));
    if (sweep.stopped()) break;
  }
  SweepOutcome outcome = sweep.outcome();
  outcome.stopped = sweep.stopped();
  return outcome;
}

Result<SweepOutcome> merge_states(const std::vector<std::string>& files, const SweepListener& listener) {
  ROUNDOFF_TRY(State state, joined(files));
  SweepOutcome outcome;
  for (const std::string& text : state.plan.functions) {
    ROUNDOFF_TRY(const Function function, function_of(text, state.plan));
    const Split split(function, state.plan);
    std::vector<const Item*> items;
    for (const std::string& target : state.targets) {
      const Item* item = find(state, text, target);
      if (item == nullptr) continue;  // no shard came to it
      ROUNDOFF_CHECK(check_units(*item, split, files.front()));
      items.push_back(item);
    }
    const SweepFunction report = report_of(function, split, state.plan, items);
    Sweep::note(report, outcome);
    listener.report(report);
  }
  return outcome;
}

}  // namespace roundoff
