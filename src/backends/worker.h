// One environment's process and the work queued for it. Passive: the pool's loop calls advance() whenever something may
// have happened.
#pragma once

#include <poll.h>

#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/exchange.h"
#include "backends/frames.h"
#include "base/subprocess.h"

namespace roundoff {

struct Job {
  std::size_t id = 0;
  std::string who;  ///< the backend's name, for messages
  std::chrono::milliseconds deadline{};
  std::unique_ptr<Exchange> exchange;
};

struct Done {
  std::size_t id = 0;
  Status status;
  std::unique_ptr<Exchange> exchange;
};

/// What has happened since somebody looked.
struct Tidings {
  std::vector<Done> done;
  std::vector<std::string> events;
};

class Worker {
 public:
  using Clock = std::chrono::steady_clock;

  Worker(Environment environment, std::filesystem::path script)
      : environment_(std::move(environment)), script_(std::move(script)) {}

  void submit(Job job) { queue_.push_back(std::move(job)); }
  /// Reads what has come, sends what can go, and judges ends and deadlines. Never blocks.
  void advance(Tidings& tidings);
  void add_polls(std::vector<pollfd>& polls) const;
  /// When to call advance() even if no descriptor stirs.
  [[nodiscard]] std::optional<Clock::time_point> wake_at() const;

 private:
  /// Everything that a new start replaces.
  struct Process {
    Subprocess child;
    Descriptor requests, replies, out, log;
    Arena arena;
    FrameReader reader;
    std::string unsent;
    std::optional<Hello> hello;
    std::optional<Clock::time_point> closed;  ///< since when a pipe of it is closed
    std::string tail;                         ///< the end of its standard error
    std::size_t spoken = 0;                   ///< bytes on standard output since the last answer
    std::string first_words;
  };

  [[nodiscard]] Status start(Tidings& tidings);
  void begin_next(Tidings& tidings);
  void read_logs();
  void read_replies(Tidings& tidings);
  [[nodiscard]] Status handle(const std::string& frame, Tidings& tidings);
  void judge(std::optional<Ending> ending, Tidings& tidings);
  /// Ends the process: what it did wrong answers the job in work, if there is one.
  void give_up(const std::string& what, Tidings& tidings, const std::string& remedy = "");
  void finish(Status status, Tidings& tidings);
  [[nodiscard]] std::vector<std::string> take_notes();

  Environment environment_;
  std::filesystem::path script_;
  std::deque<Job> queue_;  // the front is in work if begun_
  std::optional<Process> process_;
  std::optional<Clock::time_point> begun_;
  std::int64_t asked_ = 0;  // id of the request that is waited for
  int starts_ = 0;
  std::string last_failure_;
};

}  // namespace roundoff
