// What is said to a worker and what it may answer: docs/protocol.md. No JSON type leaves protocol.cc, and no number
// passes it unchecked.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "backends/worker_pool.h"

namespace roundoff {

/// A reply whose envelope is sound: a JSON object with the id that was waited for.
struct Message {
  std::shared_ptr<const nlohmann::json> body;
};
/// An Error here means that the stream cannot be trusted any more.
[[nodiscard]] Result<Message> read_message(const std::string& frame, std::int64_t id);
/// The worker's own error, if the reply is one: unsupported is Code::usage, a bad request Code::input, a raised
/// exception Code::worker.
[[nodiscard]] std::optional<Error> error_of(const Message& message);

struct Hello {
  std::string python;
  std::map<std::string, std::string> frameworks;
  std::map<std::string, std::string> provenance;
};
[[nodiscard]] Result<Hello> read_hello(const Message& message);

/// What the outputs of a graph must be.
struct Expectation {
  struct Value {
    DType dtype;
    Shape shape;
    std::string op;
    std::string name;  ///< of an input
  };
  std::vector<Value> nodes;
  std::size_t output = 0;
};
/// From to_json() of an inferred graph.
[[nodiscard]] Result<Expectation> read_graph(const std::string& json);

/// An output as a worker describes it; dtype, shape and count have been checked.
struct Claim {
  bool trace = false;
  std::size_t node = 0;
  DType dtype = DType::float32;
  Shape shape;
  std::size_t bytes = 0;
};
struct RunReply {
  std::vector<Claim> claims;  ///< one that is not a trace, and any number that are, of different nodes
  Run run;                    ///< without arrays
};
/// `expected` is nullptr for a port, whose outputs may have any shape up to a quarter of the memory.
[[nodiscard]] Result<RunReply> read_run(const Message& message, const WorkerRequest& request,
                                        const Expectation* expected);

/// Whether every output was written whole, by the worker's own account.
[[nodiscard]] Status check_written(const Message& message, const std::vector<Claim>& claims);

[[nodiscard]] Result<PortDescription> read_description(const Message& message);
[[nodiscard]] Result<Coverage> read_coverage(const Message& message, const std::vector<std::string>& asked);

[[nodiscard]] std::string run_request(std::int64_t id, const WorkerRequest& request,
                                      const std::vector<std::size_t>& offsets);
[[nodiscard]] std::string fetch_request(std::int64_t id, const std::vector<std::size_t>& places);
[[nodiscard]] std::string describe_request(std::int64_t id, const std::string& port);
[[nodiscard]] std::string coverage_request(std::int64_t id, const BackendName& backend,
                                           const std::vector<std::string>& ops);

}  // namespace roundoff
