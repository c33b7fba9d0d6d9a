// Random integers from lo to below hi: lo + ⌊long_word · (hi − lo) / 2^64⌋. No integer is likelier than another by more
// than (hi − lo) / 2^64 of its share.
#include "inputs/generator.h"
#include "inputs/philox.h"

namespace roundoff::generators {
namespace {

/// The upper 64 bits of a product.
std::uint64_t upper_product(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
  const std::uint64_t low = a0 * b0, left = a1 * b0 + (low >> 32), right = a0 * b1 + (left & 0xffffffff);
  return a1 * b1 + (left >> 32) + (right >> 32);
}

Result<Array> make(const Arguments& arguments) {
  const auto lo = arguments.get<WrittenNumber>("lo").integer, hi = arguments.get<WrittenNumber>("hi").integer;
  const std::uint64_t seed = arguments.get<std::uint64_t>("seed");
  if (!lo || !hi)
    return bad_argument(lo ? "hi" : "lo", "no integer within int64", "write integers without point or exponent");
  if (*lo >= *hi) return bad_argument("hi", "there is no integer from lo to below hi", "make hi larger than lo");
  const std::uint64_t first = static_cast<std::uint64_t>(*lo), width = static_cast<std::uint64_t>(*hi) - first;
  return filled_exactly(arguments.get<DType>("dtype"), arguments.get<Shape>("shape"), *lo, *hi - 1,
                        [=](std::int64_t i) {
                          return static_cast<std::int64_t>(first + upper_product(long_word(words_of(seed, i)), width));
                        });
}

}  // namespace

Generator make_integers() {
  return {.name = "integers",
          .summary = "random integers from lo to below hi",
          .parameters = {{"lo", ArgumentKind::number},
                         {"hi", ArgumentKind::number},
                         {"shape", ArgumentKind::shape},
                         {"dtype", ArgumentKind::dtype, "int64"},
                         {"seed", ArgumentKind::seed, "0"}},
          .dtypes = number_dtypes(),
          .make = make,
          .arrange = {}};
}

}  // namespace roundoff::generators
