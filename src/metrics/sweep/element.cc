#include "metrics/sweep/element.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "balls/held.h"
#include "base/format.h"
#include "truth/pairs.h"

namespace roundoff::sweep {
namespace {

constexpr long kFirstBits = 128, kCapBits = 4096;
constexpr long kSpare = 64;  // bits beyond a midpoint's own, for ends of intervals
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
/// An error is to be known to so many bits before it becomes a double, unless it is so small that it does not matter.
constexpr slong kErrorBits = 56, kNegligible = -60;

constexpr long kSaturatedBits = 900;
/// Steps of the sums' grid to an ulp; beyond kShort every double is a multiple of one.
constexpr double kGrid = double{1 << kSumBits}, kShort = 0x1p40;

/// ⌊log2|x|⌋ of x ≠ 0, clamped to what a double's exponent and more can hold.
slong floor_log2(arf_srcptr x) {
  constexpr slong kFar = slong{1} << 40;
  if (arf_cmpabs_2exp_si(x, kFar) >= 0) return kFar;
  if (arf_cmpabs_2exp_si(x, -kFar) < 0) return -kFar;
  return fmpz_get_si(ARF_EXPREF(x)) - 1;
}

/// The exponents of ulp(t) at both ends of the ball.
std::pair<slong, slong> ulp_exponents(const Ball& t, const Format& format) {
  Arf low, high;
  const slong prec = arf_bits(arb_midref(t.arb())) + kSpare;
  arb_get_abs_lbound_arf(low, t.arb(), prec);
  arb_get_abs_ubound_arf(high, t.arb(), prec);
  const auto exponent = [&](arf_srcptr x) {
    return arf_is_zero(x) ? slong{format.emin} : std::max(floor_log2(x), slong{format.emin});
  };
  return {exponent(low) - format.precision + 1, exponent(high) - format.precision + 1};
}

/// error and bin of y against t for one exponent of the ulp; false where the ball is too wide.
bool find_error(double y, const Ball& t, slong exponent, Measured& out) {
  Ball e;
  arb_set_d(e.arb(), y);
  arb_sub(e.arb(), e.arb(), t.arb(), arf_bits(arb_midref(t.arb())) + kSpare + 1100);
  arb_mul_2exp_si(e.arb(), e.arb(), -exponent);
  Arf low, high;
  arb_get_interval_arf(low, high, e.arb(), arf_bits(arb_midref(e.arb())) + kSpare);
  // Edges are doubles: rounding away from zero crosses none.
  out.bin = bin_of(arf_get_d(low, ARF_RND_UP));
  if (out.bin != bin_of(arf_get_d(high, ARF_RND_UP))) return false;
  const mag_srcptr radius = arb_radref(e.arb());
  if (!mag_is_zero(radius) && arb_rel_accuracy_bits(e.arb()) < kErrorBits && mag_cmp_2exp_si(radius, kNegligible) > 0) {
    return false;
  }
  // 1 where the truth is 2^-1022 is more ulps than a double has: it counts as the largest.
  constexpr double kMost = std::numeric_limits<double>::max();
  out.error = std::clamp(arf_get_d(arb_midref(e.arb()), ARF_RND_NEAR), -kMost, kMost);
  return true;
}

/// A truth so near to a float that no ball may ever tell them apart (1 − e^−x, x large) is taken to be it.
void take_saturated(Ball& truth, const Format& format) {
  const auto nearest = truth.real() ? rounded(truth, format) : std::nullopt;
  if (!nearest || *nearest == 0 || std::isinf(*nearest)) return;
  Ball rest;
  arb_set_d(rest.arb(), *nearest);
  arb_sub(rest.arb(), rest.arb(), truth.arb(), kSpare);
  mag_t bound;
  mag_init(bound);
  arb_get_mag(bound, rest.arb());
  if (mag_cmp_2exp_si(bound, std::ilogb(*nearest) - kSaturatedBits) < 0) arb_set_d(truth.arb(), *nearest);
  mag_clear(bound);
}

/// The same, whatever the exponent is: it matters where y is not next to a power of two that the truth is next to.
bool find_error(double y, const Ball& t, const Format& format, Measured& out) {
  const auto [least, most] = ulp_exponents(t, format);
  if (!find_error(y, t, least, out)) return false;
  return least == most || (out.bin == 0 && std::fabs(out.error) < std::ldexp(1.0, kNegligible));
}

bool same_value(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool is_subnormal(double x, const Format& format) { return x != 0 && std::fabs(x) < format.min_normal(); }

}  // namespace

std::optional<int> bin_between(double least, double most) {
  const int bin = bin_of(least);
  if (bin != bin_of(most) || (bin != 0 && least <= lower_edge(bin))) return std::nullopt;
  return bin;
}

std::int64_t steps_of(double e) {
  const double steps = e * (1 << kSumBits) + 0.5;
  const auto whole = static_cast<std::int64_t>(steps);
  return whole - static_cast<std::int64_t>(static_cast<double>(whole) > steps);
}

double value_of(DType dtype, std::uint64_t pattern) {
  switch (dtype) {
    case DType::float16:
      return float16_to_double(static_cast<std::uint16_t>(pattern));
    case DType::bfloat16:
      return bfloat16_to_double(static_cast<std::uint16_t>(pattern));
    case DType::float32:
      return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(pattern)));
    default:
      return std::bit_cast<double>(pattern);
  }
}

