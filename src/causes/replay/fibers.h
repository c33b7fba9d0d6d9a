// Fibers: the slices along reduced or scanned axes, enumerated in C order, so that an order is written once as "how to
// add n numbers".
#pragma once

#include <cstdint>
#include <vector>

#include "ops/op.h"

namespace roundoff::replay {

struct Fibers {
  std::vector<std::int64_t>
      base;  ///< where each fiber starts: flat indices, one per index over the kept axes in C order
  std::vector<std::int64_t> step;  ///< from there to each of its elements, in C order over the fiber's axes
  std::int64_t run =
      1;  ///< elements of a fiber that lie side by side in the innermost reduced axes, adjacent axes taken together
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(base.size()); }
  [[nodiscard]] std::int64_t length() const { return static_cast<std::int64_t>(step.size()); }
};

/// The fibers of `shape` along `axes` (sorted, non-negative).
[[nodiscard]] Fibers fibers_along(const Shape& shape, std::span<const std::int64_t> axes);

/// The fibers of a reduction or scan node's argument.
[[nodiscard]] Result<Fibers> fibers_of(const Attrs& attrs, const Shape& argument);

}  // namespace roundoff::replay
