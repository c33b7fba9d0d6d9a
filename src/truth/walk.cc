#include "truth/walk.h"

#include <fmt/format.h>

#include <algorithm>

namespace roundoff::truth {
namespace {

bool has_scale(const Node& node) { return node.role == Node::Role::op && node.op->allowance.scale_ulps > 0; }

/// The three sets of radii of one node.
class Budgets {
 public:
  Budgets(const Step& step, NodeTruth& out, bool weak) : step_(step), out_(out), weak_(weak) {}

  void compute() {
    const ArgumentRadii sound = collect(&NodeTruth::sound);
    out_.sound = radii_of(step_, out_, sound, {});
    const ArgumentRadii probable = collect(&NodeTruth::probable);
    const bool counts =
        std::holds_alternative<Fiber>(step_.node.op->body) || std::holds_alternative<Contraction>(step_.node.op->body);
    out_.probable = counts || probable != sound ? radii_of(step_, out_, probable, {.probable = true}) : out_.sound;
    if (!weak_) return;
    const ArgumentRadii weak = collect(&NodeTruth::weak);
    out_.weak = has_scale(step_.node) || weak != sound ? radii_of(step_, out_, weak, {.scale = true}) : out_.sound;
  }

 private:
  [[nodiscard]] ArgumentRadii collect(Radii NodeTruth::*which) const {
    ArgumentRadii out;
    for (const NodeTruth* in : step_.in) out.push_back(in->*which);
    return out;
  }
  const Step& step_;
  NodeTruth& out_;
  bool weak_;
};

Values constant_values(const Node& node) {
  Ball ball;
  ball.set_double(constant_value(node));
  return Values(std::vector<Enclosure>(static_cast<std::size_t>(count_of(node.shape).value()), enclosure_of(ball)));
}

}  // namespace

Result<std::vector<Array>> bind(const Graph& graph, const Inputs& inputs) {
  std::vector<Array> arrays(graph.nodes.size());
  for (const int node : graph.inputs()) {
    const Node& input = graph.nodes[static_cast<std::size_t>(node)];
    const auto it = inputs.find(input.name);
    if (it == inputs.end()) return Error{Code::input, "no array for this input", input.name, "give it as an input"};
    const Array& array = it->second;
    if (array.dtype() != input.dtype || array.shape() != input.shape) {
      return Error{Code::input,
                   fmt::format("the array is {} {}, and the function was inferred for {} {}", name_of(array.dtype()),
                               to_string(array.shape()), name_of(input.dtype), to_string(input.shape)),
                   input.name, ""};
    }
    arrays[static_cast<std::size_t>(node)] = array;
  }
  return arrays;
}

std::vector<bool> needed_nodes(const Graph& graph) {
  std::vector<bool> needed(graph.nodes.size());
  needed[static_cast<std::size_t>(graph.output)] = true;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    if (!needed[i]) continue;
    for (const int in : graph.nodes[i].in) needed[static_cast<std::size_t>(in)] = true;
  }
  return needed;
}

double constant_value(const Node& node) {
  return is_float(node.dtype) ? round_to(format_of(node.dtype), node.value) : node.value;
}

NodeTruth walk(const Graph& graph, const std::vector<Array>& arrays, bool budgets, const Visit& visit) {
  const std::vector<bool> needed = needed_nodes(graph);
  const bool weak = std::any_of(graph.nodes.begin(), graph.nodes.end(), has_scale);
  std::vector<int> users(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!needed[i]) continue;
    for (const int in : graph.nodes[i].in) ++users[static_cast<std::size_t>(in)];
  }
  std::vector<NodeTruth> truths(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!needed[i]) continue;
    if (node.role == Node::Role::input) {
      truths[i].values = Values(arrays[i]);
    } else if (node.role == Node::Role::constant) {
      truths[i].values = constant_values(node);
    } else {
      std::vector<const NodeTruth*> in;
      std::vector<Shape> shapes;
      for (const int argument : node.in) {
        in.push_back(&truths[static_cast<std::size_t>(argument)]);
        shapes.push_back(graph.nodes[static_cast<std::size_t>(argument)].shape);
      }
      const Step step{node, in, shapes, static_cast<int>(i) == graph.output};
      NodeTruth out = evaluate_bulk(step, budgets);
      if (budgets) Budgets(step, out, weak).compute();
      if (visit) visit(static_cast<int>(i), step, out);
      out.size = nullptr;
      for (const int argument : node.in) {
        if (--users[static_cast<std::size_t>(argument)] == 0) truths[static_cast<std::size_t>(argument)] = {};
      }
      truths[i] = std::move(out);
    }
  }
  return std::move(truths[static_cast<std::size_t>(graph.output)]);
}

}  // namespace roundoff::truth
