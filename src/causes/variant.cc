// Another function of the same name: the op's variants, correctly rounded.
#include <algorithm>
#include <map>

#include "causes/replay/subject.h"

namespace roundoff::causes {
namespace {

constexpr std::int64_t kMostElements = 200'000;

/// The variant as a graph over x1, x2, ….
Result<Graph> graph_of(const Subject& subject, const Variant& variant, const std::vector<Array>& in) {
  if (variant.expression.empty()) {
    Graph graph = replay::alone(subject, in, replay::node_of(subject).dtype).graph;
    for (const auto& [name, value] : variant.attrs) graph.nodes.back().attrs.insert_or_assign(name, value);
    return graph;
  }
  std::map<std::string, Signature, std::less<>> signatures;
  for (std::size_t i = 0; i < in.size(); ++i) signatures["x" + std::to_string(i + 1)] = {in[i].dtype(), in[i].shape()};
  ROUNDOFF_TRY(const Graph graph, parse_expression(variant.expression));
  return infer(graph, signatures);
}

Result<Array> replay_variant(const Subject& subject, const Variant& variant) {
  ROUNDOFF_TRY(const std::vector<Array> in, replay::arguments_of(subject));
  ROUNDOFF_TRY(const Graph graph, graph_of(subject, variant, in));
  std::vector<Array> used;
  for (const int input : graph.inputs()) {
    used.push_back(in[std::stoul(graph.nodes[static_cast<std::size_t>(input)].name.substr(1)) - 1]);
  }
  ROUNDOFF_TRY(std::vector<Array> value, replay::evaluate(graph, used));
  return value[static_cast<std::size_t>(graph.output)];
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  const Node& node = replay::node_of(subject);
  if (node.role != Node::Role::op || subject.out->size() > kMostElements) return {};
  std::vector<Hypothesis> all;
  for (const Variant& variant : node.op->variants) {
    const bool same = variant.expression.empty() && std::ranges::all_of(variant.attrs, [&](const auto& attr) {
                        const auto own = node.attrs.find(attr.first);
                        return own != node.attrs.end() && own->second == attr.second;
                      });
    if (same) continue;
    all.push_back({.name = variant.name,
                   .detail = variant.who,
                   .effect = Class::semantics,
                   .replay = [variant](const Subject& s) { return replay_variant(s, variant); }});
  }
  return all;
}

}  // namespace

Cause make_variant() {
  return {.name = "variant",
          .summary = "Another function that goes by the same name, correctly rounded.",
          .source = "each op's variants, with the documents that define them",
          .rank = 35,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
