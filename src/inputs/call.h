// The text of a generator call: uniform(0, 1, shape=(2,3), dtype=float32, seed=1), bound to its parameters.
#pragma once

#include <string>
#include <string_view>

#include "inputs/generator.h"

namespace roundoff {

struct Call {
  const Generator* generator = nullptr;
  Arguments arguments;
};

/// Reads a call. Errors name the column, counted from `column` for the first character of `text`.
[[nodiscard]] Result<Call> parse_call(std::string_view text, std::size_t column);

/// The call with every argument spelled, defaults too: it reads back as the same call, on every machine.
[[nodiscard]] std::string spelled(const Call& call);

}  // namespace roundoff
