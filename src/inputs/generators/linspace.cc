// n numbers from lo to hi, both included. Element i is lo + i · ((hi − lo) / (n − 1)) in float64 operations, the last
// one hi, all rounded to the dtype: what NumPy's linspace gives.
#include <cmath>

#include "inputs/generator.h"

namespace roundoff::generators {
namespace {

Result<Array> make(const Arguments& arguments) {
  const double lo = arguments.number("lo"), hi = arguments.number("hi");
  const std::int64_t n = arguments.get<std::int64_t>("n");
  if (!std::isfinite(hi - lo)) return bad_argument("hi", "hi - lo is not finite in float64", "use a smaller range");
  const double step = n > 1 ? (hi - lo) / static_cast<double>(n - 1) : 0;
  return filled(arguments.get<DType>("dtype"), {n},
                [=](std::int64_t i) { return i > 0 && i == n - 1 ? hi : static_cast<double>(i) * step + lo; });
}

}  // namespace

Generator make_linspace() {
  return {.name = "linspace",
          .summary = "n evenly spaced numbers from lo to hi, both included",
          .parameters = {{"lo", ArgumentKind::number},
                         {"hi", ArgumentKind::number},
                         {"n", ArgumentKind::count},
                         {"dtype", ArgumentKind::dtype, "float32"}},
          .dtypes = float_dtypes(),
          .make = make,
          .arrange = {}};
}

}  // namespace roundoff::generators
