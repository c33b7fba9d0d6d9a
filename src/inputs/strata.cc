#include "inputs/strata.h"

#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/format.h"
#include "inputs/philox.h"

namespace roundoff {
namespace {

/// Four words of one element and use.
PhiloxCounter drawn(std::uint64_t seed, std::uint64_t index, std::uint32_t stream) {
  return philox4x32({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), stream, 0},
                    {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

/// A number below n from 64 random bits: the high half of the product.
std::uint64_t below(std::uint64_t n, std::uint64_t random) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{n} * random) >> 64);
}

std::int64_t least(const FloatRange& range) {
  const PatternSpace& space = patterns_of(range.dtype);
  return range.negative.empty() ? ordinal_of(range.dtype, range.positive.first)
                                : ordinal_of(range.dtype, range.negative.last | space.sign);
}

/// Float i of the range, in numeric order.
Bits nth(const FloatRange& range, std::uint64_t i) {
  return pattern_at(range.dtype, static_cast<std::int64_t>(static_cast<std::uint64_t>(least(range)) + i));
}

/// Bits of the significand below the highest `kept` made zero.
Bits shortened(DType dtype, Bits x, int kept) {
  const int fraction = patterns_of(dtype).fraction;
  return x >> (fraction - kept) << (fraction - kept);
}

/// t / log2|x| to nearest, where x^y passes 2^t. MPFR rounds correctly, so every machine finds the same.
double threshold_power(double x, double t) {
  mpfr_t y, quotient;
  mpfr_init2(y, 64);
  mpfr_init2(quotient, 53);
  mpfr_set_d(y, std::fabs(x), MPFR_RNDN);
  mpfr_log2(y, y, MPFR_RNDN);
  mpfr_d_div(quotient, t, y, MPFR_RNDN);
  const double result = mpfr_get_d(quotient, MPFR_RNDN);
  mpfr_clear(y);
  mpfr_clear(quotient);
  return result;
}

std::vector<std::int64_t> landmarks_of(const std::vector<Interval>& intervals, const FloatRange& range) {
  const Format& format = format_of(range.dtype);
  std::vector<double> points{0.0, -0.0, format.min_normal(), format.max_finite(), 0.5, 1, 2};
  for (int quarters = 1; quarters <= 8; ++quarters) points.push_back(quarters * (std::numbers::pi / 4));
  for (const Interval& interval : intervals) points.insert(points.end(), {interval.lo, interval.hi});
  points.insert(points.end(), {range.lo, range.hi});
  std::vector<std::int64_t> ordinals;
  for (const double point : points) {
    for (const double x : {point, -point}) {
      const Bits pattern = pattern_of(range.dtype, x);
      if (range.holds(pattern)) ordinals.push_back(ordinal_of(range.dtype, pattern));
    }
  }
  std::ranges::sort(ordinals);
  ordinals.erase(std::unique(ordinals.begin(), ordinals.end()), ordinals.end());
  return ordinals;
}

}  // namespace

Strata::Strata(const Op& op, std::vector<FloatRange> ranges, bool mirrored, std::uint64_t seed)
    : mirrored_(mirrored), seed_(seed), power_(op.name == "pow") {
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    Argument argument{.range = ranges[k], .intervals = {}, .landmarks = {}};
    const std::vector<Interval> own = k < op.sample.size() ? op.sample[k] : std::vector<Interval>{};
    for (const Interval& interval : own) {
      const Interval part{std::max(interval.lo, ranges[k].lo), std::min(interval.hi, ranges[k].hi)};
      if (part.lo <= part.hi && float_range(ranges[k].dtype, part.lo, part.hi).ok()) argument.intervals.push_back(part);
    }
    argument.landmarks = landmarks_of(own, ranges[k]);
    arguments_.push_back(std::move(argument));
  }
}

