#include "backends/protocol.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

#include "backends/arena.h"
#include "backends/fields.h"

namespace roundoff {
namespace {

using nlohmann::json;

std::string absolute(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).string();
}

std::size_t memory_limit() {
  return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 4;
}

// Floating dtypes stand for each other (that a framework promotes is a finding, not a fault), and so do integers.
bool same_kind(DType a, DType b) {
  if (is_float(a) || is_float(b)) return is_float(a) && is_float(b);
  return a == b || (a != DType::bool_ && b != DType::bool_);
}

std::string described(DType dtype, const Shape& shape) { return fmt::format("{}{}", name_of(dtype), to_string(shape)); }

Status compare(const Claim& claim, const Expectation::Value& wanted) {
  const std::string what = claim.trace ? fmt::format("traced node {} ('{}')", claim.node, wanted.op) : "the output";
  if (claim.shape != wanted.shape) {
    return fault(fmt::format("wrong shape: {} is {}, and {} was expected", what, described(claim.dtype, claim.shape),
                             described(wanted.dtype, wanted.shape)));
  }
  if (!same_kind(claim.dtype, wanted.dtype)) {
    return fault(fmt::format("wrong dtype: {} is {}, and {} was expected", what, described(claim.dtype, claim.shape),
                             described(wanted.dtype, wanted.shape)));
  }
  return {};
}

Result<Claim> read_claim(const json& entry, const Expectation* expected) {
  const Fields fields(entry);
  ROUNDOFF_TRY(const std::string what, fields.text("what"));
  ROUNDOFF_TRY(const std::string dtype, fields.text("dtype"));
  ROUNDOFF_TRY(Shape shape, fields.shape("shape"));
  Claim claim{what == "trace", 0, DType::float32, std::move(shape), 0};
  if (!claim.trace && what != "output") return fault(fmt::format("the reply holds '{}', which is no output", what));
  if (claim.trace) {
    if (expected == nullptr) return fault("the reply traces a port");
    ROUNDOFF_TRY(const std::int64_t node,
                 fields.integer("node", 0, static_cast<std::int64_t>(expected->nodes.size()) - 1));
    claim.node = static_cast<std::size_t>(node);
  }
  const auto known = dtype_named(dtype);
  if (!known || !is_computed(*known)) {
    const std::string wanted =
        expected == nullptr ? "a number type" : std::string(name_of(expected->nodes[expected->output].dtype));
    return fault(fmt::format("wrong dtype: the output is '{}', and {} was expected", dtype, wanted));
  }
  claim.dtype = *known;
  auto count = count_of(claim.shape);
  if (!count.ok()) return fault("wrong shape: " + count.error().what);
  if (expected != nullptr) ROUNDOFF_CHECK(compare(claim, expected->nodes[claim.trace ? claim.node : expected->output]));
  const std::int64_t bytes = *count * static_cast<std::int64_t>(size_of(claim.dtype));
  ROUNDOFF_TRY(const std::int64_t claimed, fields.integer("nbytes", 0, INT64_MAX));
  if (claimed != bytes) {
    return fault(fmt::format("wrong count: the output has {} bytes, and {} has {}", claimed,
                             described(claim.dtype, claim.shape), bytes));
  }
  claim.bytes = static_cast<std::size_t>(bytes);
  return claim;
}

Result<std::vector<Claim>> read_claims(const json& list, const WorkerRequest& request, const Expectation* expected) {
  std::vector<Claim> claims;
  std::set<std::size_t> traced;
  std::size_t outputs = 0, total = 0;
  for (const json& entry : list) {
    ROUNDOFF_TRY(Claim claim, read_claim(entry, expected));
    if (claim.trace && !request.trace) return fault("wrong count: the reply holds a trace that was not asked for");
    if (claim.trace && !traced.insert(claim.node).second)
      return fault(fmt::format("wrong count: node {} is traced twice", claim.node));
    outputs += claim.trace ? 0 : 1;
    total += aligned(claim.bytes);
    if (expected == nullptr && total > memory_limit()) {
      return fault(
          fmt::format("the output has {} bytes; the limit is {}, a quarter of the memory", total, memory_limit()));
    }
    claims.push_back(std::move(claim));
  }
  if (outputs != 1) return fault(fmt::format("wrong count: {} outputs, and 1 was expected", outputs));
  return claims;
}

}  // namespace

