#include "graph/builder.h"

#include <bit>

namespace roundoff {

int Builder::add(Node node) {
  Key key{node.role,     node.name, node.in, node.attrs, std::bit_cast<std::uint64_t>(node.value),
          node.integral, node.dtype};
  const auto [place, fresh] = known_.try_emplace(std::move(key), static_cast<int>(nodes_.size()));
  if (fresh) nodes_.push_back(std::move(node));
  return place->second;
}

}  // namespace roundoff
