#include "metrics/diff/wide.h"

#include <algorithm>
#include <cmath>

namespace roundoff {
namespace {

bool is_held(DType dtype) { return is_float(dtype) || dtype == DType::bool_ || size_of(dtype) <= 4; }

bool same_bits(double x, double y) { return x == y && std::signbit(x) == std::signbit(y); }

Exact exact(double x) { return {x, 0}; }

}  // namespace

WideScan::WideScan(const PairRules& rules) : rules_(rules), unit_(unit_of(rules.a, rules.b)) {
  // The histogram of pairs of one narrow dtype is of differences in float32.
  const bool own = rules.a == rules.b && is_float(rules.a) && rules.a != DType::float64;
  takes_ = is_held(rules.a) && is_held(rules.b) && !own;
  const Format& format = format_of(unit_.dtype);
  most_exponent_ = unit_.integer ? kWideMostExponent : std::min(kWideMostExponent, format.emax);
  least_ = unit_.integer ? 0 : std::max(std::ldexp(1.0, kWideLeastExponent - kWideSpan), format.min_normal());
}

bool WideScan::add(PairState& state, std::int64_t index, std::span<const Exact> x, std::span<const Exact> y) {
  if (!takes_) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    a_[i] = x[i].high;
    b_[i] = y[i].high;
  }
  replaced_ = 0;
  if (!measure(state) && !(clean(x, y) && measure(state))) return false;
  for (std::size_t i = 0; replaced_ > 0 && i < x.size(); ++i) {
    if (apart_[i]) state.add(index + static_cast<std::int64_t>(i), x[i], y[i]);
  }
  state.add_wide_block(figures_, bins_, replaced_);
  look(state, index);
  refuse(state);
  return true;
}

bool WideScan::measure(const PairState& state) {
  WideRequest request;
  request.integers = unit_.integer;
  request.precision = format_of(unit_.dtype).precision;
  request.emin = format_of(unit_.dtype).emin;
  request.relative = state.max_relative() * (1 - 0x1p-50);
  request.rtol = rules_.rtol;
  request.atol = rules_.atol;
  for (int attempt = 0; attempt < 2; ++attempt) {
    request.exponent = exponent_;
    request.least = least();
    wide_block(a_.data(), b_.data(), request, bins_.data(), figures_);
    if (figures_.fits) return true;
    if (!std::isfinite(figures_.largest)) return false;
    const int exponent = figures_.largest == 0 ? exponent_ : std::ilogb(figures_.largest) + 1;
    if (exponent == exponent_ || exponent < kWideLeastExponent || exponent > most_exponent_) return false;
    exponent_ = exponent;
  }
  return false;
}

double WideScan::least() const { return unit_.integer ? 0 : std::max(std::ldexp(1.0, exponent_ - kWideSpan), least_); }

/// Puts zeros for the elements that no block can hold. False where these are many.
bool WideScan::clean(std::span<const Exact> x, std::span<const Exact> y) {
  constexpr std::int64_t kMany = kPairBlock / 2;
  const double most = std::ldexp(1.0, most_exponent_);
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (const double v : {std::fabs(x[i].high), std::fabs(y[i].high)}) {
      if (v < most) largest = std::max(largest, v);
    }
  }
  if (largest == 0) return false;
  exponent_ = std::max(std::ilogb(largest) + 1, kWideLeastExponent);
  const auto fits = [most, least = least()](double v) {
    return v == 0 || (std::fabs(v) < most && std::fabs(v) >= least);
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    apart_[i] = !fits(x[i].high) || !fits(y[i].high);
    if (!apart_[i]) continue;
    a_[i] = b_[i] = 0;
    ++replaced_;
  }
  return replaced_ > 0 && replaced_ < kMany;
}

void WideScan::look(PairState& state, std::int64_t index) const {
  const bool first = state.first_different() < 0 || state.first_different() >= index;
  const bool any = figures_.relative_beyond || figures_.max_abs > std::min(state.least_kept(), state.max_abs()) ||
                   (unit_.integer ? figures_.max_abs : figures_.max_ulp) > state.max_ulp();
  if (!first && !any) return;
  for (std::size_t i = 0; i < a_.size(); ++i) {
    if (same_bits(a_[i], b_[i])) continue;
    state.differs_at(index + static_cast<std::int64_t>(i));
    if (!any) return;
    state.look(index + static_cast<std::int64_t>(i), exact(a_[i]), exact(b_[i]));
  }
}

void WideScan::refuse(PairState& state) const {
  std::int64_t numpy = 0, torch = 0, ulp = 0;
  // As of the kernels of float32: far inside where four times the bound is.
  const double relative = std::ldexp(figures_.max_ulp, 1 - format_of(unit_.dtype).precision);
  const bool inside =
      (!unit_.integer && 4 * relative <= std::min(rules_.rtol, 1.0)) || figures_.max_abs * 2 <= rules_.atol;
  if (state.closeness().dtype() == DType::float64) {
    numpy = torch = figures_.beyond;
  } else if (!inside) {
    for (std::size_t i = 0; i < a_.size(); ++i) {
      if (same_bits(a_[i], b_[i])) continue;
      numpy += !state.closeness().numpy(exact(a_[i]), exact(b_[i]));
      torch += !state.closeness().torch(exact(a_[i]), exact(b_[i]));
    }
  }
  const double most = unit_.integer ? figures_.max_abs : static_cast<double>(figures_.max_distance);
  if (rules_.max_ulp && most > static_cast<double>(*rules_.max_ulp)) {
    for (std::size_t i = 0; i < a_.size(); ++i)
      ulp += ordinals_apart(unit_, exact(a_[i]), exact(b_[i])) > *rules_.max_ulp;
  }
  state.add_beyond(numpy, torch, ulp);
}

}  // namespace roundoff
