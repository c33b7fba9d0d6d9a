// A subcommand. ONE FILE PER SUBCOMMAND in this folder defines make_NAME() for NAME.cc: its options and what it runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "roundoff/result.h"

namespace CLI {
class App;
}

namespace roundoff {

struct Command {
  std::string name;
  std::string summary;  ///< one line, for --help and the reference page
  /// Declares its options on `app` and answers what runs it: the exit code, or the Error that main() prints.
  std::function<std::function<Result<int>()>(CLI::App& app)> declare;
};

/// Every subcommand, by name. The list is made by the build from this folder.
[[nodiscard]] const std::vector<Command>& all_commands();

}  // namespace roundoff
