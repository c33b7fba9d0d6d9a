// Every exponent of the dtype is as likely as every other, from that of the smallest subnormal to that of the largest
// number; within one, every fraction is as likely. Word 2 picks the exponent (⌊x2 · n / 2^32⌋ of n), the top bits of
// long_word the fraction, the lowest bit of word 3 the sign. Never 0, NaN or infinite.
#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "inputs/generator.h"
#include "inputs/philox.h"

namespace roundoff::generators {
namespace {

double value_of(const Format& format, bool both_signs, const PhiloxCounter& words) {
  const int least = format.emin - format.precision + 1;
  const auto exponents = static_cast<std::uint64_t>(format.emax - least + 1);
  const int exponent = least + static_cast<int>(words[2] * exponents >> 32);
  const int fraction_bits = std::min(format.precision - 1, exponent - least);
  const std::uint64_t fraction = fraction_bits == 0 ? 0 : long_word(words) >> (64 - fraction_bits);
  const std::uint64_t mantissa = (std::uint64_t{1} << fraction_bits) + fraction;
  const double magnitude = std::ldexp(static_cast<double>(mantissa), exponent - fraction_bits);
  return both_signs && (words[3] & 1) != 0 ? -magnitude : magnitude;
}

Result<Array> make(const Arguments& arguments) {
  const DType dtype = arguments.get<DType>("dtype");
  const std::uint64_t seed = arguments.get<std::uint64_t>("seed");
  const bool both_signs = arguments.get<bool>("signed");
  const Format& format = format_of(dtype);
  return filled(dtype, arguments.get<Shape>("shape"),
                [&](std::int64_t i) { return value_of(format, both_signs, words_of(seed, i)); });
}

}  // namespace

Generator make_loguniform() {
  return {.name = "loguniform",
          .summary = "random sign, exponent (any of the dtype, subnormals too) and fraction",
          .parameters = {{"shape", ArgumentKind::shape},
                         {"dtype", ArgumentKind::dtype, "float32"},
                         {"seed", ArgumentKind::seed, "0"},
                         {"signed", ArgumentKind::flag, "True"}},
          .dtypes = float_dtypes(),
          .make = make,
          .arrange = {}};
}

}  // namespace roundoff::generators
