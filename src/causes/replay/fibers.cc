#include "causes/replay/fibers.h"

#include <algorithm>

namespace roundoff::replay {
namespace {

/// Flat offsets of all indices over `axes`, in C order.
std::vector<std::int64_t> offsets(const Shape& shape, const Shape& strides, const std::vector<std::size_t>& axes) {
  std::vector<std::int64_t> all{0};
  for (const std::size_t axis : axes) {
    std::vector<std::int64_t> next;
    next.reserve(all.size() * static_cast<std::size_t>(shape[axis]));
    for (const std::int64_t offset : all) {
      for (std::int64_t i = 0; i < shape[axis]; ++i) next.push_back(offset + i * strides[axis]);
    }
    all = std::move(next);
  }
  return all;
}

}  // namespace

Fibers fibers_along(const Shape& shape, std::span<const std::int64_t> axes) {
  Shape strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  std::vector<std::size_t> kept, along;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool reduced = std::ranges::find(axes, static_cast<std::int64_t>(i)) != axes.end();
    (reduced ? along : kept).push_back(i);
  }
  Fibers fibers{offsets(shape, strides, kept), offsets(shape, strides, along), 1};
  for (std::size_t i = along.size(); i-- > 0;) {
    fibers.run *= shape[along[i]];
    if (i > 0 && along[i - 1] + 1 != along[i]) break;
  }
  return fibers;
}

Result<Fibers> fibers_of(const Attrs& attrs, const Shape& argument) {
  ROUNDOFF_TRY(const std::vector<std::int64_t> axes, axes_of(attrs, argument.size()));
  return fibers_along(argument, axes);
}

}  // namespace roundoff::replay
