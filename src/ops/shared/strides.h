// Where elements lie: C order, broadcasting, and the views that movement ops make.
#pragma once

#include "ops/op.h"

namespace roundoff::ops {

[[nodiscard]] std::int64_t product_of(const Shape& shape);

/// base + Σ index · stride for every index into `shape`, in C order.
[[nodiscard]] std::vector<std::int64_t> strided(const Shape& shape, std::int64_t base,
                                                std::span<const std::int64_t> strides);
/// The strides of `own` seen as an array of the shape `wide` that it broadcasts to.
[[nodiscard]] std::vector<std::int64_t> broadcast_strides(const Shape& wide, const Shape& own,
                                                          std::span<const std::int64_t> strides);

/// The elements of the only argument, at these places.
[[nodiscard]] std::vector<Movement::Source> from_first(std::span<const std::int64_t> places);
/// An axis counted from the end where negative; an Error where there is none such.
[[nodiscard]] Result<std::size_t> axis_of(std::int64_t axis, std::size_t rank);

/// Movement ops round nothing.
[[nodiscard]] Allowance nothing_moves();

}  // namespace roundoff::ops
