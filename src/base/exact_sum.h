// An exact sum of doubles: order never matters, so any split over threads merges to the same bits.
// Source: the long accumulator of Kulisch; carry-save in 32-bit digits of 64-bit words.
#pragma once

#include <gmp.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace roundoff {

class ExactSum {
 public:
  void add(double x);                    ///< x finite; a NaN or infinity makes the sum NaN
  void add_product(double x, double y);  ///< x·y, exactly
  void merge(const ExactSum& other);
  void subtract(const ExactSum& other);
  [[nodiscard]] double rounded() const;  ///< the sum, rounded once to nearest even
  /// The sum divided by n, rounded once to nearest even (n > 0).
  [[nodiscard]] double divided_by(std::int64_t n) const;
  /// The sum divided by n (n > 0) as mantissa · 2^exponent, rounded once to 53 bits wherever it lies: 1 ≤ |mantissa| ≤
  /// 2, or 0; NaN where the sum is.
  struct Scaled {
    double mantissa = 0;
    std::int64_t exponent = 0;
  };
  [[nodiscard]] Scaled scaled(std::int64_t n) const;

 private:
  void carry();
  /// |sum| · 2^2176 as an integer; whether the sum is negative.
  bool magnitude(mpz_ptr sum) const;
  // Digit i weighs 2^(32 i − 2176): below the square of the smallest subnormal, above the square of the largest double.
  static constexpr std::size_t kDigits = 138;
  std::array<std::int64_t, kDigits> digit_{};
  std::int64_t pending_ = 0;
  bool nan_ = false;
};

}  // namespace roundoff
