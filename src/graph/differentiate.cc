#include "graph/differentiate.h"

#include "graph/adjoint.h"

namespace roundoff {
namespace {

// Whether each node up to `function` moves with `variable`. Integers and booleans are constant almost everywhere.
std::vector<bool> dependents(const Builder& builder, int function, int variable) {
  std::vector<bool> depends(static_cast<std::size_t>(std::max(function, variable)) + 1);
  depends[static_cast<std::size_t>(variable)] = true;
  for (int i = variable + 1; i <= function; ++i) {
    for (const int in : builder[i].in) {
      if (depends[static_cast<std::size_t>(in)] && is_float(builder[i].dtype))
        depends[static_cast<std::size_t>(i)] = true;
    }
  }
  return depends;
}

// The gradient of sum(function) with respect to variable, by reverse accumulation.
Result<int> gradient(Builder& builder, int function, int variable) {
  Algebra algebra(builder);
  algebra.set_column(builder[function].column);
  const Node& x = builder[variable];
  const std::vector<bool> depends = dependents(builder, function, variable);
  if (!depends[static_cast<std::size_t>(function)]) return algebra.filled(0, x.dtype, x.shape);
  std::vector<std::optional<int>> adjoints(depends.size());
  ROUNDOFF_TRY(adjoints[static_cast<std::size_t>(function)],
               algebra.filled(1, builder[function].dtype, builder[function].shape));
  for (int i = function; i > variable; --i) {
    const auto g = adjoints[static_cast<std::size_t>(i)];
    if (!g) continue;
    const std::vector<int>& in = builder[i].in;
    for (std::size_t k = 0; k < in.size(); ++k) {
      const auto target = static_cast<std::size_t>(in[k]);
      if (!depends[target]) continue;
      ROUNDOFF_TRY(const std::optional<int> flow, adjoint(algebra, i, k, *g));
      if (!flow) continue;
      std::optional<int>& sum = adjoints[target];
      if (sum) {
        ROUNDOFF_TRY(sum, algebra.call("add", {*sum, *flow}));
      } else {
        sum = flow;
      }
    }
  }
  const auto found = adjoints[static_cast<std::size_t>(variable)];
  return found ? Result<int>(*found) : algebra.filled(0, x.dtype, x.shape);
}

}  // namespace

Result<Graph> differentiate(const Graph& graph) {
  Builder builder;
  std::vector<int> made;
  for (const Node& node : graph.nodes) {
    Node next = node;
    for (int& in : next.in) in = made[static_cast<std::size_t>(in)];
    if (node.role == Node::Role::gradient) {
      ROUNDOFF_TRY(const int derivative, gradient(builder, next.in[0], next.in[1]));
      made.push_back(derivative);
    } else {
      made.push_back(builder.add(std::move(next)));
    }
  }
  return std::move(builder).finish(graph.text, made[static_cast<std::size_t>(graph.output)]);
}

}  // namespace roundoff
