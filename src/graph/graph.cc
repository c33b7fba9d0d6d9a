#include "graph/graph.h"

#include <algorithm>

namespace roundoff {

bool Graph::has_gradient() const {
  return std::any_of(nodes.begin(), nodes.end(), [](const Node& n) { return n.role == Node::Role::gradient; });
}

std::vector<int> Graph::inputs() const {
  std::vector<int> found;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].role == Node::Role::input) found.push_back(static_cast<int>(i));
  }
  return found;
}

}  // namespace roundoff
