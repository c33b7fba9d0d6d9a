// How odd a replay's bits are: what tells a proof from a coincidence.
#pragma once

#include <cstdint>

#include "causes/cause.h"

namespace roundoff::replay {

/// Σ over elements of log2(1 + float distance between the replay and the correctly rounded result). NaN against a
/// number counts as the dtype's precision. Integers and booleans count a bit for each element that differs.
[[nodiscard]] double evidence_bits(const Array& replay, const Array& exact);

/// The least evidence that proves one hypothesis out of `tried`: 12 bits more than log2(tried).
[[nodiscard]] double threshold_bits(std::int64_t tried);

/// Arguments for further evidence: every floating element scaled by a seeded factor in (1/2, 1) (zeros become the
/// factor itself), so that signs, magnitudes and domains stay what they were and no product or sum is exact by
/// accident. Other dtypes stay. The factor of element i of argument a in draw d is SplitMix64 of (d, a, i) (Steele, Lea
/// & Flood 2014): the same everywhere.
[[nodiscard]] Result<std::vector<Array>> further_inputs(std::span<const Array> in, std::uint64_t draw);

}  // namespace roundoff::replay
