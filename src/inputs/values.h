// The values of a generator call's arguments, from text and back.
#pragma once

#include <string>
#include <string_view>

#include "inputs/generator.h"

namespace roundoff {

/// The argument's value; the Error says what it should have been and has no place yet.
[[nodiscard]] Result<ArgumentValue> parse_value(const Parameter& parameter, const std::vector<DType>& dtypes,
                                                std::string_view text);

/// As parse_value reads it.
[[nodiscard]] std::string written(const ArgumentValue& value, ArgumentKind kind);

}  // namespace roundoff
