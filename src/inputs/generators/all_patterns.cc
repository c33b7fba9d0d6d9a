// Every bit pattern of a 16-bit format, 0x0000 to 0xffff: all numbers, zeros, infinities and NaNs.
#include "inputs/generator.h"

namespace roundoff::generators {
namespace {

Result<Array> make(const Arguments& arguments) {
  constexpr std::int64_t kPatterns = 65536;
  ROUNDOFF_TRY(Array array, new_input(arguments.get<DType>("dtype"), {kPatterns}));
  std::uint16_t pattern = 0;
  for (std::uint16_t& element : array.as_mutable<std::uint16_t>()) element = pattern++;
  return array;
}

}  // namespace

Generator make_all_patterns() {
  return {.name = "all",
          .summary = "every bit pattern of float16 or bfloat16",
          .parameters = {{"dtype", ArgumentKind::dtype}},
          .dtypes = {DType::float16, DType::bfloat16},
          .make = make,
          .arrange = {}};
}

}  // namespace roundoff::generators
