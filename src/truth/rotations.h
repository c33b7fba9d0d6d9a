// sin, cos and tan of contiguous float32 inputs far from zero, where neighbours lie too far apart for a polynomial in
// their index: rows of 2,048 inputs x0 + i·h, by sin(x0 + i·h) = sin x0 · cos i·h + cos x0 · sin i·h.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "balls/ball.h"
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
  /// The truth at input i of that row is hi + lo to within kRotationRadius; of tan to within 2^-67 of its size, for
  /// sizes from 2^-30 to 2^29.
  struct Sum {
    double hi, lo;
  };
  [[nodiscard]] Sum truth(int i) const;

 private:
  /// cos and sin of multiples of an angle.
  struct Table {
    std::vector<Ball> cosines, sines;
    void fill(int count, double angle);
    void turn(const Ball& sine, const Ball& cosine, int i, Ball& sine_out, Ball& cosine_out) const;
  };
  void start_group(std::uint32_t first);
  [[nodiscard]] Sum rotated(const Ball& a, const Ball& b, int i) const;

  bool cosine_, tangent_;
  std::uint32_t exponent_ = 0;  ///< of the tables: they depend on the step alone
  Table steps_, rows_;
  std::vector<double> cosines_, sines_, cosine_rests_, sine_rests_;  ///< of steps_, rounded; what that left
  std::uint32_t group_ = 1;  ///< first |pattern| of the group of rows at hand; 1: none
  Ball group_sine_, group_cosine_;
  Ball a_, b_;  ///< of the row at hand
  Ball c_, d_;  ///< its denominator's: of tan
};

/// |a·c + b·s| ≤ √2 · 1 with four factors rounded (2^-53 each), the product and the sum: (2√2 + 2) · 2^-53 and less
/// than one more for second orders and the balls' own radii.
inline constexpr double kRowRadius = 0x1p-50;

/// Factors of 107 bits, of which the product of both rests (2^-106) is left out; a dozen roundings below 2^-103.
inline constexpr double kRotationRadius = 0x1p-98;

}  // namespace roundoff::truth
