// A view turns the result model into text. ONE FILE PER VIEW in this folder defines make_NAME() for NAME.cc; it reads
// roundoff/report.h and nothing else. What several views share lives in report/shared/.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "roundoff/report.h"

namespace roundoff {

struct ViewOptions {
  std::size_t width = 80;  ///< columns of the terminal
  bool colour = false;     ///< ANSI colours
};

struct View {
  std::string name;      ///< the option that asks for it: --NAME
  std::string summary;   ///< one line, for --help and the reference page
  bool separate = true;  ///< whether an empty line goes between two functions
  /// One function; ends with a newline.
  std::function<std::string(const FunctionReport& report, const ViewOptions& options)> render;
};

/// Every view, by name. The list is made by the build from this folder.
[[nodiscard]] const std::vector<View>& all_views();
/// The one of this name, which is there.
[[nodiscard]] const View& view_named(std::string_view name);

}  // namespace roundoff
