// Child processes and what they are connected by. A Subprocess is passive: whoever owns it runs the loop that waits for
// it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "roundoff/result.h"

namespace roundoff {

/// A file descriptor that closes itself. -1: none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// The same open file under a number above 2: a program may be started with standard streams closed, and gets their
/// numbers then.
[[nodiscard]] Descriptor above_standard(int fd);

/// Two ends. Both are closed on exec, unless a Command passes them on, and are never 0, 1 or 2.
struct Channel {
  Descriptor read;
  Descriptor write;
};
[[nodiscard]] Result<Channel> make_pipe();
/// For what this process writes and a child reads: a socket, because send_some() on it never raises SIGPIPE.
[[nodiscard]] Result<Channel> make_stream();
void set_nonblocking(int fd);

/// Bytes sent on a stream now (0 where it is full), or nullopt where nobody reads it any more.
[[nodiscard]] std::optional<std::size_t> send_some(int fd, std::string_view bytes);

/// Appends what can be read now, at most `most` bytes; false at end of file.
[[nodiscard]] bool read_some(int fd, std::string& out, std::size_t most = 1 << 20);

struct Command {
  std::vector<std::string> argv;  ///< argv[0]: a path, or a name that is looked for on PATH
  /// On top of this process's variables; nullopt takes one away.
  std::map<std::string, std::optional<std::string>> variables;
  std::filesystem::path directory;  ///< working directory; empty: this process's
  std::vector<int> passed;          ///< descriptors that the child finds under the same number; it gets no others
  int out = -1, err = -1;           ///< standard output and error; -1: /dev/null. Standard input is /dev/null.
};

/// How a process ended.
struct Ending {
  bool signalled = false;
  int code = 0;  ///< exit status, or the signal
  [[nodiscard]] bool success() const { return !signalled && code == 0; }
  [[nodiscard]] std::string text() const;  ///< "exited with status 3", "was killed by SIGSEGV"
};

/// A running child, leader of a process group of its own. It gets SIGKILL when the thread that started it ends, in
/// whatever way: start it from a thread that lives as long as the child should.
class Subprocess {
 public:
  Subprocess() = default;
  Subprocess(Subprocess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Subprocess& operator=(Subprocess&& other) noexcept;
  ~Subprocess() { (void)kill(); }

  /// Code::resource where no process can be made, Code::environment where the program cannot be executed.
  [[nodiscard]] static Result<Subprocess> start(const Command& command);

  [[nodiscard]] bool running() const { return pid_ > 0; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Reaps the child if it has ended, and kills what it left in its group.
  [[nodiscard]] std::optional<Ending> try_reap();
  /// Kills the whole process group and reaps the child.
  Ending kill();

 private:
  pid_t pid_ = -1;
};

/// The path of a program: `name` itself where it holds a slash, else the first executable file of that name on PATH;
/// empty where there is none.
[[nodiscard]] std::filesystem::path find_program(const std::string& name);

struct Finished {
  Ending ending;
  bool late = false;   ///< killed at the deadline
  std::string output;  ///< the last 64 KiB of standard output and error together
};

/// Runs a command to its end. `on_line` gets each line of its standard output and error as it comes.
[[nodiscard]] Result<Finished> run_command(Command command, std::chrono::milliseconds deadline,
                                           const std::function<void(std::string_view)>& on_line = {});

}  // namespace roundoff
