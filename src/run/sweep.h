// A sweep: one op of one backend over every float of a range, or over a sample, against certified truths. Its state is
// exact and merges, so that any split over threads, interruptions, processes and machines gives the same report.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "backends/environment.h"
#include "roundoff/sweep.h"
#include "run/workers.h"

namespace roundoff {

struct SweepPlan {
  std::vector<std::string> functions;  ///< names or calls of elementwise ops; "all" means every one
  std::vector<std::string> backends;   ///< as asked for; empty with no kernels: the native libraries
  std::vector<std::string> kernels;    ///< ./mine.so:fn[:scalar|:vector]
  DType dtype = DType::float32;
  std::vector<std::string> ranges;  ///< none: every float; one: of all arguments; else one for each
  std::int64_t samples = 0;         ///< 0: every input of functions of one argument, up to float32; else 2^20
  std::uint64_t seed = 1;

  // How it is done; none of this is in a report.
  std::int64_t shard = 0, shards = 1;  ///< this shard (from 0) of so many
  std::string state;                   ///< file that keeps what is done; empty: none
  bool resume = false;
  bool timing = true;
  std::chrono::milliseconds deadline{60'000};  ///< of one call of a kernel or worker
  std::string host;                            ///< program that runs foreign kernels (backends/foreign.h)
};

struct SweepListener {
  std::function<void(const std::string&)> progress;  ///< a line at a time, for people
  std::function<void(const SweepFunction&)> report;  ///< in the order of the plan, as soon as complete
  const std::atomic<bool>* stop = nullptr;           ///< set from outside: keep what is done and return
};

struct SweepOutcome {
  bool stopped = false;  ///< by the listener; the state file, if there is one, has what was done
  bool failed = false;   ///< a kernel or a worker failed
  bool beyond = false;   ///< some report says more than rounding
  bool open = false;     ///< a truth is undecided
};

/// Runs the plan. An Error means that the question could not be asked, or a state not be read or written; what a
/// backend does wrong is in the reports.
[[nodiscard]] Result<SweepOutcome> run_sweep(const SweepPlan& plan, const std::vector<Environment>& environments,
                                             Workers& workers, const SweepListener& listener);

/// The report of one or several state files of one plan: the same as of a sweep that did all of it at once. Code::usage
/// where they are of different plans or hold the same work twice.
[[nodiscard]] Result<SweepOutcome> merge_states(const std::vector<std::string>& files, const SweepListener& listener);

}  // namespace roundoff