std::uint64_t pattern_of(DType dtype, double value) {
  if (std::isnan(value)) value = kNaN;
  switch (dtype) {
    case DType::float16:
      return double_to_float16(value);
    case DType::bfloat16:
      return double_to_bfloat16(value);
    case DType::float32:
      return std::bit_cast<std::uint32_t>(static_cast<float>(value));
    default:
      return std::bit_cast<std::uint64_t>(value);
  }
}

Elements::Elements(const Op& op, Attrs attrs, DType dtype)
    : body_(std::get<Elementwise>(op.body)), attrs_(std::move(attrs)), dtype_(dtype), format_(format_of(dtype)) {}

void Elements::evaluate_at(std::span<const double> x, long prec, Ball& out) {
  std::array<const Ball*, 3> in{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    argument_[i].set_double(x[i]);
    in[i] = &argument_[i];
  }
  evaluate(body_, out, std::span(in).first(x.size()), attrs_, prec);
}

std::optional<double> Elements::nearest(std::span<const double> x, Ball& out) {
  std::optional<double> nearest;
  for (long prec = kFirstBits; prec <= kCapBits && !nearest; prec *= 2) {
    evaluate_at(x, prec, out);
    nearest = rounded(out, format_);
  }
  return nearest;
}

bool Elements::flushes_input(std::span<const double> x, double y, double nearest) {
  std::array<double, 3> flushed{};
  bool any = false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool subnormal = is_subnormal(x[i], format_);
    any = any || subnormal;
    flushed[i] = subnormal ? std::copysign(0.0, x[i]) : x[i];
  }
  if (!any || same_value(y, nearest)) return false;
  Ball ball;
  const auto at_zero = this->nearest(std::span<const double>(flushed).first(x.size()), ball);
  return at_zero && same_value(y, *at_zero);
}

void Elements::find_breaks(std::span<const double> x, double y, double nearest, Kind truth, Measured& out) {
  const auto broken = [&](Break kind) { out.broken[static_cast<std::size_t>(kind)] = true; };
  if (std::isnan(nearest) != std::isnan(y)) {
    broken(std::isnan(y) ? Break::nan_unexpected : Break::nan_missing);
  } else if (std::isinf(nearest) && y != nearest) {
    const bool exact = truth == Kind::pos_inf || truth == Kind::neg_inf;
    broken(exact ? Break::infinity_missing : Break::overflow_missing);
  } else if (std::isinf(y) && !std::isinf(nearest)) {
    broken(Break::overflow_spurious);
  } else if (y == 0 && nearest == 0 && std::signbit(y) != std::signbit(nearest)) {
    broken(Break::zero_sign);
  } else if (y == 0 && is_subnormal(nearest, format_)) {
    broken(Break::flushed_output);
  }
  if (flushes_input(x, y, nearest)) broken(Break::flushed_input);
}

bool Elements::measure(std::span<const double> x, double y, Ball& truth, Measured& out) {
  const auto nearest = rounded(truth, format_);
  if (!nearest) return false;
  const Kind kind = truth.kind();
  if (kind == Kind::neg_zero) arb_zero(truth.arb());
  out.real = std::isfinite(*nearest) && std::isfinite(y);
  if (out.real && !find_error(y, truth, format_, out)) return false;
  out.decided = true;
  out.correct = same_value(y, *nearest);
  find_breaks(x, y, *nearest, kind, out);
  return true;
}

Measured Elements::measure(std::span<const double> x, double y) {
  Ball truth;
  for (long prec = kFirstBits; prec <= kCapBits; prec *= 2) {
    Measured out;
    evaluate_at(x, prec, truth);
    if (prec > kSaturatedBits) take_saturated(truth, format_);
    if (measure(x, y, truth, out)) return out;
  }
  return {};
}

