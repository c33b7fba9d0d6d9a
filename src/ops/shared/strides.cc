#include "ops/shared/strides.h"

#include <fmt/format.h>

namespace roundoff::ops {

std::int64_t product_of(const Shape& shape) {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) product *= size;
  return product;
}

std::vector<std::int64_t> strided(const Shape& shape, std::int64_t base, std::span<const std::int64_t> strides) {
  std::vector<std::int64_t> out{base};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::vector<std::int64_t> next;
    next.reserve(out.size() * static_cast<std::size_t>(shape[axis]));
    for (const std::int64_t place : out) {
      for (std::int64_t i = 0; i < shape[axis]; ++i) next.push_back(place + i * strides[axis]);
    }
    out = std::move(next);
  }
  return out;
}

std::vector<std::int64_t> broadcast_strides(const Shape& wide, const Shape& own,
                                            std::span<const std::int64_t> strides) {
  std::vector<std::int64_t> out(wide.size());
  const std::size_t skip = wide.size() - own.size();
  for (std::size_t axis = 0; axis < own.size(); ++axis) out[skip + axis] = own[axis] == 1 ? 0 : strides[axis];
  return out;
}

std::vector<Movement::Source> from_first(std::span<const std::int64_t> places) {
  std::vector<Movement::Source> out;
  out.reserve(places.size());
  for (const std::int64_t place : places) out.push_back({0, place});
  return out;
}

Result<std::size_t> axis_of(std::int64_t axis, std::size_t rank) {
  const auto n = static_cast<std::int64_t>(rank);
  if (axis < -n || axis >= n) {
    return Error{Code::input, fmt::format("axis {} is out of range for {} dimensions", axis, n), "",
                 n == 0 ? "a scalar has no axes" : fmt::format("use {} to {}", -n, n - 1)};
  }
  return static_cast<std::size_t>(axis < 0 ? axis + n : axis);
}

Allowance nothing_moves() { return {.source = "the result is made of the arguments' elements: nothing to round"}; }

}  // namespace roundoff::ops
