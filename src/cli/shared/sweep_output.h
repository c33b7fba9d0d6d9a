// What the commands sweep and merge share: where their reports go, and their exit code.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "report/sweep/view.h"
#include "run/sweep.h"

namespace roundoff {

/// Collects reports and prints them as they come.
class SweepOutput {
 public:
  /// `file`: empty for standard output.
  SweepOutput(const SweepView& view, ViewOptions look, std::string file)
      : view_(view), look_(look), file_(std::move(file)) {}

  void add(const SweepFunction& function);
  /// What stands below all, and the file. The first Error of printing.
  [[nodiscard]] Status finish();

 private:
  void emit(const std::string& text);

  const SweepView& view_;
  ViewOptions look_;
  std::string file_, text_;
  std::vector<SweepFunction> all_;
  Status printed_;
};

/// A view by name; there is one of every name that the options offer.
[[nodiscard]] const SweepView& sweep_view_named(const std::string& name);

/// The worst wins: 4 a kernel or worker failed, 1 something beyond rounding, 5 a truth is undecided, 0.
[[nodiscard]] int exit_code_of(const SweepOutcome& outcome);

}  // namespace roundoff
