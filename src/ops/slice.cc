// slice(x, starts, stops, steps, drop): x[start:stop:step, …] as Python reads it
#include <fmt/format.h>

#include <algorithm>

#include "ops/shared/strides.h"

namespace roundoff::ops {
namespace {

/// What is taken of one axis.
struct Part {
  std::int64_t first = 0, step = 1, count = 0;
  bool dropped = false;
};

/// Python's rules for slices: negative bounds count from the end, bounds beyond the ends stop there.
Part slice_of(std::int64_t size, std::int64_t start, std::int64_t stop, std::int64_t step) {
  const std::int64_t low = step < 0 ? -1 : 0, high = step < 0 ? size - 1 : size;
  const auto bound = [&](std::int64_t value, std::int64_t open) {
    if (value == kNoneInt) return open;
    return std::clamp(value < 0 ? value + size : value, low, high);
  };
  const std::int64_t first = bound(start, step < 0 ? high : low), last = bound(stop, step < 0 ? low : high);
  const std::int64_t span = step < 0 ? first - last : last - first;
  const auto stride =
      static_cast<std::int64_t>(step < 0 ? -static_cast<std::uint64_t>(step) : static_cast<std::uint64_t>(step));
  return {first, step, span <= 0 ? 0 : (span - 1) / stride + 1};
}

Result<std::vector<Part>> parts_of(const Shape& in, const Attrs& attrs) {
  const auto starts = list_attr(attrs, "starts"), stops = list_attr(attrs, "stops"), steps = list_attr(attrs, "steps"),
             drop = list_attr(attrs, "drop");
  if (starts.size() > in.size() || stops.size() != starts.size() || steps.size() != starts.size() ||
      (!drop.empty() && drop.size() != starts.size())) {
    return Error{Code::input, fmt::format("{} indices for {} dimensions", starts.size(), in.size()), "", ""};
  }
  std::vector<Part> parts;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (i >= starts.size()) {
      parts.push_back({0, 1, in[i]});
      continue;
    }
    if (steps[i] == 0 || steps[i] == kNoneInt)
      return Error{Code::input, "the step of a slice is not a number, or 0", "steps", ""};
    const bool dropped = i < drop.size() && drop[i] != 0;
    if (dropped && (starts[i] < -in[i] || starts[i] >= in[i])) {
      return Error{Code::input, fmt::format("index {} is out of range for axis {} of size {}", starts[i], i, in[i]), "",
                   ""};
    }
    parts.push_back(slice_of(in[i], starts[i], stops[i], steps[i]));
    parts.back().dropped = dropped;
  }
  return parts;
}

Result<Shape> shape(std::span<const Shape> in, const Attrs& attrs) {
  ROUNDOFF_TRY(const auto parts, parts_of(in[0], attrs));
  Shape out;
  for (const Part& part : parts) {
    if (!part.dropped) out.push_back(part.count);
  }
  return out;
}

std::vector<Movement::Source> map(std::span<const Shape> in, const Shape& out, const Attrs& attrs) {
  const auto parts = parts_of(in[0], attrs).value();
  const auto strides = c_strides(in[0]);
  std::int64_t base = 0;
  std::vector<std::int64_t> steps;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    base += parts[i].first * strides[i];
    if (!parts[i].dropped) steps.push_back(parts[i].step * strides[i]);
  }
  return from_first(strided(out, base, steps));
}

}  // namespace

Op make_slice() {
  const auto ints = [](const char* name, const char* doc) {
    return AttrSpec{name, AttrType::ints, AttrValue{std::vector<std::int64_t>()}, doc, {}};
  };
  return {
      .name = "slice",
      .summary = "part of an array: x[1:3, ::-1, 0]",
      .body = Movement{.map = map},
      .attrs = {ints("starts", "first index of each leading axis"), ints("stops", "index to stop before"),
                ints("steps", "step"), ints("drop", "1 where the axis was a single index and disappears")},
      .allowance = nothing_moves(),
      .special_values = "unchanged",
      .shape = shape,
  };
}

}  // namespace roundoff::ops
