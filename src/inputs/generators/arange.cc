// start, start + step, … below stop (above it for a negative step), as many as NumPy's arange makes: ⌈(stop − start) /
// step⌉. Element i is start + i · step: exact for integers, else two float64 operations, then rounded to the dtype.
#include <algorithm>
#include <cmath>

#include "inputs/generator.h"

namespace roundoff::generators {
namespace {

constexpr double kMostCount = 0x1p48;

/// Whether start, stop and step are integers whose multiples stay clear of the limits of int64.
bool all_exact(const Arguments& arguments) {
  for (const char* name : {"start", "stop", "step"}) {
    const auto& number = arguments.get<WrittenNumber>(name);
    if (!number.integer || std::abs(number.value) > 0x1p61) return false;
  }
  return true;
}

Result<Array> exact(std::int64_t start, std::int64_t stop, std::int64_t step, DType dtype) {
  const std::int64_t span = stop - start;
  if (span == 0 || (span < 0) != (step < 0)) return new_input(dtype, {0});
  const std::int64_t count = (span - (step > 0 ? 1 : -1)) / step + 1;
  const std::int64_t last = start + (count - 1) * step;
  return filled_exactly(dtype, {count}, std::min(start, last), std::max(start, last),
                        [=](std::int64_t i) { return start + i * step; });
}

Result<Array> make(const Arguments& arguments) {
  const double start = arguments.number("start"), stop = arguments.number("stop"), step = arguments.number("step");
  const DType dtype = arguments.get<DType>("dtype");
  if (!std::isfinite(start) || !std::isfinite(stop))
    return bad_argument("stop", "the range is not finite", "use finite numbers");
  if (!std::isfinite(step) || step == 0)
    return bad_argument("step", "the step is 0 or not finite", "use a step such as 1 or 0.5");
  if (all_exact(arguments)) {
    const auto integer = [&](const char* name) { return *arguments.get<WrittenNumber>(name).integer; };
    return exact(integer("start"), integer("stop"), integer("step"), dtype);
  }
  if (!is_float(dtype))
    return bad_argument("dtype", "an integer dtype for a range that is not of integers", "use a floating dtype");
  const double count = std::max(0.0, std::ceil((stop - start) / step));
  if (!(count <= kMostCount)) return bad_argument("step", "more than 2^48 elements", "use a larger step");
  return filled(dtype, {static_cast<std::int64_t>(count)},
                [=](std::int64_t i) { return start + static_cast<double>(i) * step; });
}

}  // namespace

Generator make_arange() {
  return {.name = "arange",
          .summary = "evenly spaced from start (0) to below stop",
          .parameters = {{"start", ArgumentKind::number, "0"},
                         {"stop", ArgumentKind::number},
                         {"step", ArgumentKind::number, "1"},
                         {"dtype", ArgumentKind::dtype, "float32"}},
          .dtypes = number_dtypes(),
          .make = make,
          .arrange = [](Arguments& arguments, std::size_t positional) {
            if (positional != 1 || arguments.has("stop")) return;
            arguments.set("stop", arguments.get<WrittenNumber>("start"));  // arange(stop)
            arguments.erase("start");
          }};
}

}  // namespace roundoff::generators