Bits Strata::one(const Argument& argument, std::uint64_t index, std::uint32_t stream) const {
  const FloatRange& range = argument.range;
  const DType dtype = range.dtype;
  const PhiloxCounter words = drawn(seed_, index, stream), more = drawn(seed_, index, stream + 1);
  const std::uint64_t random = long_word(words), other = long_word(more);
  const Bits anywhere = nth(range, below(range.count(), random));
  const int fraction = patterns_of(dtype).fraction;
  Bits x = anywhere;
  switch (words[3] % 8) {
    case 3:
    case 4:
      if (!argument.intervals.empty()) {
        const Interval& interval = argument.intervals[below(argument.intervals.size(), other)];
        if (words[3] % 8 == 3) {  // every number of the interval alike
          const double share = static_cast<double>(random >> 11) * 0x1p-53;
          x = pattern_of(dtype, interval.lo + (interval.hi - interval.lo) * share);
        } else {  // every exponent of it
          const FloatRange part = float_range(dtype, interval.lo, interval.hi).value();
          x = nth(part, below(part.count(), random));
        }
      }
      break;
    case 5:
    case 6:
      if (!argument.landmarks.empty()) {  // at any distance, near ones as often as far ones
        const std::int64_t landmark = argument.landmarks[below(argument.landmarks.size(), other)];
        const std::uint32_t reach = more[2] % static_cast<std::uint32_t>(fraction);
        const auto offset = static_cast<std::int64_t>(random >> 1 >> (63 - reach));
        const std::int64_t near = (more[3] & 1) != 0 ? landmark + offset : landmark - offset;
        const auto last = static_cast<std::int64_t>(patterns_of(dtype).infinity);
        if (near >= -last - 1 && near <= last) x = pattern_at(dtype, near);
      }
      break;
    case 7:
      x = shortened(dtype, anywhere, static_cast<int>(more[2] % static_cast<std::uint32_t>(fraction / 2 + 1)));
      break;
    default:
      break;
  }
  return range.holds(x) ? x : anywhere;
}

void Strata::pair(std::int64_t index, Bits& x) const {
  const FloatRange& range = arguments_[0].range;
  const auto quad = static_cast<std::uint64_t>(index / 4);
  const bool second_pair = index % 4 >= 2;
  x = one(arguments_[0], 2 * quad, 0);
  if (second_pair) {
    const Bits mirror = x ^ patterns_of(range.dtype).sign;
    x = mirrored_ && range.holds(mirror) ? mirror : one(arguments_[0], 2 * quad + 1, 0);
  }
  if (index % 2 == 1 && range.holds(x + 1)) ++x;
}

void Strata::draw(std::int64_t index, std::span<Bits> x) const {
  if (x.size() == 1) return pair(index, x[0]);
  const auto i = static_cast<std::uint64_t>(index);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = one(arguments_[k], i, static_cast<std::uint32_t>(2 * k));
  // The last two arguments together: equal, nearly equal, or of a power that is about to over- or underflow.
  const PhiloxCounter words = drawn(seed_, i, 16);
  const FloatRange& range = arguments_.back().range;
  const DType dtype = range.dtype;
  const Bits before = x[x.size() - 2];
  Bits tied = x.back();
  if (words[0] % 4 == 0 && arguments_[x.size() - 2].range.dtype == dtype) {
    const std::uint32_t reach = words[1] % static_cast<std::uint32_t>(patterns_of(dtype).fraction);
    const std::int64_t near =
        ordinal_of(dtype, before) + static_cast<std::int64_t>(long_word(words) >> 1 >> (63 - reach));
    if (near <= static_cast<std::int64_t>(patterns_of(dtype).infinity)) tied = pattern_at(dtype, near);
    if ((words[2] & 1) != 0) tied ^= patterns_of(dtype).sign;
  } else if (words[0] % 4 == 1 && power_) {
    const Format& format = format_of(dtype);
    const double ends[] = {format.emax + 1.0, static_cast<double>(format.emin),
                           static_cast<double>(format.emin - format.precision)};
    const double y = threshold_power(value_of(dtype, before), ends[words[1] % 3]);
    const double spread =
        1 + (static_cast<double>(words[2]) - 0x1p31) * 0x1p-31 * std::ldexp(1.0, -static_cast<int>(words[3] % 40));
    if (std::isfinite(y)) tied = pattern_of(dtype, y * spread);
  }
  if (range.holds(tied)) x.back() = tied;
}

}  // namespace roundoff
