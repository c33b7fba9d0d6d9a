// Frameworks in their own processes: one worker per environment, many requests in flight, one loop that owns time-outs,
// kills and reaping. The wire format is docs/protocol.md.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/environment.h"

namespace roundoff {

// A thread of the pool owns the workers, so that they go on while the caller computes. Safe to call from several
// threads.

/// What a worker is asked. Exactly one of graph and port is set.
struct WorkerRequest {
  BackendName backend;   ///< environment and mode filled in
  std::string graph;     ///< to_json() of an inferred graph
  std::string port;      ///< path of a Python file with one function per framework
  bool float64 = false;  ///< port: cast the floating inputs to float64 first (the reference of an uncertified port)
  std::vector<std::pair<std::string, Array>> inputs;
  int repeats = 2;      ///< shipped runs whose bits are compared
  bool trace = false;   ///< graph only: a further run that returns every node
  bool timing = false;  ///< time warm calls (adds calls until 30 ms or 30 calls)
  std::chrono::milliseconds deadline{60'000};
};

struct WorkerAnswer {
  std::size_t id = 0;  ///< what submit() returned
  Result<Run> run;     ///< Code::worker: crash, hang, protocol fault, wrong dtype/shape/count, unwritten output;
                       ///< Code::usage: unsupported op
};

/// What a port says about itself, read without running it.
struct PortDescription {
  struct Function {
    std::string framework;
    std::string mode;
    std::vector<std::string> arguments;
  };
  std::vector<Function> functions;
  std::optional<std::string> expression;  ///< what it is meant to compute
  std::map<std::string, std::string> inputs;
};

/// What a framework's adapter can do.
struct Coverage {
  std::string version;
  std::vector<std::string> supported;  ///< of the ops asked about
  std::vector<std::string> modes;      ///< the usual one first
  std::map<std::string, std::string>
      composed;  ///< what the adapter writes for ops that the framework has no function for
};

struct FrameworkFile;
struct TensorListing;
struct ElementRange;

class WorkerPool {
 public:
  /// `worker` is the script that the environments' interpreters run; empty: worker.py of workers_directory().
  explicit WorkerPool(std::vector<Environment> environments, std::filesystem::path worker = {});
  ~WorkerPool();  ///< kills and reaps what still runs
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Queues a request on its environment's worker, starting the worker if need be. Never blocks.
  std::size_t submit(WorkerRequest request);
  /// The next answer in order of completion; nullopt when nothing is in flight. Workers run side by side; a dead or
  /// late one answers only its own requests, and a later request for it starts it anew.
  [[nodiscard]] std::optional<WorkerAnswer> next();
  /// Submits and waits for that answer alone; others stay queued for next().
  [[nodiscard]] Result<Run> call(WorkerRequest request);

  /// Reads a Python file with one function per framework, in the environment of the newest Python. Code::input where it
  /// cannot be read.
  [[nodiscard]] Result<PortDescription> describe_port(const std::string& path);
  /// Which of these ops the backend evaluates in its mode. Several backends at once run side by side; the answers are
  /// in their order.
  [[nodiscard]] std::vector<Result<Coverage>> coverage(const std::vector<BackendName>& backends,
                                                       const std::vector<std::string>& ops,
                                                       std::chrono::milliseconds deadline = WorkerRequest{}.deadline);

  /// What a file in a framework's own format holds. Code::input where it is none, or holds more than tensors.
  [[nodiscard]] Result<TensorListing> list_tensors(const FrameworkFile& file);
  /// The bytes of some of a tensor's elements: at least one, at most as many as asked for.
  [[nodiscard]] Result<std::vector<std::byte>> read_elements(const FrameworkFile& file, const ElementRange& range);

  /// Called with a line at a time ("tf1.2: Python 3.6.15 is up", "numpy: answered in 0.05 s") from within the calls
  /// above, on their caller's thread. The lines of work that nobody waits for are kept for the next call.
  void on_progress(std::function<void(const std::string&)> hook);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace roundoff
