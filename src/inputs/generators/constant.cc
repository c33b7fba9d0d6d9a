// One value, rounded once from float64 to the dtype; integers of up to 64 bits are exact in an integer dtype.
#include "inputs/generator.h"

namespace roundoff::generators {
namespace {

Result<Array> make(const Arguments& arguments) {
  const DType dtype = arguments.get<DType>("dtype");
  const Shape& shape = arguments.get<Shape>("shape");
  const auto& number = arguments.get<WrittenNumber>("value");
  if (is_float(dtype)) {
    return filled(dtype, shape, [value = number.value](std::int64_t) { return value; });
  }
  if (!number.integer) return bad_argument("value", "not an integer, for an integer dtype", "use a floating dtype");
  return filled_exactly(dtype, shape, *number.integer, *number.integer,
                        [value = *number.integer](std::int64_t) { return value; });
}

}  // namespace

Generator make_constant() {
  return {.name = "constant",
          .summary = "one value throughout",
          .parameters = {{"value", ArgumentKind::number},
                         {"shape", ArgumentKind::shape, "()"},
                         {"dtype", ArgumentKind::dtype, "float32"}},
          .dtypes = number_dtypes(),
          .make = make,
          .arrange = {}};
}

}  // namespace roundoff::generators
