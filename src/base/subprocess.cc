#include "base/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace roundoff {
namespace {

using Clock = std::chrono::steady_clock;

Error system_error(const std::string& what) {
  return {Code::resource, fmt::format("{}: {}", what, std::strerror(errno)), "",
          "free processes or descriptors (ulimit -a)"};
}

Result<Channel> channel_of(const std::array<int, 2>& ends) {
  Channel channel{above_standard(ends[0]), above_standard(ends[1])};
  if (!channel.read.open() || !channel.write.open()) return system_error("cannot make a pipe");
  return channel;
}

// The child's variables as execve wants them; the strings own the bytes.
std::vector<std::string> variables_of(const Command& command) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    if (!command.variables.contains(std::string(line.substr(0, line.find('='))))) out.emplace_back(line);
  }
  for (const auto& [name, value] : command.variables) {
    if (value) out.push_back(name + "=" + *value);
  }
  return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

// Everything that the child needs, made before fork: between fork and exec only async-signal-safe calls are allowed.
struct Launch {
  const char* program;
  char* const* argv;
  char* const* envp;
  const char* directory;
  const int* passed;
  std::size_t passed_count;
  int in, out, err;
  int failure;  // takes errno where exec fails; closed by exec
  pid_t parent;
};

[[noreturn]] void become(const Launch& launch) {
  const auto fail = [&] {
    const int error = errno;
    (void)!write(launch.failure, &error, sizeof error);
    _exit(127);
  };
  setpgid(0, 0);
  // The parent may have died before prctl took effect: then nobody would send the signal.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail();
  if (getppid() != launch.parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  // Descriptors of other libraries must not leak. Kernels before 5.11 lack the flag: ours are closed on exec anyway.
  constexpr unsigned kCloseOnExec = 1U << 2;
  (void)syscall(SYS_close_range, 3U, ~0U, kCloseOnExec);
  if (dup2(launch.in, 0) < 0 || dup2(launch.out, 1) < 0 || dup2(launch.err, 2) < 0) fail();
  for (std::size_t i = 0; i < launch.passed_count; ++i) {
    if (fcntl(launch.passed[i], F_SETFD, 0) != 0) fail();
  }
  if (launch.directory != nullptr && chdir(launch.directory) != 0) fail();
  execve(launch.program, launch.argv, launch.envp);
  fail();
  _exit(127);
}

// fork() without the handlers of libraries: OpenBLAS's would stop its threads, in use by another thread of this
// process.
pid_t make_child() {
#if __GLIBC_PREREQ(2, 34)
  return _Fork();
#else
  return fork();
#endif
}

Ending ending_of(int status) {
  if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
  return {false, WEXITSTATUS(status)};
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

void Descriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Descriptor above_standard(int fd) {
  if (fd < 0 || fd > 2) return Descriptor(fd);
  const Descriptor low(fd);
  return Descriptor(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

Result<Channel> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("cannot make a pipe");
  return channel_of(ends);
}

Result<Channel> make_stream() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return system_error("cannot make a socket pair");
  return channel_of(ends);
}

void set_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

std::optional<std::size_t> send_some(int fd, std::string_view bytes) {
  while (true) {
    const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno != EINTR) return std::nullopt;
  }
}

bool read_some(int fd, std::string& out, std::size_t most) {
  std::array<char, 65536> buffer;
  for (std::size_t taken = 0; taken < most;) {
    const ssize_t n = read(fd, buffer.data(), std::min(buffer.size(), most - taken));
    if (n == 0) return false;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    out.append(buffer.data(), static_cast<std::size_t>(n));
    taken += static_cast<std::size_t>(n);
  }
  return true;
}

std::string Ending::text() const {
  if (!signalled) return fmt::format("exited with status {}", code);
  const char* name = sigabbrev_np(code);
  return name != nullptr ? fmt::format("was killed by SIG{}", name) : fmt::format("was killed by signal {}", code);
}

std::filesystem::path find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    std::filesystem::path candidate = std::filesystem::path(rest.substr(0, end)) / name;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(candidate, ignored) && access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

Subprocess& Subprocess::operator=(Subprocess&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

Result<Subprocess> Subprocess::start(const Command& command) {
  const std::filesystem::path program = find_program(command.argv.at(0));
  if (program.empty()) return Error{Code::environment, "there is no such program on PATH", command.argv[0], ""};
  ROUNDOFF_TRY(Channel failure, make_pipe());
  Descriptor null = above_standard(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.open()) return system_error("cannot open /dev/null");

  std::vector<std::string> arguments = command.argv;
  std::vector<std::string> variables = variables_of(command);
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(variables);
  const Launch launch{program.c_str(),
                      argv.data(),
                      envp.data(),
                      command.directory.empty() ? nullptr : command.directory.c_str(),
                      command.passed.data(),
                      command.passed.size(),
                      null.get(),
                      command.out >= 0 ? command.out : null.get(),
                      command.err >= 0 ? command.err : null.get(),
                      failure.write.get(),
                      getpid()};
  // Signals wait until the child has its own state: a handler of this process must not run in it.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = make_child();
  if (pid == 0) become(launch);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return system_error("cannot make a process");

  setpgid(pid, pid);  // the child does the same: whoever comes first
  failure.write.reset();
  std::string report;
  while (report.size() < sizeof(int) && read_some(failure.read.get(), report, sizeof(int) - report.size())) {
  }
  Subprocess process;
  process.pid_ = pid;
  if (report.size() == sizeof(int)) {
    int error = 0;
    std::memcpy(&error, report.data(), sizeof error);
    return Error{Code::environment, fmt::format("cannot be executed: {}", std::strerror(error)), program.string(), ""};
  }
  return process;
}

std::optional<Ending> Subprocess::try_reap() {
  siginfo_t info{};
  // WNOWAIT: while the leader is a zombie its number cannot be given to another process or group.
  if (!running() || waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == 0) {
    return std::nullopt;
  }
  return kill();
}

Ending Subprocess::kill() {
  if (!running()) return {};
  const pid_t pid = std::exchange(pid_, -1);
  ::kill(-pid, SIGKILL);
  return ending_of(wait_for(pid));
}

Result<Finished> run_command(Command command, std::chrono::milliseconds deadline,
                             const std::function<void(std::string_view)>& on_line) {
  constexpr std::size_t kKept = 64 * 1024;
  constexpr int kTick = 20;  // ms between looks at whether the child has ended: its children may keep the pipe open
  ROUNDOFF_TRY(Channel log, make_pipe());
  set_nonblocking(log.read.get());
  command.out = command.err = log.write.get();
  ROUNDOFF_TRY(Subprocess process, Subprocess::start(command));
  log.write.reset();

  Finished finished;
  std::string line;
  const auto take = [&](std::string_view bytes) {
    finished.output.append(bytes);
    if (finished.output.size() > 2 * kKept) finished.output.erase(0, finished.output.size() - kKept);
    for (const char c : bytes) {
      if (c != '\n') {
        if (line.size() < kKept) line += c;
        continue;
      }
      if (on_line) on_line(line);
      line.clear();
    }
  };
  const auto end = Clock::now() + deadline;
  std::optional<Ending> ending;
  while (!ending) {
    pollfd wait{log.read.get(), POLLIN, 0};
    poll(&wait, log.read.open() ? 1 : 0, kTick);
    if (Clock::now() > end) {
      finished.late = true;
      ending = process.kill();
    } else {
      ending = process.try_reap();
    }
    std::string bytes;
    if (log.read.open() && !read_some(log.read.get(), bytes)) log.read.reset();
    take(bytes);
  }
  if (on_line && !line.empty()) on_line(line);
  if (finished.output.size() > kKept) finished.output.erase(0, finished.output.size() - kKept);
  finished.ending = *ending;
  return finished;
}

}  // namespace roundoff
