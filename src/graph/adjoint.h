// The adjoint of one argument of one node: from the op's `derivative`, or built in for movements.
#pragma once

#include <optional>

#include "graph/algebra.h"

namespace roundoff {

/// What flows back to argument `argument` of the node `user` whose result has the adjoint `g`, in the argument's shape
/// and dtype. nullopt: nothing flows. An Error of Code::usage where the op is not differentiable there.
Result<std::optional<int>> adjoint(Algebra& algebra, int user, std::size_t argument, int g);

}  // namespace roundoff
