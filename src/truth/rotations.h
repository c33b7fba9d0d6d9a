// sin, cos and tan of contiguous float32 inputs far from zero, where neighbours lie too far apart for a polynomial in
// their index: rows of 2,048 inputs x0 + i·h, by sin(x0 + i·h) = sin x0 · cos i·h + cos x0 · sin i·h.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/ulp_errors.h"

namespace roundoff::truth {

inline constexpr int kRowLevel = 11;  ///< 2^11 inputs in a row

class Rotations {
 public:
  /// Whether it has rows for an op at all, and for an input (|x| ≥ 2).
  [[nodiscard]] static bool serves(std::string_view op) { return op == "sin" || op == "cos" || op == "tan"; }
  [[nodiscard]] static bool serves(std::uint32_t pattern);
  explicit Rotations(std::string_view op) : cosine_(op == "cos"), tangent_(op == "tan") {}

  /// The row that begins at the pattern, a multiple of its size. Valid until the next call. The kernel's T is the truth
  /// to within kRowRadius; of tan, numerator and denominator are.
  [[nodiscard]] Rotation row(std::uint32_t first);
  /// A number as its nearest double and the rest.
  struct Sum {
    double hi = 0, lo = 0;
    [[nodiscard]] Sum operator-() const { return {-hi, -lo}; }
  };
  /// The truth at input i of that row to within kRotationRadius; of tan to within 2^-67 of its size, for sizes from
  /// 2^-30 to 2^29.
  [[nodiscard]] Sum truth(int i) const;

 private:
  /// cos and sin of an angle.
  struct Direction {
    Sum cosine, sine;
  };
  /// Those of the multiples of an angle.
  struct Table {
    std::vector<double> cosines, sines, cosine_rests, sine_rests;
    void fill(std::size_t count, double angle);
    [[nodiscard]] Direction at(std::size_t i) const {
      return {{cosines[i], cosine_rests[i]}, {sines[i], sine_rests[i]}};
    }
  };
  [[nodiscard]] static Direction direction(double angle);
  /// a·cos + b·sin.
  [[nodiscard]] static Sum turned(const Sum& a, const Sum& b, const Direction& by);
  void start_group(std::uint32_t first);

  bool cosine_, tangent_;
  std::uint32_t exponent_ = 0;  ///< of the tables: they depend on the step alone
  Table steps_, rows_;
  std::uint32_t group_ = 1;  ///< first |pattern| of the group of rows at hand; 1: none
  Direction group_direction_;
  Sum a_, b_;  ///< of the row at hand
  Sum c_, d_;  ///< its denominator's: of tan
};

/// |a·c + b·s| ≤ √2 · 1 with four factors rounded (2^-53 each), the product and the sum: (2√2 + 2) · 2^-53 and less
/// than one more for second orders and the balls' own radii.
inline constexpr double kRowRadius = 0x1p-50;

/// One turn by exact directions, of numbers of at most 1 in size that are a double and a rest: the rests are below
/// 2^-54 and rounded (2^-107 each), their products left out, and a dozen roundings are below 2^-105 each: r = 2^-102.
/// Tables are made by a turn (r), rows by another of a table's direction ((1 + √2)·r), inputs by a third of a row and a
/// table: (1 + √2 + √2·(1 + √2))·r < 6·r.
inline constexpr double kRotationRadius = 0x1p-98;

}  // namespace roundoff::truth
