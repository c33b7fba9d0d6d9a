// What caused the bits: every op of a traced run, from the backend's own arguments; the whole function where there is
// no trace.
#include <algorithm>

#include "run/function.h"

namespace roundoff {
namespace {

using Arrays = std::vector<Array>;

bool same(const Arrays& a, const Arrays& b) {
  return std::ranges::equal(a, b, [](const Array& x, const Array& y) { return same_bits(x, y); });
}

/// Correctly rounded results of a node, shared by the backends whose arguments have the same bits.
class ExactResults {
 public:
  explicit ExactResults(const Graph& graph) : graph_(graph), known_(graph.nodes.size()) {}
  /// nullptr where it cannot be had.
  const Array* of(int node, const Arrays& in) {
    auto& known = known_[static_cast<std::size_t>(node)];
    for (const auto& entry : known) {
      if (same(entry->in, in)) return entry->exact ? &*entry->exact : nullptr;
    }
    auto entry = std::make_unique<Known>();
    entry->in = in;
    if (Result<Array> exact = correctly_rounded(graph_, node, in); exact) entry->exact = std::move(exact).value();
    known.push_back(std::move(entry));
    return known.back()->exact ? &*known.back()->exact : nullptr;
  }

 private:
  struct Known {
    Arrays in;
    std::optional<Array> exact;
  };
  const Graph& graph_;
  std::vector<std::vector<std::unique_ptr<Known>>> known_;
};

/// The arrays that entered a node in a traced run; nullopt where the trace lacks one.
std::optional<Arrays> arguments(const Function& function, const Arrays& trace, const Node& node) {
  Arrays in;
  for (const int i : node.in) {
    const Node& from = function.graph.nodes[static_cast<std::size_t>(i)];
    if (from.role == Node::Role::input) {
      in.push_back(function.inputs.find(from.name)->second);
    } else if (from.role == Node::Role::constant) {
      Result<Array> value = constant_array(from);
      if (!value) return std::nullopt;
      in.push_back(std::move(value).value());
    } else if (trace[static_cast<std::size_t>(i)].shape() == from.shape) {
      in.push_back(trace[static_cast<std::size_t>(i)]);
    } else {
      return std::nullopt;
    }
  }
  return in;
}

/// Whether bits that are all correctly rounded leave nothing to ask. Of a sum they do: how was it accumulated?
bool settled(const Node& node, const Array& out, const Array& exact) {
  if (out.dtype() != exact.dtype() || !same_bits(out, exact)) return false;
  return std::holds_alternative<Elementwise>(node.op->body) || node.op->allowance.ulps == 0;
}

bool has_constant(const Graph& graph, const Node& node) {
  return std::ranges::any_of(
      node.in, [&](int i) { return graph.nodes[static_cast<std::size_t>(i)].role == Node::Role::constant; });
}

/// The node alone, its arguments as inputs x1, x2, …
Result<Graph> graph_of(const Node& node, std::span<const Array> in) {
  Graph graph;
  std::map<std::string, Signature, std::less<>> signatures;
  Node op = node;
  op.in.clear();
  for (std::size_t i = 0; i < in.size(); ++i) {
    Node input;
    input.role = Node::Role::input;
    input.name = "x" + std::to_string(i + 1);
    signatures[input.name] = {in[i].dtype(), in[i].shape()};
    op.in.push_back(static_cast<int>(i));
    graph.nodes.push_back(std::move(input));
  }
  graph.output = static_cast<int>(in.size());
  graph.nodes.push_back(std::move(op));
  graph.text = expression_of(graph, graph.output);
  return infer(std::move(graph), signatures);
}

WorkerRequest probe_request(const Entry& entry, const Plan& plan) {
  WorkerRequest request;
  request.backend = entry.name;
  request.backend.mode = entry.run->value().name.mode;
  request.repeats = 1;
  request.deadline = plan.deadline;
  return request;
}

/// Runs one node of a chain on its own.
Probe node_probe(const Function& function, const Entry& entry, const Node& node, const Plan& plan, Workers& workers) {
  if (entry.recorded || has_constant(function.graph, node)) return {};
  if (entry.native != nullptr) {
    return [&entry, &node](std::span<const Array> in) { return entry.native->evaluate(node, in); };
  }
  return [&entry, &node, &plan, &workers](std::span<const Array> in) -> Result<Array> {
    ROUNDOFF_TRY(const Graph graph, graph_of(node, in));
    WorkerRequest request = probe_request(entry, plan);
    request.graph = to_json(graph);
    for (std::size_t i = 0; i < in.size(); ++i) request.inputs.emplace_back("x" + std::to_string(i + 1), in[i]);
    ROUNDOFF_TRY(const Run run, workers.call(std::move(request)));
    return run.output;
  };
}

/// Runs the whole function again, as it was run, with other arrays for the graph's inputs.
Probe whole_probe(const Function& function, const Entry& entry, const Plan& plan, Workers& workers) {
  if (entry.recorded) return {};
  const std::vector<std::string> names = function.graph_inputs();
  if (entry.native != nullptr) {
    return [&function, &entry, names](std::span<const Array> in) -> Result<Array> {
      Inputs inputs;
      for (std::size_t i = 0; i < in.size(); ++i) inputs.emplace(names[i], in[i]);
      ROUNDOFF_TRY(const Run run, run_native(*entry.native, function.plain, inputs, 1));
      return run.output;
    };
  }
  const std::string graph = function.plan.port.empty() ? to_json(function.graph) : "";
  return [&function, &entry, &plan, &workers, graph, names](std::span<const Array> in) -> Result<Array> {
    WorkerRequest request = probe_request(entry, plan);
    request.graph = graph;
    request.port = function.plan.port;
    request.inputs = function.ordered;
    for (auto& [name, array] : request.inputs) {
      const auto at = std::ranges::find(names, name);
      if (at != names.end()) array = in[static_cast<std::size_t>(at - names.begin())];
    }
    ROUNDOFF_TRY(const Run run, workers.call(std::move(request)));
    return run.output;
  };
}

Array nearest_array(const Truth& truth) {
  Array out = Array::make(truth.dtype, truth.shape).value();
  for (std::int64_t i = 0; i < out.size(); ++i) out.set(i, truth.nearest[static_cast<std::size_t>(i)]);
  return out;
}

class Explainer {
 public:
  Explainer(const Function& function, const Plan& plan, Workers& workers)
      : function_(function),
        plan_(plan),
        workers_(workers),
        exact_(function.graph),
        nearest_(nearest_array(*function.truth)) {
    for (const std::string& name : function.graph_inputs()) inputs_.push_back(function.inputs.find(name)->second);
    for (const Entry& entry : function.entries) traces_.push_back(trace_of(entry));
  }

