#include "cli/shared/sweep_output.h"

#include <algorithm>

#include "cli/shared/console.h"
#include "io/file.h"

namespace roundoff {

void SweepOutput::emit(const std::string& text) {
  if (!file_.empty()) {
    text_ += text;
  } else if (const Status now = print(text); !now) {
    printed_ = now;
  }
}

void SweepOutput::add(const SweepFunction& function) {
  const std::string gap = all_.empty() || view_.name == "json" ? "" : "\n";
  emit(gap + view_.render(function, look_));
  all_.push_back(function);
}

Status SweepOutput::finish() {
  if (view_.close) emit(view_.close(all_, look_));
  if (!file_.empty()) return write_file(file_, {std::as_bytes(std::span(text_))});
  return printed_;
}

const SweepView& sweep_view_named(const std::string& name) {
  return *std::ranges::find(all_sweep_views(), name, &SweepView::name);
}

int exit_code_of(const SweepOutcome& outcome) {
  if (outcome.failed) return static_cast<int>(Code::worker);
  if (outcome.beyond) return 1;
  return outcome.open ? static_cast<int>(Code::undecided) : 0;
}

}  // namespace roundoff
