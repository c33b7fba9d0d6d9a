// flip(x, axis=None): the elements in reverse order along axes
#include <algorithm>

#include "ops/shared/strides.h"

namespace roundoff::ops {
namespace {

Result<Shape> shape(std::span<const Shape> in, const Attrs& attrs) {
  ROUNDOFF_TRY(const auto axes, axes_of(attrs, in[0].size()));
  (void)axes;
  return in[0];
}

std::vector<Movement::Source> map(std::span<const Shape>, const Shape& out, const Attrs& attrs) {
  auto strides = c_strides(out);
  std::int64_t base = 0;
  const auto axes = axes_of(attrs, out.size()).value();
  for (const std::int64_t axis : axes) {
    const auto i = static_cast<std::size_t>(axis);
    base += std::max<std::int64_t>(0, out[i] - 1) * strides[i];
    strides[i] = -strides[i];
  }
  return from_first(strided(out, base, strides));
}

}  // namespace

Op make_flip() {
  return {
      .name = "flip",
      .summary = "the elements in reverse order along axes",
      .body = Movement{.map = map},
      .attrs = {{"axis", AttrType::axis, AttrValue{std::monostate()}, "axis or axes to reverse; None: all", {}}},
      .allowance = nothing_moves(),
      .special_values = "unchanged",
      .derivative = {"flip(g)"},
      .shape = shape,
  };
}

}  // namespace roundoff::ops
