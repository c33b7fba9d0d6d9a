// From a plan to a function that can be run: inputs, graph, backends.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "inputs/input.h"
#include "run/function.h"

namespace roundoff {
namespace {

const Binding* find(const std::vector<Binding>& bindings, std::string_view name) {
  const auto it = std::ranges::find(bindings, name, &Binding::name);
  return it == bindings.end() ? nullptr : &*it;
}

/// The inputs that the function needs, in its order; the plan keeps only these, spelled out.
Status make_inputs(Function& function, const std::vector<std::string>& needed) {
  std::vector<Binding> spelled;
  for (const std::string& name : needed) {
    const Binding* binding = find(function.plan.inputs, name);
    if (binding == nullptr) {
      return Error{Code::usage, fmt::format("the input '{}' is missing", name), function.text(),
                   fmt::format("--input '{}=uniform(0,1,shape=1000,seed=1)', or a .npy file", name)};
    }
    ROUNDOFF_TRY(const InputSpec spec, parse_input(name + "=" + binding->value));
    ROUNDOFF_TRY(const Array array, make_input(spec));
    function.input_reports.push_back({name, array.dtype(), array.shape(), digest_of(array), spec.source});
    function.inputs.emplace(name, array);
    function.ordered.emplace_back(name, array);
    spelled.push_back({name, spec.source});
  }
  function.plan.inputs = std::move(spelled);
  return {};
}

/// Inputs that the function itself was given and does not have. Those of the command line may be another function's.
Status check_spare_inputs(const FunctionPlan& given, const std::vector<std::string>& needed) {
  for (const Binding& b : given.inputs) {
    if (std::ranges::find(needed, b.name) != needed.end()) continue;
    return Error{Code::usage, fmt::format("there is no input '{}'", b.name),
                 given.port.empty() ? given.expression : given.port,
                 needed.empty() ? "it has no inputs" : "its inputs: " + fmt::format("{}", fmt::join(needed, ", "))};
  }
  return {};
}

Status make_graph(Function& function, Graph parsed) {
  std::map<std::string, Signature, std::less<>> signatures;
  for (const auto& [name, array] : function.inputs) signatures[name] = {array.dtype(), array.shape()};
  ROUNDOFF_TRY(function.graph, infer(std::move(parsed), signatures));
  ROUNDOFF_TRY(function.plain,
               function.graph.has_gradient() ? differentiate(function.graph) : Result<Graph>(function.graph));
  return {};
}

std::vector<std::string> input_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const int node : graph.inputs()) names.push_back(graph.nodes[static_cast<std::size_t>(node)].name);
  return names;
}

Result<Selection> select(const std::vector<std::string>& asked, const std::vector<Environment>& environments) {
  if (asked.empty()) return default_selection(environments);
  std::vector<BackendName> names;
  for (const std::string& text : asked) {
    ROUNDOFF_TRY(BackendName name, parse_backend_name(text));
    names.push_back(std::move(name));
  }
  return resolve(names, environments);
}

Entry entry_of(const Resolved& backend) {
  Entry entry;
  entry.label = backend.label;
  entry.name = backend.name;
  entry.native = backend.native;
  return entry;
}

bool same_function(const BackendName& asked, const PortDescription::Function& function) {
  return asked.framework == function.framework && (asked.mode.empty() || asked.mode == function.mode);
}

/// The names that a port's functions can be run under: what was asked, or every environment that has the framework.
Result<std::vector<BackendName>> port_backends(const Function& function, const PortDescription& port,
                                               const std::vector<Environment>& environments) {
  std::vector<BackendName> asked;
  for (const std::string& text : function.plan.backends) {
    ROUNDOFF_TRY(BackendName name, parse_backend_name(text));
    asked.push_back(std::move(name));
  }
  if (asked.empty()) {
    for (const Environment& environment : environments) {
      for (const std::string& framework : environment.frameworks) asked.push_back({framework, environment.name, ""});
    }
  }
  std::vector<BackendName> names;
  std::vector<std::string> offered;
  for (const PortDescription::Function& f : port.functions)
    offered.push_back(f.framework + (f.mode.empty() ? "" : ":" + f.mode));
  for (const BackendName& name : asked) {
    bool found = false;
    for (const PortDescription::Function& f : port.functions) {
      if (!same_function(name, f)) continue;
      names.push_back({name.framework, name.environment, f.mode});
      found = true;
    }
    if (!found && !function.plan.backends.empty()) {
      return Error{Code::usage, fmt::format("there is no function for {}", name.str()), function.plan.port,
                   "it has " + either(offered)};
    }
  }
  return names;
}

Status add_backends(Function& function, const Result<Selection>& selection) {
  if (!selection) return selection.error();
  for (const Resolved& backend : selection->backends) function.entries.push_back(entry_of(backend));
  function.skipped = selection->skipped;
  return {};
}

