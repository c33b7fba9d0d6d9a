#include "metrics/diff/close.h"

#include <cmath>

namespace roundoff {
namespace {

/// What NumPy's promotion makes of the two and a Python float.
DType compared_in(DType a, DType b) {
  if (!is_float(a) || !is_float(b)) return DType::float64;
  if (a == b) return a;
  const bool both_narrow = format_of(a).precision < 24 && format_of(b).precision < 24;
  if (both_narrow) return DType::float32;  // float16 and bfloat16
  return format_of(a).precision > format_of(b).precision ? a : b;
}

}  // namespace

Closeness::Closeness(DType a, DType b, double rtol, double atol)
    : dtype_(compared_in(a, b)),
      format_(format_of(dtype_)),
      numpy_{round_to(format_, rtol), round_to(format_, atol)},
      slack_(8 * std::ldexp(1.0, -format_.precision)),
      floor_(4 * format_.min_normal()),
      most_(format_.max_finite()) {
  // PyTorch's scalars stay in float32 beside tensors of 16 bits, and in float64 until they are used beside others.
  const bool narrow = format_.precision < 24;
  torch_ = narrow
               ? Tolerance{static_cast<double>(static_cast<float>(rtol)), static_cast<double>(static_cast<float>(atol))}
               : Tolerance{rtol, atol};
}

/// |a − b| ≤ atol + rtol·|b| with every operation rounded to the format.
bool Closeness::within(double a, double b, const Tolerance& tolerance, double& apart) const {
  apart = std::fabs(a - b);
  if (format_.precision == 53) return apart <= tolerance.atol + tolerance.rtol * std::fabs(b);
  if (format_.precision == 24) {
    const auto x = static_cast<float>(a), y = static_cast<float>(b);
    const float scaled = static_cast<float>(tolerance.rtol) * std::fabs(y);
    const float allowed = static_cast<float>(tolerance.atol) + scaled, between = std::fabs(x - y);
    apart = static_cast<double>(between);
    return between <= allowed;
  }
  // Three roundings, each of half an ulp or half the smallest subnormal, move either side by less than this.
  const double allowed = tolerance.atol + tolerance.rtol * std::fabs(b);
  const double unsure = allowed * slack_ + floor_;
  if (apart > allowed + unsure && apart <= most_) return false;
  apart = round_to(format_, apart);
  if (allowed > unsure && apart < allowed - unsure) return true;
  return apart <= round_to(format_, tolerance.atol + round_to(format_, tolerance.rtol * std::fabs(b)));
}

bool Closeness::numpy(const Exact& a, const Exact& b) const {
  const double x = a.high + a.low, y = b.high + b.low;
  if (x == y || (std::isnan(x) && std::isnan(y))) return true;
  if (!std::isfinite(y) || std::isnan(x)) return false;
  double apart;
  return within(x, y, numpy_, apart);
}

bool Closeness::torch(const Exact& a, const Exact& b) const {
  const double x = a.high + a.low, y = b.high + b.low;
  if (x == y && (std::isinf(x) || distance_of(a, b) == 0)) return true;
  if (!std::isfinite(x) || !std::isfinite(y)) return false;  // its equal_nan is off
  double apart;
  return within(x, y, torch_, apart) && std::isfinite(apart);
}

/// + − × of the format's numbers and their rounding, once in double and once to the format, are the format's own.
double Closeness::rounded(double x) const { return format_.precision == 53 ? x : round_to(format_, x); }

/// As libm's hypot of the dtype gives it, which NumPy calls.
double Closeness::modulus(double real, double imag) const {
  if (format_.precision != 24) return rounded(std::hypot(real, imag));
  return static_cast<double>(std::hypot(static_cast<float>(real), static_cast<float>(imag)));
}

bool Closeness::numpy(const Parts& a, const Parts& b) const {
  const bool nan_a = std::isnan(a.real) || std::isnan(a.imag), nan_b = std::isnan(b.real) || std::isnan(b.imag);
  if (nan_a || nan_b) return nan_a && nan_b;
  if (a.real == b.real && a.imag == b.imag) return true;
  if (!std::isfinite(b.real) || !std::isfinite(b.imag)) return false;
  const double apart = modulus(rounded(a.real - b.real), rounded(a.imag - b.imag));
  return apart <= rounded(numpy_.atol + rounded(numpy_.rtol * modulus(b.real, b.imag)));
}

bool Closeness::torch(const Parts& a, const Parts& b) const {
  if (a.real == b.real && a.imag == b.imag) return true;
  const double apart = modulus(rounded(a.real - b.real), rounded(a.imag - b.imag));
  if (!std::isfinite(apart)) return false;
  const double rtol = rounded(torch_.rtol);  // (rtol · b).abs(): the product is rounded by parts
  return apart <= rounded(rounded(torch_.atol) + modulus(rounded(rtol * b.real), rounded(rtol * b.imag)));
}

}  // namespace roundoff