Result<Message> read_message(const std::string& frame, std::int64_t id) {
  auto body = std::make_shared<json>(json::parse(frame, nullptr, false));
  if (body->is_discarded() || !body->is_object()) {
    return fault(fmt::format("sent a frame that is no JSON object: {}", printable(frame, 60)));
  }
  const auto found = body->find("id");
  if (found == body->end() || !found->is_number_integer()) return fault("sent a frame without an integer 'id'");
  if (*found != id) return fault(fmt::format("answered request {}, and {} was asked", found->dump(), id));
  return Message{std::move(body)};
}

std::optional<Error> error_of(const Message& message) {
  const auto found = message.body->find("error");
  if (found == message.body->end()) return std::nullopt;
  const Fields fields(*found);
  const auto kind = fields.text("kind");
  const auto what = fields.text("what");
  if (!kind.ok()) return kind.error();
  if (!what.ok()) return what.error();
  const Code code = *kind == "unsupported" ? Code::usage : *kind == "request" ? Code::input : Code::worker;
  const auto place = fields.text("place");
  return Error{code, *what, place.ok() ? *place : "", ""};
}

Result<Hello> read_hello(const Message& message) {
  const Fields fields(*message.body);
  ROUNDOFF_TRY(const std::int64_t protocol, fields.integer("protocol", 0, INT32_MAX));
  if (protocol != 1) return fault(fmt::format("speaks protocol {}, and this program protocol 1", protocol));
  ROUNDOFF_TRY(std::string python, fields.text("python"));
  ROUNDOFF_TRY(auto frameworks, fields.table("frameworks"));
  ROUNDOFF_TRY(auto provenance, fields.table("provenance"));
  return Hello{std::move(python), std::move(frameworks), std::move(provenance)};
}

Result<Expectation> read_graph(const std::string& text) {
  const json graph = json::parse(text, nullptr, false);
  const Fields fields(graph);
  const Error bad{Code::usage, "the graph of the request cannot be read", "", ""};
  const auto nodes = fields.array("nodes", SIZE_MAX);
  if (!nodes.ok() || (*nodes)->empty()) return bad;
  Expectation expected;
  for (const json& node : **nodes) {
    const Fields f(node);
    const auto op = f.text("op"), dtype = f.text("dtype");
    const auto shape = f.shape("shape");
    if (!op.ok() || !dtype.ok() || !shape.ok() || !dtype_named(*dtype)) return bad;
    const auto name = f.text("name");
    expected.nodes.push_back({*dtype_named(*dtype), *shape, *op, name.ok() && *op == "input" ? *name : ""});
  }
  const auto output = fields.integer("output", 0, static_cast<std::int64_t>(expected.nodes.size()) - 1);
  if (!output.ok()) return bad;
  expected.output = static_cast<std::size_t>(*output);
  return expected;
}

Result<RunReply> read_run(const Message& message, const WorkerRequest& request, const Expectation* expected) {
  const Fields fields(*message.body);
  const std::size_t most = 1 + (expected != nullptr && request.trace ? expected->nodes.size() : 0);
  ROUNDOFF_TRY(const json* outputs, fields.any("outputs"));
  if (outputs->is_array() && outputs->size() > most) {
    return fault(fmt::format("wrong count: {} outputs, and at most {} can be", outputs->size(), most));
  }
  ROUNDOFF_TRY(outputs, fields.array("outputs", most));
  RunReply reply;
  ROUNDOFF_TRY(reply.claims, read_claims(*outputs, request, expected));
  Run& run = reply.run;
  run.name = request.backend;
  ROUNDOFF_TRY(run.name.mode, fields.text("mode"));
  ROUNDOFF_TRY(run.version, fields.text("version"));
  ROUNDOFF_TRY(const std::int64_t repeats, fields.integer("repeats", 1, 1'000'000));
  run.repeats = static_cast<int>(repeats);
  ROUNDOFF_TRY(run.unstable, fields.integer("unstable", 0, INT64_MAX));
  if (request.trace) {
    ROUNDOFF_TRY(const bool same, fields.flag("traced_output_identical"));
    run.tracing_changed_bits = !same;
  }
  ROUNDOFF_TRY(run.seconds, fields.number("seconds"));
  ROUNDOFF_TRY(run.notes, fields.texts("notes"));
  ROUNDOFF_TRY(run.provenance, fields.table("provenance"));
  return reply;
}