Entry recorded_entry(const std::string& label, const Array& output, const std::string& source) {
  Entry entry;
  entry.label = label;
  entry.name = {label, "", ""};
  entry.recorded = true;
  Run run;
  run.name = entry.name;
  run.output = output;
  run.provenance["recorded"] = source;
  entry.run = Result<Run>(std::move(run));
  return entry;
}

Status add_recorded(Function& function) {
  for (const Binding& b : function.plan.recorded) {
    if (!function.certified) {
      return Error{Code::usage, "recorded outputs need an expression to be compared with", function.plan.port,
                   "expression = \"…\" in the port"};
    }
    const Node& output = function.graph.nodes[static_cast<std::size_t>(function.graph.output)];
    ROUNDOFF_TRY(const Array array, read_recorded(b.value, output.dtype, output.shape));
    function.entries.push_back(recorded_entry(b.name, array, b.value));
  }
  for (const auto& [name, array] : function.plan.arrays) {
    const Node& output = function.graph.nodes[static_cast<std::size_t>(function.graph.output)];
    ROUNDOFF_CHECK(check_recorded(array, output.dtype, output.shape, name));
    function.entries.push_back(recorded_entry(name, array, name));
  }
  return {};
}

/// The inputs of a port: those that its functions take, in the order of the first.
std::vector<std::string> port_inputs(const PortDescription& port) {
  std::vector<std::string> names;
  for (const PortDescription::Function& f : port.functions) {
    for (const std::string& name : f.arguments) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

Status prepare_port(Function& function, const FunctionPlan& given, const std::vector<Environment>& environments,
                    Workers& workers) {
  ROUNDOFF_TRY(const PortDescription port, workers.describe_port(function.plan.port));
  if (port.functions.empty())
    return Error{Code::input, "it has no function for a framework", function.plan.port, "def numpy(x): …"};
  for (const auto& [name, value] : port.inputs) {
    if (find(function.plan.inputs, name) == nullptr) function.plan.inputs.push_back({name, value});
  }
  const std::vector<std::string> needed = port_inputs(port);
  ROUNDOFF_CHECK(check_spare_inputs(given, needed));
  ROUNDOFF_CHECK(make_inputs(function, needed));
  function.certified = port.expression.has_value();
  if (function.certified) {
    function.plan.expression = *port.expression;
    ROUNDOFF_TRY(Graph parsed, parse_expression(*port.expression));
    ROUNDOFF_CHECK(make_graph(function, std::move(parsed)));
  }
  ROUNDOFF_TRY(const std::vector<BackendName> names, port_backends(function, port, environments));
  if (names.empty()) {
    return Error{Code::environment, "no environment has a framework of this port", function.plan.port,
                 "roundoff env list"};
  }
  ROUNDOFF_CHECK(add_backends(function, resolve(names, environments)));
  for (Entry& entry : function.entries)
    entry.extra =
        given.backends.empty() && function.plan.backends.empty() && entry.label.find('@') != std::string::npos;
  return {};
}

Status prepare_expression(Function& function, const FunctionPlan& given, const std::vector<Environment>& environments) {
  ROUNDOFF_TRY(Graph parsed, parse_expression(function.plan.expression));
  const std::vector<std::string> needed = input_names(parsed);
  ROUNDOFF_CHECK(check_spare_inputs(given, needed));
  ROUNDOFF_CHECK(make_inputs(function, needed));
  ROUNDOFF_CHECK(make_graph(function, std::move(parsed)));
  if (function.plan.recorded_only) return {};
  return add_backends(function, select(function.plan.backends, environments));
}

/// Two rows of one name could not be told apart, nor their files.
Status check_labels(const Function& function) {
  std::set<std::string> seen;
  for (const Entry& entry : function.entries) {
    if (!seen.insert(entry.label).second)
      return Error{Code::usage, fmt::format("two backends are called '{}'", entry.label), function.text(),
                   "give the recorded one another name"};
  }
  return {};
}

}  // namespace

std::vector<std::string> Function::graph_inputs() const { return input_names(graph); }

const Node* Function::single_op() const {
  if (!certified || graph.has_gradient()) return nullptr;
  const Node* found = nullptr;
  for (const Node& node : graph.nodes) {
    if (node.role != Node::Role::op) continue;
    if (found != nullptr) return nullptr;
    found = &node;
  }
  return found;
}

Result<Function> prepare(const Plan& plan, const FunctionPlan& given, const std::vector<Environment>& environments,
                         Workers& workers) {
  Function function;
  function.plan = merged(plan, given);
  ROUNDOFF_CHECK(given.port.empty() ? prepare_expression(function, given, environments)
                                    : prepare_port(function, given, environments, workers));
  ROUNDOFF_CHECK(add_recorded(function));
  ROUNDOFF_CHECK(check_labels(function));
  if (function.entries.empty()) {
    const std::string reason =
        function.skipped.empty() ? "" : function.skipped.front().name + ": " + function.skipped.front().reason;
    return Error{Code::environment, "no backend is here to run it", function.text(),
                 reason.empty() ? "roundoff backends" : reason};
  }
  return function;
}

}  // namespace roundoff
