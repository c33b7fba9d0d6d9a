// concat(x1, x2, …, axis=0): the arguments joined along an axis; None: flattened first
#include <fmt/format.h>

#include <algorithm>

#include "ops/shared/strides.h"

namespace roundoff::ops {
namespace {

bool flattens(const Attrs& attrs) {
  const auto it = attrs.find("axis");
  return it != attrs.end() && std::holds_alternative<std::monostate>(it->second);
}

Result<Shape> shape(std::span<const Shape> in, const Attrs& attrs) {
  if (flattens(attrs)) {
    Shape out{0};
    for (const Shape& each : in) out[0] += product_of(each);
    return out;
  }
  ROUNDOFF_TRY(const std::size_t axis, axis_of(int_attr(attrs, "axis"), in[0].size()));
  Shape out = in[0];
  for (const Shape& each : in.subspan(1)) {
    Shape aligned = each;
    if (aligned.size() == out.size()) aligned[axis] = out[axis];
    if (aligned != out) {
      return Error{Code::input,
                   fmt::format("{} and {} do not join along axis {}", to_string(in[0]), to_string(each), axis), "",
                   "all sizes but that along the axis must be the same"};
    }
    out[axis] += each[axis];
  }
  return out;
}

std::vector<Movement::Source> map(std::span<const Shape> in, const Shape& out, const Attrs& attrs) {
  const std::size_t axis = flattens(attrs) ? 0 : axis_of(int_attr(attrs, "axis"), out.size()).value();
  std::int64_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= out[i];
  std::vector<Movement::Source> sources;
  sources.reserve(static_cast<std::size_t>(product_of(out)));
  for (std::int64_t block = 0; block < outer; ++block) {
    for (std::size_t k = 0; k < in.size(); ++k) {
      const std::int64_t run = product_of(in[k]) / outer;  // elements of one argument that stay together
      for (std::int64_t i = 0; i < run; ++i) sources.push_back({static_cast<std::int32_t>(k), block * run + i});
    }
  }
  return sources;
}

}  // namespace

Op make_concat() {
  return {
      .name = "concat",
      .summary = "the arguments joined along an axis",
      .body = Movement{.map = map},
      .attrs = {{"axis",
                 AttrType::axis,
                 AttrValue{std::int64_t{0}},
                 "the axis to join along; None: of the flattened arguments",
                 {}}},
      .allowance = nothing_moves(),
      .special_values = "unchanged",
      .shape = shape,
      .arity_min = 1,
      .arity_max = 64,
  };
}

}  // namespace roundoff::ops
