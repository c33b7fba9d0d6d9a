// A view of a sweep turns the result model into text. ONE FILE PER VIEW in report/sweep/ defines make_NAME() for
// NAME.cc; it reads roundoff/sweep.h and nothing else. What several views share lives in report/shared/.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/view.h"
#include "roundoff/sweep.h"

namespace roundoff {

struct SweepView {
  std::string name;     ///< the option that asks for it: --NAME
  std::string summary;  ///< one line, for --help and the reference page
  /// One function in all its backends; ends with a newline.
  std::function<std::string(const SweepFunction& function, const ViewOptions& options)> render;
  /// What stands below all functions; may be empty. Absent: nothing does.
  std::function<std::string(const std::vector<SweepFunction>& all, const ViewOptions& options)> close = {};
};

/// Every view, by name. The list is made by the build from this folder.
[[nodiscard]] const std::vector<SweepView>& all_sweep_views();

}  // namespace roundoff
