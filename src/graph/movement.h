// The adjoints of ops that move elements: the elements of g go back where they came from.
#pragma once

#include "graph/algebra.h"

namespace roundoff {

/// Whether the adjoint of the op is built in: reshape, permute_dims, broadcast_to, slice, concat, astype.
[[nodiscard]] bool has_movement_adjoint(const Node& node);

/// What flows back to an argument of such a node.
Result<int> movement_adjoint(Algebra& algebra, const Node& node, std::size_t argument, int g);

}  // namespace roundoff
