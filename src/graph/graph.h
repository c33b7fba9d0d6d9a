// The function under comparison: nodes in topological order, from an expression, with shapes and dtypes inferred.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ops/op.h"

namespace roundoff {

struct Node {
  enum class Role { input, constant, op, gradient };
  Role role = Role::op;
  const Op* op = nullptr;    ///< for Role::op
  std::string name = {};     ///< the input's name, or the op's
  std::vector<int> in = {};  ///< earlier nodes; for a gradient: {function, input}
  Attrs attrs = {};
  double value = 0;              ///< for a constant: as written, nearest float64
  bool integral = false;         ///< for a constant: written as an integer (frameworks promote those otherwise)
  int column = 0;                ///< 1-based, where the expression says it
  DType dtype = DType::float32;  ///< after infer()
  Shape shape = {};
};

struct Graph {
  std::string text;         ///< the expression as given
  std::vector<Node> nodes;  ///< arguments before users; equal subexpressions are one node
  int output = -1;
  [[nodiscard]] bool has_gradient() const;
  [[nodiscard]] std::vector<int> inputs() const;  ///< nodes with Role::input
};

struct Limits {
  std::size_t depth = 256;  ///< nesting of the expression
  std::size_t nodes = 10'000;
  std::size_t length = 100'000;  ///< characters
};

/// Parses Python-like syntax: calls with positional and keyword attributes, + - * / // % ** @ < > ==, unary -, slices,
/// decimal and hex constants, None/True/False, grad(expr, x). Errors carry the column and the nearest names.
[[nodiscard]] Result<Graph> parse_expression(std::string_view text, const Limits& limits = {});

struct Signature {
  DType dtype;
  Shape shape;
};

/// Fills dtype and shape of every node. A constant takes the dtype of what it meets; its value is rounded to it by
/// whoever evaluates.
[[nodiscard]] Result<Graph> infer(Graph graph, const std::map<std::string, Signature, std::less<>>& inputs);

/// The same function without gradient nodes: each is replaced by its derivative graph (reverse mode over the ops'
/// `derivative`; the gradient of a non-scalar function is that of its sum). Input: an inferred graph; output: inferred
/// too.
[[nodiscard]] Result<Graph> differentiate(const Graph& graph);

/// The nodes that the output needs, as the expression of one node: "cumulative_sum(sin(exp(x)))".
[[nodiscard]] std::string expression_of(const Graph& graph, int node);

/// For workers: {"nodes":[{"op":"exp","in":[0],"attrs":{},"dtype":"float32","shape":[3]}, …],"output":2}.
/// Roles input and constant are "op":"input" with "name", "op":"constant" with "value" (hex float) and "integral"; a
/// gradient is "op":"grad".
[[nodiscard]] std::string to_json(const Graph& graph);

}  // namespace roundoff
