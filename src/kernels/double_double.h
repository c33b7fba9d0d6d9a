// Double-double arithmetic that keeps its own books: every rounding error that is dropped goes into the radius, so an
// exact result has radius 0. Source of the sequences: Dekker 1971; Joldes, Muller & Popescu, "Tight and rigorous error
// bounds for basic building blocks of double-word arithmetic", ACM TOMS 44(2), 2017 (AccurateDWPlusDW).
#pragma once

#include <cmath>

namespace roundoff {

/// A real within hi + lo ± rad, hi = fl(hi + lo). Overflow shows as a value that is not finite.
struct DoubleDouble {
  double hi = 0;
  double lo = 0;
  double rad = 0;
};

/// a + b = sum + error exactly, absent overflow.
inline double two_sum(double a, double b, double& error) {
  const double sum = a + b;
  const double part = sum - a;
  error = (a - (sum - part)) + (b - part);
  return sum;
}

/// The same where |a| ≥ |b| or a = 0.
inline double fast_two_sum(double a, double b, double& error) {
  const double sum = a + b;
  error = b - (sum - a);
  return sum;
}

/// Above the rounding errors of a few additions of non-negative doubles.
inline constexpr double kRoundUp = 1 + 0x1p-50;

inline DoubleDouble add(const DoubleDouble& a, const DoubleDouble& b) {
  double high_error, low_error, dropped_first, dropped_second, error;
  const double high = two_sum(a.hi, b.hi, high_error);
  const double low = two_sum(a.lo, b.lo, low_error);
  const double middle = two_sum(high_error, low, dropped_first);
  const double upper = fast_two_sum(high, middle, error);
  const double lower = two_sum(low_error, error, dropped_second);
  DoubleDouble out;
  out.hi = fast_two_sum(upper, lower, out.lo);
  out.rad = (a.rad + b.rad + std::fabs(dropped_first) + std::fabs(dropped_second)) * kRoundUp;
  return out;
}

/// a / n for an exactly representable n > 0; |a.hi| must be 0 or at least 2^-900.
inline DoubleDouble divide(const DoubleDouble& a, double n) {
  double dropped;
  const double first = a.hi / n;
  const double rest = two_sum(std::fma(-first, n, a.hi), a.lo, dropped);
  const double second = rest / n;
  const double left = std::fma(-second, n, rest);
  DoubleDouble out;
  out.hi = fast_two_sum(first, second, out.lo);
  out.rad = (a.rad + std::fabs(dropped) + std::fabs(left)) / n * kRoundUp;
  return out;
}

}  // namespace roundoff
