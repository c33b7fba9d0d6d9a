// One element of an output against its enclosure: the error and its size in ulps of the real truth.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "metrics/metric.h"

namespace roundoff {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// significand · 2^exponent, so that neither the error nor its size in ulps leaves float64's range on the way.
struct Scaled {
  double significand;
  int exponent;
};

/// x · 2^k, the quick way where 2^k is a normal number.
double scaled(double x, int k) {
  if (k == 0) return x;
  if (k > 1023 || k < -1022) return std::ldexp(x, k);
  return x * std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52);
}

int exponent_field(double x) { return static_cast<int>((std::bit_cast<std::uint64_t>(x) >> 52) & 0x7ff); }

/// Zero, or far enough from both ends of float64 that sums and differences neither overflow nor lose bits below the
/// smallest subnormal.
bool comfortable(double x) {
  const int field = exponent_field(x);
  return x == 0 || (field > 200 && field < 1900);
}

/// |y − (hi + lo)|. The difference to hi is split exactly; where it cancels against lo it had no second part.
double plain_distance(double y, double hi, double lo) {
  const double d = y - hi;
  const double back = d - y;
  const double rest = (y - (d - back)) - (hi + back);
  return std::fabs(d + (rest - lo));
}

Scaled distance(double y, const Enclosure& t) {
  if (t.exp == 0 && comfortable(y) && comfortable(t.hi)) return {plain_distance(y, t.hi, t.lo), 0};
  int shift = std::numeric_limits<int>::min();
  if (y != 0) shift = std::ilogb(y);
  if (t.hi != 0) shift = std::max(shift, std::ilogb(t.hi) + t.exp);
  if (y == 0 && t.hi == 0) return {0, 0};
  const int t_shift = t.exp - shift;
  return {plain_distance(std::ldexp(y, -shift), std::ldexp(t.hi, t_shift), std::ldexp(t.lo, t_shift)), shift};
}

/// ⌊log2|t|⌋ of the real midpoint hi + lo; hi is not 0.
int floor_log2(const Enclosure& t) {
  const bool power_of_two = (std::bit_cast<std::uint64_t>(t.hi) & ((std::uint64_t{1} << 52) - 1)) == 0;
  const bool below = t.lo != 0 && std::signbit(t.lo) != std::signbit(t.hi);
  const int field = exponent_field(t.hi);
  if (field == 0) return std::ilogb(t.hi) + t.exp - (below && std::ldexp(1.0, std::ilogb(t.hi)) == std::fabs(t.hi));
  return field - 1023 + t.exp - (power_of_two && below);
}

int ulp_exponent(const Format& format, const Enclosure& t) {
  const int e = t.hi == 0 ? format.emin : std::max(floor_log2(t), format.emin);
  return e - format.precision + 1;
}

bool has_distance(double y, const Enclosure& t) {
  return std::isfinite(y) && (t.kind == Kind::real || t.kind == Kind::neg_zero);
}

Sample sample_one(std::int64_t index, double y, const Enclosure& t, double nearest, bool decided,
                  const Format& format) {
  Sample s{index, y, kNaN, kNaN, nearest, decided, false, false, false};
  if (!decided) return s;
  if (std::isnan(nearest) || std::isinf(nearest) || !std::isfinite(y)) {
    s.correct = y == nearest || (std::isnan(y) && std::isnan(nearest));
    s.kind_differs = !s.correct;
    return s;
  }
  const bool exact_zero = t.kind == Kind::neg_zero || (t.hi == 0 && t.rad == 0);
  s.correct = y == nearest && (!exact_zero || std::signbit(y) == std::signbit(nearest));
  s.flushed = y == 0 && nearest != 0 && std::fabs(nearest) < format.min_normal();
  const Scaled error = distance(y, t);
  s.error = scaled(error.significand, error.exponent);
  s.ulps = scaled(error.significand, error.exponent - ulp_exponent(format, t));
  return s;
}

}  // namespace

double error_of(double y, const Enclosure& t) {
  if (!has_distance(y, t)) return kNaN;
  const Scaled error = distance(y, t);
  return scaled(error.significand, error.exponent);
}

void sample(const Array& output, const Truth& truth, std::int64_t begin, std::span<Sample> out) {
  const Format& format = format_of(truth.dtype);
  auto open = std::lower_bound(truth.undecided.begin(), truth.undecided.end(), begin);
  for (std::size_t k = 0; k < out.size(); ++k) {
    const std::int64_t i = begin + static_cast<std::int64_t>(k);
    const bool decided = open == truth.undecided.end() || *open != i;
    if (!decided) ++open;
    out[k] = sample_one(i, output.get(i), truth.value[i], truth.nearest[i], decided, format);
  }
}

Sample sample_of(const Array& output, const Truth& truth, std::int64_t index) {
  Sample s;
  sample(output, truth, index, {&s, 1});
  return s;
}

}  // namespace roundoff
