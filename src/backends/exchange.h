// A conversation with a worker about one request: what is asked next, given what was answered.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/arena.h"
#include "backends/protocol.h"

namespace roundoff {

class Exchange {
 public:
  virtual ~Exchange() = default;
  /// The first thing to send, under this id.
  [[nodiscard]] virtual Result<std::string> begin(std::int64_t id, Arena& arena) = 0;
  /// What to send after a reply, under this id; nullopt where the conversation is over. An Error ends it too.
  [[nodiscard]] virtual Result<std::optional<std::string>> next(const Message& reply, std::int64_t id,
                                                                Arena& arena) = 0;
  /// Called once when it is over, without an error.
  virtual void conclude(const Hello& /*worker*/, const std::vector<std::string>& /*notes*/) {}
};

/// run, then fetch: twice where an element looks unwritten, because a written one cannot look so under both fillings.
class RunExchange : public Exchange {
 public:
  explicit RunExchange(WorkerRequest request) : request_(std::move(request)) {}
  [[nodiscard]] Result<std::string> begin(std::int64_t id, Arena& arena) override;
  [[nodiscard]] Result<std::optional<std::string>> next(const Message& reply, std::int64_t id, Arena& arena) override;
  void conclude(const Hello& worker, const std::vector<std::string>& notes) override;
  [[nodiscard]] Run take() { return std::move(reply_.run); }

 private:
  [[nodiscard]] Result<std::string> fetch(std::int64_t id, Arena& arena);
  /// Copies the outputs out of the arena; answers whether some element looks unwritten and was not looked at twice.
  [[nodiscard]] Result<bool> collect(Arena& arena);
  void deliver();

  WorkerRequest request_;
  std::optional<Expectation> expected_;
  std::size_t inputs_end_ = 0;  // outputs lie behind the inputs: a worker's output may be a view of them
  enum class Stage { running, fetching, fetching_again } stage_ = Stage::running;
  RunReply reply_;
  std::vector<std::size_t> places_;
  std::vector<Array> arrays_;
  std::vector<std::vector<std::int64_t>> suspects_;
};

class DescribeExchange : public Exchange {
 public:
  explicit DescribeExchange(std::string port) : port_(std::move(port)) {}
  [[nodiscard]] Result<std::string> begin(std::int64_t id, Arena& arena) override;
  [[nodiscard]] Result<std::optional<std::string>> next(const Message& reply, std::int64_t id, Arena& arena) override;
  PortDescription description;

 private:
  std::string port_;
};

class CoverageExchange : public Exchange {
 public:
  CoverageExchange(BackendName backend, std::vector<std::string> ops)
      : backend_(std::move(backend)), ops_(std::move(ops)) {}
  [[nodiscard]] Result<std::string> begin(std::int64_t id, Arena& arena) override;
  [[nodiscard]] Result<std::optional<std::string>> next(const Message& reply, std::int64_t id, Arena& arena) override;
  Coverage coverage;

 private:
  BackendName backend_;
  std::vector<std::string> ops_;
};

}  // namespace roundoff
