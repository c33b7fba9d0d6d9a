// The pipeline: the only code that sees all stages.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "roundoff/report.h"
#include "run/plan.h"
#include "run/workers.h"

namespace roundoff {

struct Listener {
  std::function<void(const std::string&)> progress;   ///< a line at a time, for people
  std::function<void(const FunctionReport&)> report;  ///< in the order of the plan, each as soon as it is complete
};

/// Runs every function of the plan in its backends, side by side; then, with the machine quiet, times them; then
/// reports function by function. An Error means that the question could not be asked (usage, bad input) or the truth
/// not computed; what a backend does wrong is in the reports.
[[nodiscard]] Status compare(const Plan& plan, const std::vector<Environment>& environments, Workers& workers,
                             const Listener& listener);

/// What the reports mean to a shell. The worst wins, in this order: 7 no backend answered for a function and none
/// failed (all are skipped), 4 a worker failed, 1 a verdict among `fail_on`, 5 a truth is undecided or a function not
/// certified, 0.
class ExitCode {
 public:
  explicit ExitCode(std::set<Class> fail_on) : fail_on_(std::move(fail_on)) {}
  void add(const FunctionReport& report);
  [[nodiscard]] int value() const;

 private:
  std::set<Class> fail_on_;
  bool bare_ = false, failed_ = false, beyond_ = false, open_ = false;
};

/// The verdicts that beyond_rounding() names.
[[nodiscard]] std::set<Class> default_fail_on();
/// "unexplained,dtype"; "none" for the empty list. Code::usage with the near names.
[[nodiscard]] Result<std::set<Class>> parse_fail_on(std::string_view text);

}  // namespace roundoff
