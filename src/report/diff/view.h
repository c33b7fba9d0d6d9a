// A view of `roundoff diff`. ONE FILE PER VIEW in this folder defines make_NAME() for NAME.cc; it reads roundoff/diff.h
// and nothing else. What several share lives in report/diff/shared/.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/view.h"
#include "roundoff/diff.h"

namespace roundoff {

struct DiffView {
  std::string name;     ///< the option that asks for it: --NAME
  std::string summary;  ///< one line, for --help and the reference page
  /// The whole report; ends with a newline.
  std::function<std::string(const DiffReport& report, const ViewOptions& options)> render;
};

/// Every view, by name. The list is made by the build from this folder.
[[nodiscard]] const std::vector<DiffView>& all_diff_views();

}  // namespace roundoff
