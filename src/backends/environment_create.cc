#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

#include "backends/environment.h"
#include "backends/frames.h"
#include "backends/interpreters.h"
#include "base/subprocess.h"
#include "io/file.h"

namespace roundoff {
namespace {

namespace fs = std::filesystem;
using Progress = std::function<void(const std::string&)>;

Error failure(const Environment& e, std::string what, std::string remedy) {
  return {Code::environment, std::move(what), "environment " + e.name, std::move(remedy)};
}

// Holds NAME-HASH.lock, so that one process at a time makes the environment. The file stays: removing it would let two
// hold "the" lock.
Result<Descriptor> lock(const Environment& e, const Progress& progress) {
  const std::string path = e.directory.string() + ".lock";
  Descriptor file = above_standard(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.open())
    return Error{Code::resource, std::strerror(errno), path, "set ROUNDOFF_HOME to a directory that can be written"};
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  progress("another process is making it: waiting");
  while (flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return Error{Code::resource, std::strerror(errno), path, ""};
  }
  return file;
}

// The lines of pip that tell how far it is.
bool tells_progress(std::string_view line) {
  for (const char* word :
       {"Collecting ", "  Downloading ", "Downloading ", "Installing collected", "Successfully ", "ERROR"}) {
    if (line.starts_with(word)) return true;
  }
  return false;
}

// What pip says went wrong: its last error line, else the last line.
std::string complaint(const Finished& finished) {
  constexpr std::string_view kError = "ERROR: ";
  const std::size_t at = finished.output.rfind(kError);
  if (at == std::string::npos) return printable(last_line(finished.output));
  const std::string_view rest = std::string_view(finished.output).substr(at + kError.size());
  return printable(rest.substr(0, rest.find('\n')));
}

// Runs one program that makes the environment; `remedy` is what to try where it exits with an error.
Status step(const Environment& e, std::vector<std::string> argv, const std::string& what, const std::string& remedy,
            const Progress& progress) {
  using namespace std::chrono_literals;
  Command command;
  command.argv = std::move(argv);
  for (const char* name : kNotForEnvironments) command.variables[name] = std::nullopt;
  // No place other than this environment.
  for (const char* name : {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_NO_CACHE_DIR"})
    command.variables[name] = std::nullopt;
  const auto finished = run_command(command, 20min, [&](std::string_view line) {
    if (tells_progress(line)) progress(printable(line, 160));
  });
  const std::string again = "roundoff env create " + e.name;
  if (!finished.ok()) return failure(e, what + ": " + finished.error().what, again);
  if (finished->late) return failure(e, what + " took longer than 20 minutes", "look at the network, then: " + again);
  if (finished->ending.success()) return {};
  if (finished->ending.signalled)
    return failure(e, fmt::format("{} {}", what, finished->ending.text()), "free memory, then: " + again);
  const std::string words = complaint(*finished);
  return failure(e, fmt::format("{} {}{}{}", what, finished->ending.text(), words.empty() ? "" : ": ", words),
                 remedy + ", then: " + again);
}

// `more`: options that the pip of an old Python may lack until it is replaced by the pinned one.
Status install(const Environment& e, const std::vector<std::string>& packages, const std::vector<std::string>& more,
               const Progress& progress) {
  if (packages.empty()) return {};
  std::vector<std::string> argv{(e.directory / "bin/python").string(), "-m",         "pip",       "install",
                                "--disable-pip-version-check",         "--no-input", "--retries", "2"};
  // A pip before 19 dies of this variable (pip issue 5385), and takes the option.
  if (const char* no_cache = std::getenv("PIP_NO_CACHE_DIR"); no_cache != nullptr && *no_cache != '\0')
    argv.emplace_back("--no-cache-dir");
  argv.insert(argv.end(), more.begin(), more.end());
  argv.insert(argv.end(), packages.begin(), packages.end());
  return step(e, std::move(argv), "pip", "look at the network and at pip's index (pip config list)", progress);
}

// Shows that the frameworks can be imported, and compiles what their import reads, which is a fraction of their files.
Status import(const Environment& e, const Progress& progress) {
  if (e.frameworks.empty()) return {};
  const std::string statement = fmt::format("import {}", fmt::join(e.frameworks, ", "));
  return step(e, {(e.directory / "bin/python").string(), "-c", statement}, statement,
              "look whether this processor and system can run these versions (roundoff.toml)", progress);
}

Status make(const Environment& e, const Progress& progress) {
  auto interpreter = find_interpreter(e.python);
  if (!interpreter.ok()) {
    return failure(e, interpreter.error().what, interpreter.error().remedy + ", then: roundoff env create " + e.name);
  }
  progress(fmt::format("Python {} from {}", interpreter->version, interpreter->path.string()));
  std::error_code error;
  fs::remove_all(e.directory, error);  // what a broken attempt left
  ROUNDOFF_CHECK(step(e, {interpreter->path.string(), "-m", "venv", e.directory.string()}, "venv",
                      fmt::format("look whether {} has its venv module", interpreter->path.string()), progress));
  ROUNDOFF_CHECK(install(e, e.installer, {}, progress));
  ROUNDOFF_CHECK(install(e, e.packages, {"--prefer-binary", "--no-compile", "--progress-bar", "off"}, progress));
  ROUNDOFF_CHECK(import(e, progress));
  const std::string version = interpreter->version + "\n";
  return write_file((e.directory / kCompleteMark).string(), {std::as_bytes(std::span(version))});
}

}  // namespace

Status create_environment(const Environment& e, const Progress& progress) {
  const Progress named = [&](const std::string& line) {
    if (progress) progress(e.name + ": " + line);
  };
  std::error_code error;
  if (e.directory.empty()) return failure(e, "it is not declared in roundoff.toml", "");
  fs::create_directories(e.directory.parent_path(), error);
  ROUNDOFF_TRY(const Descriptor held, lock(e, named));
  if (fs::exists(e.directory / kCompleteMark, error) && fs::exists(e.directory / "bin/python", error)) {
    named("is made");
    return {};
  }
  Status status = make(e, named);
  if (!status.ok()) fs::remove_all(e.directory, error);
  named(status.ok() ? "made" : "failed: " + status.error().what);
  return status;
}

std::vector<Status> create_environments(std::span<const Environment> environments, const Progress& progress) {
  constexpr std::size_t kSideBySide = 2;  // one waits for the network while the other unpacks
  std::vector<Status> statuses(environments.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  const Progress one_at_a_time = [&](const std::string& line) {
    const std::lock_guard held(mutex);
    if (progress) progress(line);
  };
  const auto work = [&] {
    for (std::size_t i = next++; i < environments.size(); i = next++)
      statuses[i] = create_environment(environments[i], one_at_a_time);
  };
  std::vector<std::jthread> threads;
  try {
    for (std::size_t i = 1; i < std::min(kSideBySide, environments.size()); ++i) threads.emplace_back(work);
  } catch (const std::system_error&) {  // no thread to be had: this one does it all
  }
  work();
  threads.clear();
  return statuses;
}

}  // namespace roundoff
