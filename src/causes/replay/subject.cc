#include "causes/replay/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "truth/values.h"

namespace roundoff::replay {
namespace {

Result<Array> node_value(const Graph& graph, std::size_t index, const std::vector<Array>& value) {
  const Node& node = graph.nodes[index];
  if (node.role == Node::Role::constant) return constant_array(node);
  if (node.role == Node::Role::gradient)
    return Error{Code::usage, "a gradient is not an op", expression_of(graph, static_cast<int>(index)), ""};
  std::vector<Array> in;
  for (const int i : node.in) in.push_back(value[static_cast<std::size_t>(i)]);
  if (std::holds_alternative<Movement>(node.op->body)) return move_elements(node, in);
  return correctly_rounded(graph, static_cast<int>(index), in);
}

/// Which nodes the node needs, itself included.
std::vector<bool> needed_by(const Graph& graph, int node) {
  std::vector<bool> needed(graph.nodes.size(), false);
  needed[static_cast<std::size_t>(node)] = true;
  for (std::size_t i = static_cast<std::size_t>(node) + 1; i-- > 0;) {
    if (!needed[i]) continue;
    for (const int in : graph.nodes[i].in) needed[static_cast<std::size_t>(in)] = true;
  }
  return needed;
}

Result<std::vector<Array>> evaluate_up_to(const Graph& graph, int last, bool with_last, std::span<const Array> inputs) {
  std::vector<Array> value(graph.nodes.size());
  const std::vector<bool> needed = needed_by(graph, last);
  const std::vector<int> names = graph.inputs();
  if (names.size() != inputs.size())
    return Error{Code::usage, "as many arrays are needed as the graph has inputs", graph.text, ""};
  for (std::size_t i = 0; i < names.size(); ++i) value[static_cast<std::size_t>(names[i])] = inputs[i];
  for (std::size_t i = 0; i <= static_cast<std::size_t>(last); ++i) {
    const bool wanted = needed[i] && (with_last || i != static_cast<std::size_t>(last));
    if (!wanted || graph.nodes[i].role == Node::Role::input) continue;
    ROUNDOFF_TRY(value[i], node_value(graph, i, value));
  }
  return value;
}

}  // namespace

const Node& node_of(const Subject& subject) { return subject.graph->nodes[static_cast<std::size_t>(subject.node)]; }

std::string_view op_of(const Subject& subject) {
  const Node& node = node_of(subject);
  return node.role == Node::Role::op && node.op != nullptr ? std::string_view(node.op->name) : std::string_view();
}

bool is_one_op(const Subject& subject) {
  if (!subject.whole) return true;
  return std::ranges::all_of(node_of(subject).in, [&](int i) {
    const Node::Role role = subject.graph->nodes[static_cast<std::size_t>(i)].role;
    return role == Node::Role::input || role == Node::Role::constant;
  });
}

Result<std::vector<Array>> arguments_of(const Subject& subject) {
  if (!subject.whole) return std::vector<Array>(subject.in.begin(), subject.in.end());
  ROUNDOFF_TRY(const std::vector<Array> value, evaluate_up_to(*subject.graph, subject.node, false, subject.in));
  std::vector<Array> in;
  for (const int i : node_of(subject).in) in.push_back(value[static_cast<std::size_t>(i)]);
  return in;
}

Result<std::vector<Array>> evaluate(const Graph& graph, std::span<const Array> inputs) {
  return evaluate_up_to(graph, graph.output, true, inputs);
}

Graph in_dtype(Graph graph, DType from, DType to) {
  for (Node& node : graph.nodes) {
    if (node.dtype == from) node.dtype = to;
  }
  return graph;
}

Alone alone(const Subject& subject, std::vector<Array> in, DType dtype) {
  Alone one;
  Node op = node_of(subject);
  op.dtype = dtype;
  op.shape = subject.out->shape();
  op.in.clear();
  for (std::size_t i = 0; i < in.size(); ++i) {
    Node input;
    input.role = Node::Role::input;
    input.name = fmt::format("x{}", i + 1);
    input.dtype = in[i].dtype();
    input.shape = in[i].shape();
    op.in.push_back(static_cast<int>(i));
    one.graph.nodes.push_back(std::move(input));
  }
  one.graph.text = op.name;
  one.graph.output = static_cast<int>(in.size());
  one.graph.nodes.push_back(std::move(op));
  one.in = std::move(in);
  return one;
}

Result<Sampled> sampled(const Subject& subject, std::int64_t most) {
  ROUNDOFF_TRY(const std::vector<Array> in, arguments_of(subject));
  const std::int64_t count = std::min(most, subject.out->size());
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < count; ++i) places.push_back(i * subject.out->size() / count);
  std::vector<Array> chosen;
  for (const Array& argument : in) {
    ROUNDOFF_TRY(Array part, Array::make(argument.dtype(), {count}));
    const truth::BroadcastIndex index(argument.shape(), subject.out->shape());
    const std::size_t size = size_of(argument.dtype());
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto from = static_cast<std::size_t>(index(places[i])) * size;
      std::memcpy(part.mutable_bytes().data() + i * size, argument.bytes().data() + from, size);
    }
    chosen.push_back(std::move(part));
  }
  Sampled sample{alone(subject, std::move(chosen), node_of(subject).dtype), std::move(places)};
  sample.graph.nodes.back().shape = {count};
  return sample;
}

Result<std::vector<Array>> cast_floats(std::span<const Array> in, DType dtype) {
  std::vector<Array> out(in.begin(), in.end());
  for (Array& array : out) {
    if (!is_float(array.dtype()) || array.dtype() == dtype) continue;
    ROUNDOFF_TRY(array, cast(array, dtype));
  }
  return out;
}

bool same_element(const Array& a, const Array& b, std::int64_t i) {
  return a.bits(i) == b.bits(i) || (std::isnan(a.get(i)) && std::isnan(b.get(i)));
}

Subject with_arrays(const Subject& subject, std::span<const Array> in, const Array& out, const Array& exact) {
  Subject other = subject;
  other.in = in;
  other.out = &out;
  other.exact = &exact;
  other.others.clear();
  return other;
}

}  // namespace roundoff::replay
