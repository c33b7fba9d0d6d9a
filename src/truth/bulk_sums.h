// Sums, means and running sums of doubles by the kernels of kernels/sums.h.
#pragma once

#include "ops/op.h"
#include "roundoff/array.h"

namespace roundoff::truth {

/// The ops that are a sum, by name.
enum class Total { none, sum, mean, running };
[[nodiscard]] Total total_of(const Op& op);

/// One fiber: elements base + within[i] of an array.
struct FiberElements {
  const Array& array;
  std::int64_t base;
  std::span<const std::int64_t> within;
};

/// Truth of one fiber of such an op: 1 enclosure, or one for each element. False where the elements or their sums are
/// for other tiers (infinities, NaN, a leading −0, overflow, 64-bit integers). `scratch` is reused from call to call.
[[nodiscard]] bool enclose_total(Total total, const FiberElements& in, std::span<Enclosure> out,
                                 std::vector<double>& scratch);

}  // namespace roundoff::truth
