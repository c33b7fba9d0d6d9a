// When NumPy and PyTorch call two elements close: every operation in the arithmetic that they use.
// Sources: numpy/_core/numeric.py, isclose; aten/src/ATen/native/TensorCompare.cpp, isclose;
// torch/testing/_comparison.py.
#include <cmath>

#include "metrics/diff/state.h"

namespace roundoff {
namespace {

/// |a − b| ≤ atol + rtol·|b| with every operation rounded to the format. +∞ on both sides counts as close here.
bool within(const Format& format, double a, double b, double rtol, double atol, double& apart) {
  if (format.precision == 24) {
    const auto x = static_cast<float>(a), y = static_cast<float>(b);
    const float scaled = static_cast<float>(rtol) * std::fabs(y), allowed = static_cast<float>(atol) + scaled;
    const float between = std::fabs(x - y);
    apart = between;
    return between <= allowed;
  }
  if (format.precision == 53) {
    apart = std::fabs(a - b);
    return apart <= atol + rtol * std::fabs(b);
  }
  apart = round_to(format, std::fabs(a - b));
  const double scaled = round_to(format, rtol * std::fabs(b));
  return apart <= round_to(format, atol + scaled);
}

}  // namespace

// What NumPy's promotion makes of the two and a Python float.
DType compared_in(DType a, DType b) {
  if (!is_float(a) || !is_float(b)) return DType::float64;
  if (a == b) return a;
  const bool both_narrow = format_of(a).precision < 24 && format_of(b).precision < 24;
  if (both_narrow) return DType::float32;  // float16 and bfloat16
  return format_of(a).precision > format_of(b).precision ? a : b;
}

ValueKind kind_of(double x) {
  if (std::isnan(x)) return ValueKind::nan;
  if (std::isfinite(x)) return ValueKind::finite;
  return x > 0 ? ValueKind::positive_infinity : ValueKind::negative_infinity;
}

bool close_as_numpy(const PairRules& rules, const Exact& a, const Exact& b) {
  const double x = a.high + a.low, y = b.high + b.low;
  if (x == y || (std::isnan(x) && std::isnan(y))) return true;
  if (!std::isfinite(y) || std::isnan(x)) return false;
  const Format& format = format_of(compared_in(rules.a, rules.b));
  double apart;
  return within(format, x, y, round_to(format, rules.rtol), round_to(format, rules.atol), apart);
}

bool close_as_torch(const PairRules& rules, const Exact& a, const Exact& b) {
  const double x = a.high + a.low, y = b.high + b.low;
  if (x == y && (std::isinf(x) || distance_of(a, b) == 0)) return true;
  if (!std::isfinite(x) || !std::isfinite(y)) return false;  // its equal_nan is off
  const Format& format = format_of(compared_in(rules.a, rules.b));
  // Scalars stay in float32 beside tensors of 16 bits.
  const bool narrow = format.precision < 24;
  const double rtol = narrow ? static_cast<double>(static_cast<float>(rules.rtol)) : rules.rtol;
  const double atol = narrow ? static_cast<double>(static_cast<float>(rules.atol)) : rules.atol;
  double apart;
  return within(format, x, y, rtol, atol, apart) && std::isfinite(apart);
}

}  // namespace roundoff
