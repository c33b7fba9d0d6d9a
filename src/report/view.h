// A view turns the result model into text. One file per view: NAME.cc defines NAME_view(). A view reads
// roundoff/report.h and nothing else.
#pragma once

#include <cstddef>
#include <string>

#include "roundoff/report.h"

namespace roundoff {

struct ViewOptions {
  std::size_t width = 80;  ///< columns of the terminal
  bool colour = false;     ///< ANSI colours
};

/// For people at a terminal; ends with a newline.
[[nodiscard]] std::string terminal_view(const FunctionReport& report, const ViewOptions& options);
/// One document of schema roundoff.compare/1 (docs/json.md) on one line; ends with a newline.
[[nodiscard]] std::string json_view(const FunctionReport& report);
/// For a page or an issue; ends with a newline.
[[nodiscard]] std::string markdown_view(const FunctionReport& report);

}  // namespace roundoff
