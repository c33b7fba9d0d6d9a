#include "backends/interpreters.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "backends/frames.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace roundoff {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> subdirectories(const fs::path& directory) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) out.push_back(it->path());
  }
  return out;
}

// The last number of "…3.7.16…", so that newer patches come first.
int patch_of(const fs::path& directory, const std::string& version) {
  const std::string name = directory.filename();
  const std::size_t at = name.find(version + ".");
  return at == std::string::npos ? 0 : std::atoi(name.c_str() + at + version.size() + 1);
}

// Installations of one manager: those directories whose name holds the version, newest first.
std::vector<fs::path> installations(const fs::path& directory, const std::string& prefix, const std::string& version) {
  std::vector<fs::path> out;
  for (const fs::path& entry : subdirectories(directory)) {
    const std::string name = entry.filename();
    if (name == prefix + version || name.starts_with(prefix + version + ".") ||
        name.starts_with(prefix + version + "-")) {
      out.push_back(entry / "bin");
    }
  }
  std::ranges::stable_sort(out, std::greater{},
                           [&](const fs::path& bin) { return patch_of(bin.parent_path(), version); });
  return out;
}

std::vector<fs::path> path_directories(const fs::path& pyenv) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  std::vector<fs::path> out;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    // pyenv's shims are there for versions that are not switched on: its own directory is looked into instead.
    if (const fs::path directory = rest.substr(0, end); directory.is_absolute() && directory != pyenv / "shims")
      out.push_back(directory);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const char* usual : {"/usr/local/bin", "/usr/bin"}) out.emplace_back(usual);
  return out;
}

std::vector<fs::path> conda_directories() {
  const fs::path home = home_directory();
  std::vector<fs::path> roots{directory_variable("CONDA_PREFIX", {}), "/opt/conda"};
  for (const char* name : {"miniconda3", "anaconda3", "miniforge3", "mambaforge"}) roots.push_back(home / name);
  std::ifstream list(home / ".conda" / "environments.txt");
  for (std::string line; std::getline(list, line);) roots.emplace_back(line);
  std::vector<fs::path> out;
  for (const fs::path& root : roots) {
    if (root.empty()) continue;
    out.push_back(root / "bin");
    for (const fs::path& environment : subdirectories(root / "envs")) out.push_back(environment / "bin");
  }
  return out;
}

// Runs a candidate: its version and that it can make environments, or why not.
Result<std::string> probe(const fs::path& candidate) {
  using namespace std::chrono_literals;
  Command command;
  command.argv = {candidate.string(), "-I", "-c",
                  "import sys, platform, ensurepip, venv; print('roundoff', platform.python_implementation(), "
                  "platform.python_version())"};
  ROUNDOFF_TRY(const Finished finished, run_command(command, 20s));
  constexpr std::string_view kMark = "roundoff CPython ";
  const std::string_view line = last_line(finished.output);
  if (!finished.ending.success() || !line.starts_with(kMark)) {
    return Error{Code::environment, finished.late ? "does not answer" : printable(line), candidate.string(), ""};
  }
  return std::string(line.substr(kMark.size()));
}

}  // namespace

fs::path home_directory() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  const passwd* user = getpwuid(getuid());
  return user != nullptr ? user->pw_dir : "/";
}

fs::path directory_variable(const char* name, const fs::path& otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? fs::path(value) : otherwise;
}

fs::path program_directory() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::vector<fs::path> interpreter_candidates(const std::string& version) {
  const fs::path home = home_directory();
  const fs::path pyenv = directory_variable("PYENV_ROOT", home / ".pyenv");
  const fs::path data = directory_variable("XDG_DATA_HOME", home / ".local/share");
  std::vector<fs::path> directories = path_directories(pyenv);
  const auto add = [&](const std::vector<fs::path>& more) {
    directories.insert(directories.end(), more.begin(), more.end());
  };
  add(installations(pyenv / "versions", "", version));
  add(installations(directory_variable("UV_PYTHON_INSTALL_DIR", data / "uv/python"), "cpython-", version));
  add(conda_directories());
  std::vector<fs::path> out;
  for (const fs::path& directory : directories) {
    const fs::path candidate = directory / ("python" + version);
    std::error_code ignored;
    if (fs::is_regular_file(candidate, ignored) && std::ranges::find(out, candidate) == out.end())
      out.push_back(candidate);
  }
  return out;
}

Error no_interpreter(const std::vector<std::string>& versions) {
  return {Code::environment, fmt::format("there is no Python {} on this machine", either(versions)), "",
          fmt::format("install it, for example: pyenv install {}", versions.front())};
}

Result<Interpreter> find_interpreter(const std::vector<std::string>& versions) {
  Error error = no_interpreter(versions);
  for (const std::string& version : versions) {
    for (const fs::path& candidate : interpreter_candidates(version)) {
      auto found = probe(candidate);
      if (found.ok() && found->starts_with(version + ".")) return Interpreter{candidate, *found};
      if (found.ok()) continue;
      error.what = fmt::format("{} cannot be used: {}", candidate.string(), found.error().what);
      if (found.error().what.find("ensurepip") != std::string::npos) {
        error.remedy = fmt::format("install its venv module, for example: sudo apt-get install python{}-venv", version);
      }
    }
  }
  return error;
}

}  // namespace roundoff