  Explanation explain_entry(std::size_t index) {
    const Entry& entry = function_.entries[index];
    if (traces_[index].empty()) return {explain_whole(entry), ""};
    std::string note;
    if (!function_.plan.port.empty()) {
      note = "the causes are those of the expression in this framework, which gives the same bits";
    } else if (entry.run->value().tracing_changed_bits) {
      note = "keeping every intermediate changed the output's bits: the causes are those of the traced run";
    }
    return {explain_nodes(index), note};
  }

 private:
  /// What every node came out as, in the entry's own run. A port keeps nothing: the expression is run in its place, and
  /// counts where it gives the port's bits. Empty where there is no trace, or nothing in it that the output does not
  /// say.
  Arrays trace_of(const Entry& entry) {
    if (!entry.answered() || entry.recorded || function_.graph.has_gradient() || function_.single_op() != nullptr)
      return {};
    const std::size_t nodes = function_.graph.nodes.size();
    const Run& run = entry.run->value();
    if (run.trace.size() == nodes) return run.trace;
    if (function_.plan.port.empty()) return {};
    WorkerRequest request = probe_request(entry, plan_);
    request.graph = to_json(function_.graph);
    request.trace = true;
    for (const std::string& name : function_.graph_inputs())
      request.inputs.emplace_back(name, function_.inputs.find(name)->second);
    const Result<Run> again = workers_.call(std::move(request));
    const bool same =
        again && again->trace.size() == nodes && !again->tracing_changed_bits && same_bits(again->output, run.output);
    return same ? again->trace : Arrays{};
  }

