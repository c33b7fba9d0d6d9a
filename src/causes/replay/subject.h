// What every cause asks of a subject: its node, and the arrays that enter it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "causes/cause.h"
#include "truth/truth.h"

namespace roundoff::replay {

[[nodiscard]] const Node& node_of(const Subject& subject);
/// The op's name; "" for an input, a constant or a gradient.
[[nodiscard]] std::string_view op_of(const Subject& subject);
template <class Body>
[[nodiscard]] bool is_a(const Subject& subject) {
  const Node& node = node_of(subject);
  return node.role == Node::Role::op && node.op != nullptr && std::holds_alternative<Body>(node.op->body);
}

/// Whether the arrays of `subject.in` are, up to constants, the arguments of its node: a traced node, or a function of
/// one op.
[[nodiscard]] bool is_one_op(const Subject& subject);

/// The arguments of the node. Of a whole function of several ops: what op by op correct rounding gives for them.
[[nodiscard]] Result<std::vector<Array>> arguments_of(const Subject& subject);

/// Every node that the output needs, each op correctly rounded to its node's dtype from the arrays before it; inputs in
/// order of Graph::inputs(). Nodes that are not needed stay empty. The graph has no gradient nodes.
[[nodiscard]] Result<std::vector<Array>> evaluate(const Graph& graph, std::span<const Array> inputs);

/// The graph with every node of one floating dtype moved to another.
[[nodiscard]] Graph in_dtype(Graph graph, DType from, DType to);

/// One op as a function of its own: its arguments become the inputs x1, x2, …, of the arrays' shapes and dtypes.
struct Alone {
  Graph graph;
  std::vector<Array> in;
};
/// The subject's node on these arguments, with a result of this dtype and the subject's shape.
[[nodiscard]] Alone alone(const Subject& subject, std::vector<Array> in, DType dtype);
/// At most `most` evenly chosen elements of an elementwise node; `places` are their flat indices in the output.
struct Sampled : Alone {
  std::vector<std::int64_t> places;
};
[[nodiscard]] Result<Sampled> sampled(const Subject& subject, std::int64_t most);

/// Every floating array of another dtype cast to this one; the others as they are.
[[nodiscard]] Result<std::vector<Array>> cast_floats(std::span<const Array> in, DType dtype);

/// Whether element i of two arrays of one dtype has the same bits; NaN equals NaN.
[[nodiscard]] bool same_element(const Array& a, const Array& b, std::int64_t i);

/// The subject's own node with other arrays: what further evidence is collected on.
[[nodiscard]] Subject with_arrays(const Subject& subject, std::span<const Array> in, const Array& out,
                                  const Array& exact);

}  // namespace roundoff::replay