Status check_written(const Message& message, const std::vector<Claim>& claims) {
  const Fields fields(*message.body);
  const auto list = fields.array("written", SIZE_MAX);
  if (!list.ok()) return list.error();
  const json& written = **list;
  if (written.size() != claims.size()) {
    return fault(fmt::format("wrong count: {} outputs were written, and {} were asked", written.size(), claims.size()));
  }
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (!written[i].is_number_integer()) return Fields::wrong("written", written[i], "a list of byte counts");
    if (written[i] != claims[i].bytes) {
      return fault(
          fmt::format("wrong count: {} of {} bytes of an output were written", written[i].dump(), claims[i].bytes));
    }
  }
  return {};
}

Result<PortDescription> read_description(const Message& message) {
  constexpr std::size_t kFunctions = 1000;
  const Fields fields(*message.body);
  ROUNDOFF_TRY(const json* functions, fields.array("functions", kFunctions));
  PortDescription port;
  for (const json& entry : *functions) {
    const Fields f(entry);
    PortDescription::Function function;
    ROUNDOFF_TRY(function.framework, f.text("framework"));
    ROUNDOFF_TRY(function.mode, f.text("mode"));
    ROUNDOFF_TRY(function.arguments, f.texts("arguments"));
    port.functions.push_back(std::move(function));
  }
  ROUNDOFF_TRY(const json* expression, fields.any("expression"));
  if (!expression->is_null()) {
    ROUNDOFF_TRY(port.expression, fields.text("expression", Limits{}.length));
  }
  ROUNDOFF_TRY(port.inputs, fields.table("inputs"));
  return port;
}

Result<Coverage> read_coverage(const Message& message, const std::vector<std::string>& asked) {
  const Fields fields(*message.body);
  Coverage coverage;
  ROUNDOFF_TRY(coverage.version, fields.text("version"));
  ROUNDOFF_TRY(coverage.supported, fields.texts("supported"));
  ROUNDOFF_TRY(coverage.modes, fields.texts("modes"));
  ROUNDOFF_TRY(coverage.composed, fields.table("composed"));
  const std::set<std::string> known(asked.begin(), asked.end());
  for (const std::string& op : coverage.supported) {
    if (!known.contains(op)) return fault(fmt::format("claims to support '{}', which was not asked", op));
  }
  return coverage;
}

std::string run_request(std::int64_t id, const WorkerRequest& request, const std::vector<std::size_t>& offsets) {
  json inputs = json::array();
  for (std::size_t i = 0; i < request.inputs.size(); ++i) {
    const auto& [name, array] = request.inputs[i];
    inputs.push_back(
        {{"name", name}, {"dtype", name_of(array.dtype())}, {"shape", array.shape()}, {"offset", offsets[i]}});
  }
  json body = {{"id", id},
               {"do", "run"},
               {"framework", request.backend.framework},
               {"mode", request.backend.mode},
               {"inputs", std::move(inputs)},
               {"repeats", request.repeats},
               {"trace", request.trace},
               {"timing", request.timing}};
  if (request.port.empty()) {
    body["graph"] = json::parse(request.graph, nullptr, false);
  } else {
    body["port"] = absolute(request.port);
    body["float64"] = request.float64;
  }
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string fetch_request(std::int64_t id, const std::vector<std::size_t>& places) {
  return json{{"id", id}, {"do", "fetch"}, {"places", places}}.dump();
}

std::string describe_request(std::int64_t id, const std::string& port) {
  return json{{"id", id}, {"do", "describe"}, {"port", absolute(port)}}.dump(-1, ' ', false,
                                                                             json::error_handler_t::replace);
}

std::string coverage_request(std::int64_t id, const BackendName& backend, const std::vector<std::string>& ops) {
  return json{{"id", id}, {"do", "coverage"}, {"framework", backend.framework}, {"mode", backend.mode}, {"ops", ops}}
      .dump();
}

}  // namespace roundoff
