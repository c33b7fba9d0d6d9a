// Values that are not arrays: what attributes and subscripts are made of.
#pragma once

#include <string>
#include <vector>

#include "graph/cursor.h"
#include "ops/op.h"

namespace roundoff {

/// A value as written: None, True, 3, -1.5, 'tanh', float32, (2, 3).
struct Literal {
  AttrValue value;
  int column = 1;
  std::string text;  ///< for messages
};

[[nodiscard]] Result<Literal> read_literal(Cursor& cursor);

/// The attributes of the op slice, from what stands between the brackets of x[1:3, ::-1, 0]; the cursor is behind the
/// "[".
[[nodiscard]] Result<Attrs> read_subscript(Cursor& cursor);

}  // namespace roundoff
