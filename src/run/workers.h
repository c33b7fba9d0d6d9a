// What the pipeline needs of a worker pool, so that tests can run it on a fake one.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "backends/worker_pool.h"

namespace roundoff {

/// The calls of WorkerPool, with its contracts.
class Workers {
 public:
  virtual ~Workers() = default;
  virtual std::size_t submit(WorkerRequest request) = 0;
  [[nodiscard]] virtual std::optional<WorkerAnswer> next() = 0;
  [[nodiscard]] virtual Result<Run> call(WorkerRequest request) = 0;
  [[nodiscard]] virtual Result<PortDescription> describe_port(const std::string& path) = 0;
  virtual void on_progress(std::function<void(const std::string&)> hook) = 0;
};

class PoolWorkers final : public Workers {
 public:
  explicit PoolWorkers(WorkerPool& pool) : pool_(pool) {}
  std::size_t submit(WorkerRequest request) override { return pool_.submit(std::move(request)); }
  std::optional<WorkerAnswer> next() override { return pool_.next(); }
  Result<Run> call(WorkerRequest request) override { return pool_.call(std::move(request)); }
  Result<PortDescription> describe_port(const std::string& path) override { return pool_.describe_port(path); }
  void on_progress(std::function<void(const std::string&)> hook) override { pool_.on_progress(std::move(hook)); }

 private:
  WorkerPool& pool_;
};

}  // namespace roundoff
