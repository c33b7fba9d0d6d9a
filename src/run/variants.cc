// The function as other frameworks may mean it: each op in turn replaced by one of its variants.
#include <fmt/format.h>

#include <cmath>

#include "base/format.h"
#include "run/function.h"

namespace roundoff {
namespace {

/// The graph with a node's op replaced by an expression over its arguments x1, x2, …; where that is made of the same op
/// (max of what is not NaN), it keeps the node's attributes.
Result<Graph> spliced(const Graph& graph, int node, const std::string& expression) {
  ROUNDOFF_TRY(const Graph part, parse_expression(expression));
  const Node& old = graph.nodes[static_cast<std::size_t>(node)];
  Graph out;
  out.text = graph.text;
  out.nodes.assign(graph.nodes.begin(), graph.nodes.begin() + node);
  std::vector<int> place(part.nodes.size());
  for (std::size_t i = 0; i < part.nodes.size(); ++i) {
    Node copy = part.nodes[i];
    if (copy.role == Node::Role::input) {
      const auto argument = static_cast<std::size_t>(std::atoi(copy.name.c_str() + 1));
      if (copy.name[0] != 'x' || argument < 1 || argument > old.in.size()) {
        return Error{Code::usage, "a variant speaks of an argument that there is not", copy.name, ""};
      }
      place[i] = old.in[argument - 1];
      continue;
    }
    for (int& in : copy.in) in = place[static_cast<std::size_t>(in)];
    if (copy.op == old.op) copy.attrs = old.attrs;
    place[i] = static_cast<int>(out.nodes.size());
    out.nodes.push_back(std::move(copy));
  }
  const int replaced = place[static_cast<std::size_t>(part.output)];
  const int shift = static_cast<int>(out.nodes.size()) - node - 1;
  const auto moved = [&](int i) { return i < node ? i : i == node ? replaced : i + shift; };
  for (std::size_t i = static_cast<std::size_t>(node) + 1; i < graph.nodes.size(); ++i) {
    Node copy = graph.nodes[i];
    for (int& in : copy.in) in = moved(in);
    out.nodes.push_back(std::move(copy));
  }
  out.output = moved(graph.output);
  return out;
}

Result<Graph> with_variant(const Graph& graph, int node, const Variant& variant) {
  if (!variant.expression.empty()) return spliced(graph, node, variant.expression);
  Graph out = graph;
  for (const auto& [name, value] : variant.attrs)
    out.nodes[static_cast<std::size_t>(node)].attrs.insert_or_assign(name, value);
  return out;
}

Result<Truth> truth_with(const Function& function, int node, const Variant& variant) {
  std::map<std::string, Signature, std::less<>> signatures;
  for (const auto& [name, array] : function.inputs) signatures[name] = {array.dtype(), array.shape()};
  ROUNDOFF_TRY(Graph graph, with_variant(function.graph, node, variant));
  ROUNDOFF_TRY(graph, infer(std::move(graph), signatures));
  if (graph.has_gradient()) {
    ROUNDOFF_TRY(graph, differentiate(graph));
  }
  return certify(graph, function.inputs);
}

/// Subnormals replaced by 0 of their sign. Answers whether there were any.
bool zero_subnormals(Array& array) {
  if (!is_float(array.dtype())) return false;
  const double least = format_of(array.dtype()).min_normal();
  const auto is_subnormal = [&](double x) { return x != 0 && std::fabs(x) < least; };
  bool any = false;
  for (std::int64_t i = 0; i < array.size() && !any; ++i) any = is_subnormal(array.get(i));
  if (!any) return false;
  Result<Array> out = Array::make(array.dtype(), array.shape());
  if (!out) return false;
  for (std::int64_t i = 0; i < array.size(); ++i) {
    const double x = array.get(i);
    out->set(i, is_subnormal(x) ? std::copysign(0.0, x) : x);
  }
  array = std::move(out).value();
  return true;
}

}  // namespace

std::optional<Truth> truth_without_subnormals(const Function& function) {
  Inputs inputs = function.inputs;
  bool changed = false;
  for (auto& [name, array] : inputs) changed = zero_subnormals(array) || changed;
  if (!changed) return std::nullopt;
  Result<Truth> truth = certify(function.plain, inputs);
  if (!truth) return std::nullopt;
  return std::move(truth).value();
}

std::vector<std::pair<std::string, Truth>> variant_truths(const Function& function) {
  std::vector<std::pair<std::string, Truth>> truths;
  for (std::size_t i = 0; i < function.graph.nodes.size(); ++i) {
    const Node& node = function.graph.nodes[i];
    if (node.role != Node::Role::op || node.op == nullptr) continue;
    for (const Variant& variant : node.op->variants) {
      Result<Truth> truth = truth_with(function, static_cast<int>(i), variant);
      if (!truth || truth->shape != function.truth->shape) continue;
      truths.emplace_back(fmt::format("{} with {}", node.op->name, variant.name), std::move(truth).value());
    }
  }
  return truths;
}

}  // namespace roundoff
