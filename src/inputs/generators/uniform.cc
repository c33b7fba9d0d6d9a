// Uniform from lo to hi: lo + (hi − lo) · u in float64 operations, rounded to the dtype (and so at times to hi itself),
// where u is the multiple ⌊long_word / 2^11⌋ of 2^-53, in [0, 1).
#include <cmath>

#include "inputs/generator.h"
#include "inputs/philox.h"

namespace roundoff::generators {
namespace {

Result<Array> make(const Arguments& arguments) {
  const double lo = arguments.number("lo"), hi = arguments.number("hi"), width = hi - lo;
  const std::uint64_t seed = arguments.get<std::uint64_t>("seed");
  if (!std::isfinite(width)) return bad_argument("hi", "hi - lo is not finite in float64", "use a smaller range");
  if (width < 0) return bad_argument("hi", "hi lies below lo", "swap them");
  return filled(arguments.get<DType>("dtype"), arguments.get<Shape>("shape"), [=](std::int64_t i) {
    const double u = static_cast<double>(long_word(words_of(seed, i)) >> 11) * 0x1p-53;
    return lo + width * u;
  });
}

}  // namespace

Generator make_uniform() {
  return {.name = "uniform",
          .summary = "uniformly random from lo to hi",
          .parameters = {{"lo", ArgumentKind::number, "0"},
                         {"hi", ArgumentKind::number, "1"},
                         {"shape", ArgumentKind::shape},
                         {"dtype", ArgumentKind::dtype, "float32"},
                         {"seed", ArgumentKind::seed, "0"}},
          .dtypes = float_dtypes(),
          .make = make,
          .arrange = {}};
}

}  // namespace roundoff::generators
