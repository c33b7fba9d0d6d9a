// Doing the units of one function in one backend, on threads, until done, stopped or failed.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "backends/foreign.h"
#include "backends/resolve.h"
#include "run/sweep/unit.h"

namespace roundoff::sweep {

/// What is swept: a library of this program, a worker, or a foreign kernel.
struct Target {
  std::string label;
  BackendName name;  ///< of workers
  const NativeLibrary* native = nullptr;
  std::optional<ForeignSpec> foreign;
  std::optional<Skipped> skipped;  ///< known, and not here
};
[[nodiscard]] Result<std::vector<Target>> targets_of(const SweepPlan& plan,
                                                     const std::vector<Environment>& environments);

/// One function in one target. `item` has what was done before and gets what is done; `save` is called now and then,
/// with `item` at rest, and its Error ends the run.
class Runner {
 public:
  Runner(const Function& function, const Split& split, const SweepPlan& plan, const SweepListener& listener,
         std::function<Status()> save)
      : function_(function), split_(split), plan_(plan), listener_(listener), save_(std::move(save)) {}

  /// Version and provenance into `item`, or why this target cannot be swept.
  [[nodiscard]] Status introduce(const Target& target, Workers& workers, Item& item);
  /// Every unit of the plan's shard that is not done. An Error of Code::worker is the target's own, and what was done
  /// before it is kept.
  [[nodiscard]] Status run(const Target& target, Workers& workers, Item& item);

 private:
  using MakeEvaluator = std::function<Result<std::unique_ptr<Evaluator>>()>;

  [[nodiscard]] bool stopped() const { return listener_.stop != nullptr && listener_.stop->load(); }
  [[nodiscard]] std::vector<std::int64_t> to_do(const Item& item) const;
  [[nodiscard]] MakeEvaluator maker(const Target& target) const;
  [[nodiscard]] Status run_here(const MakeEvaluator& make, const std::vector<std::int64_t>& units, Item& item);
  void work(const MakeEvaluator& make, const std::vector<std::int64_t>& units, Item& item);

  struct Computed;
  struct Queue;
  [[nodiscard]] Status run_worker(const Target& target, const std::vector<std::int64_t>& units, Workers& workers,
                                  Item& item);
  void feed(const Target& target, const std::vector<std::int64_t>& units, Workers& workers, Queue& queue, Item& item);
  [[nodiscard]] Result<Computed> received(Computed computed, roundoff::Run run, Evaluator& evaluator) const;
  void judge_queue(Queue& queue, Item& item);
  [[nodiscard]] Status judge_computed(Computed& computed, Judge& judge);

  /// Merges what a thread has done.
  void take(Item& item, const Item& part, std::int64_t inputs);
  void fail(const Error& error);
  [[nodiscard]] bool over() const;
  /// A thread's last act.
  void leave();
  /// Until all threads have left.
  void wait(Item& item);
  /// Progress and saving, from the thread that waits, with the lock held.
  void tend(Item& item);

  const Function& function_;
  const Split& split_;
  const SweepPlan& plan_;
  const SweepListener& listener_;
  std::function<Status()> save_;

  mutable std::mutex guard_;
  std::condition_variable changed_;
  std::optional<Error> error_;
  std::size_t next_ = 0;
  int working_ = 0;
  bool unsaved_ = false;
  std::string who_;
  std::int64_t inputs_done_ = 0, inputs_in_all_ = 0;
  double seconds_before_ = 0;
  std::chrono::steady_clock::time_point begun_, told_, save_at_;
};

}  // namespace roundoff::sweep
