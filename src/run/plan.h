// What a comparison is asked to do, before anything is looked at.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "roundoff/array.h"
#include "roundoff/result.h"

namespace roundoff {

struct Binding {
  std::string name;
  std::string value;
};
/// "x=uniform(0,1,shape=3)" at the first '='. `what` names the option in errors.
[[nodiscard]] Result<Binding> parse_binding(std::string_view text, std::string_view what);

struct FunctionPlan {
  std::string title;
  std::string expression;             ///< empty: the port's
  std::string port;                   ///< path of a Python file with one function per framework; empty: no port
  std::vector<Binding> inputs;        ///< name, and a generator or the path of a .npy file
  std::vector<Binding> recorded;      ///< label, and the path of a .npy file or a listing
  std::vector<std::string> backends;  ///< as asked for; empty: all that there is
  bool recorded_only = false;         ///< no backend runs: recorded outputs against the truth
  std::vector<std::pair<std::string, Array>> arrays = {};  ///< recorded outputs that have been read: label and array
};

struct Plan {
  std::vector<FunctionPlan> functions;
  // From the command line: for every function; these inputs and backends replace those of a suite.
  std::vector<Binding> inputs;
  std::vector<Binding> recorded;
  std::vector<std::string> backends;
  int repeats = 2;
  std::chrono::milliseconds deadline{60'000};  ///< of one request to a worker
  bool causes = true;
  bool timing = true;
  std::string save;    ///< directory for the arrays; empty: none
  std::string config;  ///< the roundoff.toml that was named, for the line that repeats the run; empty: the one found
};

/// A suite: a TOML file with [[function]] tables of `expression` or `port`, `title`, `inputs`, `recorded`, `backends`.
/// Its relative paths start at its own folder; here they come out as seen from the working directory. Code::input names
/// the line, or the key that is not known.
[[nodiscard]] Result<std::vector<FunctionPlan>> read_suite(const std::string& path);

/// What one word on the command line means: a suite (*.toml), a port (*.py), else an expression.
[[nodiscard]] Result<std::vector<FunctionPlan>> plan_of(const std::string& word);

/// The function with what the command line says put over it.
[[nodiscard]] FunctionPlan merged(const Plan& plan, const FunctionPlan& function);

/// The function as one command line, every word quoted for a shell where it must be.
[[nodiscard]] std::string repro_of(const Plan& plan, const FunctionPlan& merged);
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace roundoff
