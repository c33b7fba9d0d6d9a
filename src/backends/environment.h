// Environments: an interpreter with packages and variables, declared in roundoff.toml or the user's own python3.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "roundoff/result.h"

namespace roundoff {

/// The name of the environment that is the user's own interpreter.
inline constexpr std::string_view kOwnPython = "python3";

/// Variables that processes in made environments do not inherit: another interpreter's packages must not come in, and
/// what is imported is compiled once.
inline constexpr std::array<const char*, 3> kNotForEnvironments{"PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"};

/// The file in an environment's directory that says that it is whole.
inline constexpr std::string_view kCompleteMark = "complete";

struct Environment {
  std::string name;                     ///< "tf1.15"; the user's own interpreter is "python3"
  std::vector<std::string> python;      ///< versions that will do, best first: "3.7"
  std::vector<std::string> installer;   ///< pins of pip itself, installed first
  std::vector<std::string> packages;    ///< pins
  std::vector<std::string> frameworks;  ///< adapters that it serves, in order of preference
  std::map<std::string, std::string> variables;
  std::filesystem::path directory;    ///< where it is, or would be, made; empty for python3
  std::filesystem::path interpreter;  ///< of the made environment; empty where it is not made
  std::string missing;                ///< why it cannot be used, where interpreter is empty
  std::string remedy;                 ///< the line that would mend it
};

/// Reads roundoff.toml (the given path, else in the working directory or a parent, else beside the program's share
/// directory, else in the checkout that the program was built from) and looks which environments are made. They come in
/// the file's order: the first that serves a framework is that framework's own. The user's python3 comes last, with the
/// frameworks that it can import and no made environment serves. Made environments live in $ROUNDOFF_HOME, else
/// $XDG_DATA_HOME/roundoff, else ~/.local/share/roundoff, under NAME-HASH of their declaration.
[[nodiscard]] Result<std::vector<Environment>> load_environments(const std::filesystem::path& file = {});

/// Makes one environment with `python -m venv` and its own pip. It counts as made when all is done: one that is cut off
/// is made anew, and of two processes that make the same one the second waits. Interpreters are looked for on PATH, in
/// pyenv, uv and conda. `progress` gets a line at a time. Code::environment with the remedy where the Python or the
/// registry is missing.
[[nodiscard]] Status create_environment(const Environment& environment,
                                        const std::function<void(const std::string&)>& progress);

/// Makes several, two at a time; the statuses are in their order. `progress` is called from one thread at a time.
[[nodiscard]] std::vector<Status> create_environments(std::span<const Environment> environments,
                                                      const std::function<void(const std::string&)>& progress);

/// The directory that holds worker.py and the adapters.
[[nodiscard]] Result<std::filesystem::path> workers_directory();

/// Every framework that has an adapter: the names of the files adapter_NAME.py beside worker.py, sorted.
[[nodiscard]] std::vector<std::string> known_frameworks();

}  // namespace roundoff
