// One unit of a sweep: outputs judged against their truths, and against each other.
#pragma once

#include <functional>

#include "backends/evaluator.h"
#include "metrics/sweep/judge.h"
#include "run/sweep/function.h"
#include "run/sweep/state.h"

namespace roundoff::sweep {

/// The outputs of a slice; an Error ends the unit.
using Outputs = std::function<Result<Array>(std::int64_t slice, const Slice& inputs)>;

/// Adds the unit to `item`. Not for two threads at once: each has its own judge and item.
[[nodiscard]] Status judge_unit(const Function& function, const Split& split, std::int64_t unit, Judge& judge,
                                const Outputs& outputs, Item& item);

/// The very same call again. Bits that differ are added to `item`.
[[nodiscard]] Status probe_repeat(const Slice& slice, const Array& first, Evaluator& evaluator, Item& item);
/// Single elements and short arrays out of the slice, at another place in memory.
[[nodiscard]] Status probe_layout(const Slice& slice, const Array& first, Evaluator& evaluator, Item& item);

/// Neighbours across the borders of units that are done.
[[nodiscard]] PairCount across_borders(const Function& function, const Split& split, const Item& item);

/// A digest of all that is done.
[[nodiscard]] std::string digest_of(const Item& item);

}  // namespace roundoff::sweep
