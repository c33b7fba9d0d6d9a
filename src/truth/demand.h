// The second tier: single elements and what they depend on, by balls at rising precision and, where a ball can never
// decide, by exact rationals.
#pragma once

#include <functional>
#include <span>

#include "truth/walk.h"

namespace roundoff::truth {

/// Told of an element whose correct rounding was decided, and of one that stayed open at the cap (decided = false),
/// with its best ball. Called from one thread, in ascending order of neither.
using Resolved = std::function<void(std::int64_t index, const Ball& ball, bool decided)>;

/// Evaluates the output at `open` at 256, 512, … bits up to `cap`, each rung only where the one before left the
/// rounding open.
void resolve(const Graph& graph, const std::vector<Array>& arrays, std::vector<std::int64_t> open, long cap,
             const Resolved& resolved);

}  // namespace roundoff::truth
