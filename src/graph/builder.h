// Adds nodes to a graph so that equal subexpressions are one node.
#pragma once

#include <deque>
#include <map>
#include <tuple>
#include <utility>

#include "graph/graph.h"

namespace roundoff {

class Builder {
 public:
  /// The index of the node, or of the equal one that is already there (which keeps its column).
  int add(Node node);
  /// Adds an op after filling its dtype and shape from its arguments. Errors carry its column and the arguments'
  /// shapes.
  Result<int> add_inferred(Node node);
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  /// Stays where it is while nodes are added.
  [[nodiscard]] const Node& operator[](int node) const { return nodes_[static_cast<std::size_t>(node)]; }
  /// The graph of the output: its inputs and the nodes that it needs.
  [[nodiscard]] Graph finish(std::string text, int output) &&;

 private:
  // Constants are told apart by their bits, so that −0 and NaN are themselves; a shape follows from the rest.
  using Key = std::tuple<Node::Role, std::string, std::vector<int>, Attrs, std::uint64_t, bool, DType>;
  std::deque<Node> nodes_;  // references to nodes outlive growth
  std::map<Key, int> known_;
};

/// The error with the node's column and name.
[[nodiscard]] Error located(const Node& node, Error error);

}  // namespace roundoff
