// reshape(x, shape): the same elements in C order under another shape
#include <fmt/format.h>

#include <numeric>

#include "ops/shared/strides.h"

namespace roundoff::ops {
namespace {

Result<Shape> shape(std::span<const Shape> in, const Attrs& attrs) {
  Shape out = list_attr(attrs, "shape");
  const std::int64_t count = product_of(in[0]);
  std::int64_t known = 1, open = -1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] >= 0) {
      if (__builtin_mul_overflow(known, out[i], &known)) known = -1;
    } else if (out[i] == -1 && open < 0) {
      open = static_cast<std::int64_t>(i);
    } else {
      return Error{Code::input, "a shape has sizes and at most one -1", "shape", ""};
    }
    if (known < 0) break;
  }
  if (open >= 0 && known > 0 && count % known == 0) {
    out[static_cast<std::size_t>(open)] = count / known;
  } else if (open >= 0 || known != count) {
    return Error{Code::input, fmt::format("{} elements do not make the shape {}", count, to_string(out)), "shape", ""};
  }
  return out;
}

std::vector<Movement::Source> map(std::span<const Shape>, const Shape& out, const Attrs&) {
  std::vector<std::int64_t> places(static_cast<std::size_t>(product_of(out)));
  std::iota(places.begin(), places.end(), 0);
  return from_first(places);
}

}  // namespace

Op make_reshape() {
  return {
      .name = "reshape",
      .summary = "the same elements under another shape",
      .body = Movement{.map = map},
      .attrs = {{"shape", AttrType::ints, std::nullopt, "the new shape; one size may be -1 and is worked out", {}}},
      .allowance = nothing_moves(),
      .special_values = "unchanged",
      .shape = shape,
  };
}

}  // namespace roundoff::ops
