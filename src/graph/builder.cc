#include "graph/builder.h"

#include <fmt/format.h>

#include <bit>

namespace roundoff {

int Builder::add(Node node) {
  Key key{node.role,     node.name, node.in, node.attrs, std::bit_cast<std::uint64_t>(node.value),
          node.integral, node.dtype};
  const auto [place, fresh] = known_.try_emplace(std::move(key), static_cast<int>(nodes_.size()));
  if (fresh) nodes_.push_back(std::move(node));
  return place->second;
}

Result<int> Builder::add_inferred(Node node) {
  std::vector<Shape> shapes;
  std::vector<DType> dtypes;
  for (const int argument : node.in) {
    shapes.push_back((*this)[argument].shape);
    dtypes.push_back((*this)[argument].dtype);
  }
  auto shape = infer_shape(*node.op, shapes, node.attrs);
  if (shape.ok()) {
    if (auto count = count_of(*shape); !count.ok()) shape = count.error();
  }
  if (!shape.ok()) {
    Error error = shape.error();
    std::string all;
    for (const Shape& each : shapes) all += (all.empty() ? "" : " and ") + to_string(each);
    if (error.what.find(to_string(shapes[0])) == std::string::npos) error.what = all + ": " + error.what;
    return located(node, std::move(error));
  }
  auto dtype = infer_dtype(*node.op, dtypes, node.attrs);
  if (!dtype.ok()) return located(node, dtype.error());
  node.shape = std::move(*shape);
  node.dtype = *dtype;
  return add(std::move(node));
}

Graph Builder::finish(std::string text, int output) && {
  std::vector<bool> needed(nodes_.size());
  needed[static_cast<std::size_t>(output)] = true;
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (nodes_[i].role == Node::Role::input) needed[i] = true;
    if (!needed[i]) continue;
    for (const int argument : nodes_[i].in) needed[static_cast<std::size_t>(argument)] = true;
  }
  Graph graph{.text = std::move(text), .nodes = {}, .output = -1};
  std::vector<int> place(nodes_.size(), -1);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!needed[i]) continue;
    place[i] = static_cast<int>(graph.nodes.size());
    graph.nodes.push_back(std::move(nodes_[i]));
    for (int& argument : graph.nodes.back().in) argument = place[static_cast<std::size_t>(argument)];
  }
  graph.output = place[static_cast<std::size_t>(output)];
  return graph;
}

Error located(const Node& node, Error error) {
  error.what = fmt::format("{}: {}", node.name, error.what);
  const std::string column = fmt::format("column {}", node.column);
  if (!error.place.starts_with("column ")) error.place = column + (error.place.empty() ? "" : ", " + error.place);
  return error;
}

}  // namespace roundoff
