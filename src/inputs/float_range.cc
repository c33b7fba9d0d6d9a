#include "inputs/float_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/format.h"
#include "base/text.h"
#include "inputs/values.h"

namespace roundoff {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

constexpr PatternSpace kFloat16{16, 10, 0x8000, 0x7c00, 0x0400};
constexpr PatternSpace kBfloat16{16, 7, 0x8000, 0x7f80, 0x0080};
constexpr PatternSpace kFloat32{32, 23, 0x80000000, 0x7f800000, 0x00800000};
constexpr PatternSpace kFloat64{64, 52, 0x8000000000000000, 0x7ff0000000000000, 0x0010000000000000};

Error no_range(std::string_view text, std::string what) {
  return {Code::usage, std::move(what), fmt::format("range '{}'", text),
          "[LOW, HIGH], as in '[-10, 10]' or '[0, inf]'"};
}

Result<double> bound_of(std::string_view text, std::string_view whole) {
  const auto value = parse_value({.name = "bound", .kind = ArgumentKind::number}, {}, trimmed(text));
  if (!value) return no_range(whole, fmt::format("'{}' is no number", trimmed(text)));
  const double bound = std::get<WrittenNumber>(*value).value;
  if (std::isnan(bound)) return no_range(whole, "NaN bounds nothing");
  return bound;
}

/// The smallest magnitude whose value is at least x ≥ 0.
Bits at_least(DType dtype, double x) {
  const Bits near = pattern_of(dtype, x);
  return value_of(dtype, near) < x ? near + 1 : near;
}

/// The largest magnitude whose value is at most x ≥ 0.
Bits at_most(DType dtype, double x) {
  const Bits near = pattern_of(dtype, x);
  return value_of(dtype, near) > x ? near - 1 : near;
}

/// Magnitudes of the numbers in [lo, hi] ∩ [0, ∞].
Magnitudes upper_half(DType dtype, double lo, double hi) {
  if (hi < 0) return {};
  return {at_least(dtype, lo > 0 ? lo : 0.0), at_most(dtype, std::fabs(hi))};
}

}  // namespace

const PatternSpace& patterns_of(DType dtype) {
  switch (dtype) {
    case DType::float16:
      return kFloat16;
    case DType::bfloat16:
      return kBfloat16;
    case DType::float32:
      return kFloat32;
    default:
      return kFloat64;
  }
}

double value_of(DType dtype, Bits pattern) {
  switch (dtype) {
    case DType::float16:
      return float16_to_double(static_cast<std::uint16_t>(pattern));
    case DType::bfloat16:
      return bfloat16_to_double(static_cast<std::uint16_t>(pattern));
    case DType::float32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
    default:
      return std::bit_cast<double>(pattern);
  }
}

Bits pattern_of(DType dtype, double x) {
  switch (dtype) {
    case DType::float16:
      return double_to_float16(x);
    case DType::bfloat16:
      return double_to_bfloat16(x);
    case DType::float32:
      return std::bit_cast<std::uint32_t>(static_cast<float>(round_to(format_of(dtype), x)));
    default:
      return std::bit_cast<std::uint64_t>(x);
  }
}

std::int64_t ordinal_of(DType dtype, Bits pattern) {
  const PatternSpace& space = patterns_of(dtype);
  const auto magnitude = static_cast<std::int64_t>(pattern & ~space.sign);
  return (pattern & space.sign) != 0 ? -magnitude - 1 : magnitude;
}

Bits pattern_at(DType dtype, std::int64_t ordinal) {
  const PatternSpace& space = patterns_of(dtype);
  return ordinal < 0 ? static_cast<Bits>(-(ordinal + 1)) | space.sign : static_cast<Bits>(ordinal);
}

Magnitudes Magnitudes::within(Bits least, Bits most) const { return {std::max(first, least), std::min(last, most)}; }

bool FloatRange::holds(Bits pattern) const {
  const Bits sign = patterns_of(dtype).sign;
  return side((pattern & sign) != 0).holds(pattern & ~sign);
}

std::string FloatRange::str() const {
  if (all) return "all";
  return fmt::format("[{}, {}]", shortest(DType::float64, lo), shortest(DType::float64, hi));
}

Result<FloatRange> float_range(DType dtype, double lo, double hi) {
  FloatRange range{.dtype = dtype, .lo = lo, .hi = hi, .all = false, .negative = {}, .positive = {}};
  range.positive = upper_half(dtype, lo, hi);
  range.negative = upper_half(dtype, -hi, -lo);
  if (range.count() == 0) {
    return Error{Code::usage, fmt::format("there is no {} in it", name_of(dtype)), "range " + range.str(),
                 lo > hi ? "the lower end comes first" : "a wider range"};
  }
  range.all = range.count() == all_floats(dtype).count();
  return range;
}

FloatRange all_floats(DType dtype) {
  const Bits infinity = patterns_of(dtype).infinity;
  return {.dtype = dtype, .lo = -kInf, .hi = kInf, .all = true, .negative = {0, infinity}, .positive = {0, infinity}};
}

Result<FloatRange> parse_float_range(std::string_view text, DType dtype) {
  std::string_view inside = trimmed(text);
  if (!inside.starts_with('[') || !inside.ends_with(']') || inside.size() < 2)
    return no_range(text, "it is no interval");
  inside = inside.substr(1, inside.size() - 2);
  const std::size_t comma = inside.find(',');
  if (comma == std::string_view::npos || inside.find(',', comma + 1) != std::string_view::npos)
    return no_range(text, "an interval has two ends");
  ROUNDOFF_TRY(const double lo, bound_of(inside.substr(0, comma), text));
  ROUNDOFF_TRY(const double hi, bound_of(inside.substr(comma + 1), text));
  return float_range(dtype, lo, hi);
}

}  // namespace roundoff
