// Every float of a range, by the bits of its magnitude: what an exhaustive sweep walks over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "roundoff/array.h"

namespace roundoff {

/// Bits of one float, zero-extended; the sign is the format's highest bit.
using Bits = std::uint64_t;

/// The patterns of a floating dtype without their sign: 0 is zero, `infinity` the largest that is no NaN.
struct PatternSpace {
  int bits;         ///< 16, 32 or 64
  int fraction;     ///< stored bits of the significand
  Bits sign;        ///< the sign bit
  Bits infinity;    ///< magnitude of infinity
  Bits min_normal;  ///< magnitude of the smallest normal number
};
[[nodiscard]] const PatternSpace& patterns_of(DType dtype);

/// The number with these bits, exactly.
[[nodiscard]] double value_of(DType dtype, Bits pattern);
/// The bits of x rounded to nearest even in the dtype.
[[nodiscard]] Bits pattern_of(DType dtype, double x);
/// Position among the non-NaN floats in numeric order: -0 is -1, +0 is 0, the smallest subnormals are -2 and 1.
[[nodiscard]] std::int64_t ordinal_of(DType dtype, Bits pattern);
[[nodiscard]] Bits pattern_at(DType dtype, std::int64_t ordinal);

/// Magnitudes first … last, both included; none where first > last.
struct Magnitudes {
  Bits first = 1, last = 0;
  [[nodiscard]] bool empty() const { return first > last; }
  [[nodiscard]] std::uint64_t count() const { return empty() ? 0 : last - first + 1; }
  [[nodiscard]] bool holds(Bits magnitude) const { return first <= magnitude && magnitude <= last; }
  [[nodiscard]] Magnitudes within(Bits least, Bits most) const;
};

/// The floats of a dtype in the closed interval [lo, hi]: both zeros where 0 is in it, infinities where they are.
struct FloatRange {
  DType dtype = DType::float32;
  double lo = 0, hi = 0;  ///< as asked for
  bool all = false;       ///< every non-NaN float
  Magnitudes negative, positive;
  [[nodiscard]] std::uint64_t count() const { return negative.count() + positive.count(); }
  [[nodiscard]] const Magnitudes& side(bool is_negative) const { return is_negative ? negative : positive; }
  [[nodiscard]] bool holds(Bits pattern) const;
  /// "[-10, 10]", "all".
  [[nodiscard]] std::string str() const;
};

/// Code::usage where there is no float between the ends.
[[nodiscard]] Result<FloatRange> float_range(DType dtype, double lo, double hi);
[[nodiscard]] FloatRange all_floats(DType dtype);
/// "[-10, 10]", "[0x1p-3, inf]": decimal or hex floats, inf, pi.
[[nodiscard]] Result<FloatRange> parse_float_range(std::string_view text, DType dtype);

}  // namespace roundoff
