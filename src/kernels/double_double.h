// Double-double arithmetic that keeps its own books: every rounding error that is dropped goes into the radius, so an
// exact result has radius 0. Source of the sequences: Dekker 1971; Joldes, Muller & Popescu, "Tight and rigorous error
// bounds for basic building blocks of double-word arithmetic", ACM TOMS 44(2), 2017 (AccurateDWPlusDW).
#pragma once

#include <cmath>

namespace roundoff {

/// A real within hi + lo ± rad, hi = fl(hi + lo). Overflow shows as a value that is not finite, and so does (as rad)
/// that there is no answer.
struct DoubleDouble {
  double hi = 0;
  double lo = 0;
  double rad = 0;
  [[nodiscard]] DoubleDouble operator-() const { return {-hi, -lo, rad}; }
};

[[nodiscard]] inline DoubleDouble no_answer() { return {0, 0, HUGE_VAL}; }

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

/// Radii of arguments that were passed on, where their products may have underflowed: 0 only if they are.
inline double passed_on(double radius, double of_a, double of_b) {
  return of_a > 0 || of_b > 0 ? radius * (1 + 0x1p-51) + 0x1p-1000 : 0;
}

inline DoubleDouble subtract(const DoubleDouble& a, const DoubleDouble& b) { return add(a, -b); }

/// a · b, where no product of their parts underflows: parts 0 or between 2^-420 and 2^420 in size.
inline DoubleDouble multiply(const DoubleDouble& a, const DoubleDouble& b) {
  const double high = a.hi * b.hi, high_error = std::fma(a.hi, b.hi, -high);
  const double left = a.hi * b.lo, left_error = std::fma(a.hi, b.lo, -left);
  const double right = a.lo * b.hi, right_error = std::fma(a.lo, b.hi, -right);
  double first_error, second_error;
  const double low = two_sum(high_error, two_sum(left, right, first_error), second_error);
  DoubleDouble out;
  out.hi = fast_two_sum(high, low, out.lo);
  const double dropped = std::fabs(left_error) + std::fabs(right_error) + std::fabs(a.lo * b.lo) +
                         std::fabs(first_error) + std::fabs(second_error);
  const double radius = passed_on(std::fabs(a.hi) * b.rad + (std::fabs(b.hi) + b.rad) * a.rad, a.rad, b.rad);
  out.rad = (dropped + radius) * (kRoundUp * kRoundUp);
  return out;
}

/// a / b, under the same condition; no answer where b's ball is not clear of 0 by half.
/// With q + r the two quotients, a − (q + r)·b is what the steps below leave.
inline DoubleDouble divide(const DoubleDouble& a, const DoubleDouble& b) {
  const double first = a.hi / b.hi;
  const double product = first * b.lo, product_error = std::fma(first, b.lo, -product);
  double first_error, second_error;
  const double rest = two_sum(two_sum(std::fma(-first, b.hi, a.hi), a.lo, first_error), -product, second_error);
  const double second = rest / b.hi;
  DoubleDouble out;
  out.hi = fast_two_sum(first, second, out.lo);
  const double left = std::fabs(std::fma(-second, b.hi, rest)) + std::fabs(product_error) + std::fabs(first_error) +
                      std::fabs(second_error) + std::fabs(second * b.lo);
  const double size = std::fabs(b.hi) * (1 - 0x1p-52), clear = size - b.rad;
  const double radius = passed_on((a.rad + std::fabs(out.hi) * b.rad) / clear, a.rad, b.rad);
  out.rad = clear > 0.5 * size ? (left / clear + radius) * (kRoundUp * kRoundUp) : HUGE_VAL;
  return out;
}

/// √a for a between 2^-900 and 2^900 whose ball is clear of 0 by half; else no answer.
/// a − (s + c)² is what the steps below leave, and √a + s + c is at least s.
inline DoubleDouble square_root(const DoubleDouble& a) {
  const double first = std::sqrt(a.hi);
  double error;
  const double rest = two_sum(std::fma(-first, first, a.hi), a.lo, error);
  const double second = rest / (2 * first);
  DoubleDouble out;
  out.hi = fast_two_sum(first, second, out.lo);
  const double left = std::fabs(std::fma(-second, 2 * first, rest)) + std::fabs(error) + second * second;
  // |√x − √a| = |x − a| / (√x + √a)
  const double farther = std::sqrt((a.hi - a.rad) * (1 - 0x1p-50)) * (1 - 0x1p-50);
  const double radius = passed_on(a.rad / (first * (1 - 0x1p-50) + farther), a.rad, 0);
  out.rad = a.hi > 2 * a.rad ? (left / first + radius) * (kRoundUp * kRoundUp) : HUGE_VAL;
  return out;
}

}  // namespace roundoff
