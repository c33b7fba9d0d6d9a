// Python interpreters on this machine, and the places where things of the program lie.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "roundoff/result.h"

namespace roundoff {

/// The user's home directory: $HOME, else what the system says.
[[nodiscard]] std::filesystem::path home_directory();
/// $name if it is set and not empty, else `otherwise`.
[[nodiscard]] std::filesystem::path directory_variable(const char* name, const std::filesystem::path& otherwise);
/// Where this program's own file lies.
[[nodiscard]] std::filesystem::path program_directory();

/// Files called pythonX.Y on PATH, in pyenv, uv and conda, best first. Nothing is run: they may turn out broken.
[[nodiscard]] std::vector<std::filesystem::path> interpreter_candidates(const std::string& version);

struct Interpreter {
  std::filesystem::path path;
  std::string version;  ///< "3.7.16"
};

/// The first candidate of the first version that runs, is a CPython of that version and can make environments.
/// Code::environment with the line that would install one.
[[nodiscard]] Result<Interpreter> find_interpreter(const std::vector<std::string>& versions);

/// That no such Python is here, and how to get one.
[[nodiscard]] Error no_interpreter(const std::vector<std::string>& versions);

}  // namespace roundoff
