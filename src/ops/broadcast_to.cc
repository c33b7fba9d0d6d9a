// broadcast_to(x, shape): x repeated along new axes and axes of size 1
#include <fmt/format.h>

#include "ops/shared/strides.h"

namespace roundoff::ops {
namespace {

Result<Shape> shape(std::span<const Shape> in, const Attrs& attrs) {
  const Shape wanted = list_attr(attrs, "shape");
  ROUNDOFF_TRY(const auto count, count_of(wanted));
  (void)count;
  const auto both = broadcast(std::vector<Shape>{in[0], wanted});
  if (!both.ok() || *both != wanted) {
    return Error{Code::input, fmt::format("{} does not broadcast to {}", to_string(in[0]), to_string(wanted)), "shape",
                 ""};
  }
  return wanted;
}

std::vector<Movement::Source> map(std::span<const Shape> in, const Shape& out, const Attrs&) {
  return from_first(strided(out, 0, broadcast_strides(out, in[0], c_strides(in[0]))));
}

}  // namespace

Op make_broadcast_to() {
  return {
      .name = "broadcast_to",
      .summary = "the elements repeated to fill a shape",
      .body = Movement{.map = map},
      .attrs = {{"shape", AttrType::ints, std::nullopt, "the shape to fill", {}}},
      .allowance = nothing_moves(),
      .special_values = "unchanged",
      .shape = shape,
  };
}

}  // namespace roundoff::ops
