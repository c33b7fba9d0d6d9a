// Attributes of a call, from what is written to what the op asks for.
#pragma once

#include <string_view>

#include "graph/literals.h"

namespace roundoff {

/// The attribute called `name`, or an Error that lists those there are.
[[nodiscard]] Result<const AttrSpec*> attribute_of(const Op& op, std::string_view name, int column);
/// The value as the attribute's type wants it: an integer where a list is wanted is a list of one, an integer may stand
/// for a number.
[[nodiscard]] Result<AttrValue> value_of(const Op& op, const AttrSpec& spec, const Literal& literal);
/// Fills in the defaults. An Error names the first attribute that has none and is missing.
[[nodiscard]] Result<Attrs> completed(const Op& op, Attrs given, int column);

}  // namespace roundoff