  Subject subject_of(const Entry& entry, int node) const {
    Subject subject;
    subject.graph = &function_.graph;
    subject.node = node;
    subject.backend = entry.name;
    subject.version = entry.run->value().version;
    return subject;
  }

  std::vector<Finding> explain_whole(const Entry& entry) {
    const Array& out = entry.run->value().output;
    const Node& node = function_.graph.nodes[static_cast<std::size_t>(function_.graph.output)];
    if (node.role != Node::Role::op ? same_bits(out, nearest_) : settled(node, out, nearest_)) return {};
    Subject subject = subject_of(entry, function_.graph.output);
    subject.whole = true;
    subject.in = inputs_;
    subject.out = &out;
    subject.exact = &nearest_;
    subject.probe = whole_probe(function_, entry, plan_, workers_);
    for (const Entry& other : function_.entries) {
      if (&other != &entry && other.answered()) subject.others.push_back({other.label, &other.run->value().output});
    }
    return found(subject);
  }

  std::vector<Finding> explain_nodes(std::size_t entry) {
    std::vector<Finding> all;
    for (std::size_t i = 0; i < function_.graph.nodes.size(); ++i) {
      const Node& node = function_.graph.nodes[i];
      if (node.role != Node::Role::op || std::holds_alternative<Movement>(node.op->body)) continue;
      for (Finding& finding : explain_node(entry, static_cast<int>(i))) all.push_back(std::move(finding));
    }
    return all;
  }

  std::vector<Finding> explain_node(std::size_t which, int index) {
    const Entry& entry = function_.entries[which];
    const Node& node = function_.graph.nodes[static_cast<std::size_t>(index)];
    const Array& out = traces_[which][static_cast<std::size_t>(index)];
    const std::optional<Arrays> in = arguments(function_, traces_[which], node);
    if (!in || out.shape() != node.shape) return {};
    const Array* exact = exact_.of(index, *in);
    if (exact == nullptr || settled(node, out, *exact)) return {};
    Subject subject = subject_of(entry, index);
    subject.in = *in;
    subject.out = &out;
    subject.exact = exact;
    subject.probe = node_probe(function_, entry, node, plan_, workers_);
    subject.others = others_at(which, index, *in);
    return found(subject);
  }

  std::vector<Subject::Other> others_at(std::size_t which, int index, const Arrays& in) const {
    std::vector<Subject::Other> others;
    for (std::size_t i = 0; i < traces_.size(); ++i) {
      if (i == which || traces_[i].empty()) continue;
      const std::optional<Arrays> theirs =
          arguments(function_, traces_[i], function_.graph.nodes[static_cast<std::size_t>(index)]);
      if (theirs && same(*theirs, in))
        others.push_back({function_.entries[i].label, &traces_[i][static_cast<std::size_t>(index)]});
    }
    return others;
  }

  static std::vector<Finding> found(const Subject& subject) {
    Result<std::vector<Finding>> findings = explain(subject);
    if (!findings) return {};
    std::erase_if(*findings, [](const Finding& finding) { return finding.report.cause == "correctly_rounded"; });
    return std::move(findings).value();
  }

  const Function& function_;
  const Plan& plan_;
  Workers& workers_;
  ExactResults exact_;
  Array nearest_;
  Arrays inputs_;
  std::vector<Arrays> traces_;  ///< for each entry
};

}  // namespace

std::vector<Explanation> explain_all(const Function& function, const Plan& plan, Workers& workers) {
  std::vector<Explanation> all(function.entries.size());
  if (!plan.causes || !function.certified || !function.truth) return all;
  Explainer explainer(function, plan, workers);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (function.entries[i].answered()) all[i] = explainer.explain_entry(i);
  }
  return all;
}

}  // namespace roundoff