void Elements::add_counts(const Measured& m, const Example& at, Tier tier, Tally& tally) {
  ++tally.elements;
  ++tally.tiers[static_cast<std::size_t>(tier)];
  if (!m.decided) {
    ++tally.undecided;
    return;
  }
  tally.correct += m.correct;
  for (std::size_t i = 0; i < kBreaks; ++i) {
    if (m.broken[i]) tally.add_break(static_cast<Break>(i), at);
  }
  if (!m.real) return;
  ++tally.histogram[static_cast<std::size_t>(kSideBins + m.bin)];
  if (std::fabs(m.error) < kShort) {
    const auto steps = static_cast<long>(std::floor(m.error * kGrid + 0.5));
    tally.sum += steps;
    tally.sum_abs += std::labs(steps);
  } else {
    mpz_class steps;
    if (std::fabs(m.error) < 0x1p1000) {
      steps = std::floor(m.error * kGrid);  // an integer: kGrid · kShort = 2^52
    } else {
      steps = mpz_class(m.error) << kSumBits;
    }
    tally.sum += steps;
    tally.sum_abs += abs(steps);
  }
}

Example Elements::example_of(std::span<const double> x, double y) const {
  Example at{.output = pattern_of(dtype_, y)};
  for (std::size_t i = 0; i < std::min(x.size(), at.input.size()); ++i) at.input[i] = pattern_of(dtype_, x[i]);
  return at;
}

/// False where the double-double form does not tell: a class of errors, a step of the sums, or, beside a power of two,
/// which ulp it is, unless the error is next to nothing in either. Numbers here are normal and finite, so that no
/// contract can be broken.
bool Elements::add_by_pair(std::span<const double> x, double y, Tally& tally) {
  std::array<DoubleDouble, 2> arguments;
  if (body_.pair == nullptr || x.size() > arguments.size() || y == 0 || !std::isfinite(y)) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!truth::for_pair(x[i]) || is_subnormal(x[i], format_)) return false;
    arguments[i].hi = x[i];
  }
  const DoubleDouble t = body_.pair(arguments.data());
  const double size = std::fabs(t.hi);
  if (!(size > 2 * format_.min_normal() && size < format_.max_finite() / 4 && t.rad < size)) return false;
  int exponent = 0;
  const double significand = std::frexp(size, &exponent);
  const bool beside = !(significand > 0.5 + 0x1p-40 && significand < 1 - 0x1p-40);
  const int ulps = format_.precision - exponent;
  const double error = std::ldexp((y - t.hi) - t.lo, ulps);
  const double bound = std::ldexp(t.rad, ulps) + std::fabs(error) * 0x1p-50;
  const double least = std::max(0.0, std::fabs(error) - bound), most = std::fabs(error) + bound;
  if (beside && !(2 * most < 0x1p-14)) return false;
  const auto bin = bin_between(least, most);
  if (!bin || !(most < kBeyond) || steps_of(error - bound) != steps_of(error + bound)) return false;
  add_precise(*bin, error < 0, tally);
  const std::int64_t steps = steps_of(error);
  tally.sum += static_cast<long>(steps);
  tally.sum_abs += static_cast<long>(std::abs(steps));
  // The worst errors are kept to float64's accuracy: one that may be among them is measured.
  const Example at = example_of(x, y);
  const Worst& kept = tally.worst[tally.class_of(at.input[0])];
  const double level = worst_level(most), bar = kept.ulps < 0 ? -1 : worst_level(kept.ulps);
  if (level > bar || (level == bar && at.input < kept.at.input)) {
    add_worst(measure(x, y), at, tally);
  }
  return true;
}

void Elements::add_precise(int bin, bool below, Tally& tally) {
  ++tally.elements;
  ++tally.tiers[static_cast<std::size_t>(Tier::precise)];
  ++tally.histogram[static_cast<std::size_t>(kSideBins + (below ? -bin : bin))];
  tally.correct += bin < 4;
}

void Elements::add_worst(const Measured& m, const Example& at, Tally& tally) {
  if (m.decided && m.real) tally.add_worst({.ulps = std::fabs(m.error), .below = m.error < 0, .at = at});
}

void Elements::add(std::span<const double> x, double y, Tally& tally) {
  if (!add_by_pair(x, y, tally)) add_by_balls(x, y, tally);
}

void Elements::add_by_balls(std::span<const double> x, double y, Tally& tally) {
  if (std::any_of(x.begin(), x.end(), [](double each) { return std::isnan(each); })) return;
  const Example at = example_of(x, y);
  const Measured m = measure(x, y);
  add_counts(m, at, Tier::ball, tally);
  add_worst(m, at, tally);
}

}  // namespace roundoff::sweep
