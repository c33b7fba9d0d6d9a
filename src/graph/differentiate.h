// The language of Op::derivative: what an op's file may write as the adjoint of an argument.
//
// An adjoint is an expression as parse_expression() reads it, over these names:
//   g             the adjoint of the result, of the result's shape
//   out           the result
//   x1, x2, …     the arguments
//   count         how many elements one fiber has (the product of the sizes along the op's axes)
//   correction, … the value of the op's numeric attribute of that name
//   pi            the real π, as acos(-1): never rounded
// and these helpers, which work along the axes that the op's attribute `axis` names (none: all):
//   expand(e)     e, of the shape of a reduction's result, put back to the argument's rank so that it broadcasts
//   against x1 total(e)      the sum of e along the axes, kept as axes of size 1 average(e)    the mean of e along the
//   axes, kept as axes of size 1 flip(e)       e in reverse order along the axes transposed(e) e with its last two axes
//   exchanged
// An op called without its attribute `axis` takes the differentiated node's: "flip(cumulative_sum(flip(g)))" is the
// adjoint of a scan.
//
// What the caller does, so that an adjoint need not: sums over broadcast axes, shapes and dtypes of the arguments,
// matrix products with 1-D arguments, arguments that do not depend on the variable. Constants are meant exactly, so a
// decimal that binary does not hold is written as a quotient of integers: 44715 / 1000000. "0" says that the argument
// does not move the result almost everywhere. An empty list or string says: not differentiable. The movement ops
// reshape, permute_dims, broadcast_to, slice and concat, and astype, need no derivative: theirs is built in.
#pragma once

#include "graph/graph.h"

namespace roundoff {

/// Parses one adjoint. Names are nodes with Role::input; a helper is a node with Role::op, its name, and no `op`.
[[nodiscard]] Result<Graph> parse_derivative(std::string_view text);

}  // namespace roundoff
