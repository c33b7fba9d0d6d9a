// lgamma and digamma of contiguous negative float32 inputs, where poles lie too dense for polynomials: a smooth
// function of −x plus a periodic one, of which few places of a period are floats.
//
//   lgamma(−z)  = −lgamma(1 + z) + ln(π / |sin πz|)
//   digamma(−z) = digamma(1 + z) + π·cot πz
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/double_double.h"

namespace roundoff::truth {

class Reflections {
 public:
  /// Whether it has values for an op at all, and for an input: −2^23 < x ≤ −2^10. Below all floats are integers.
  [[nodiscard]] static bool serves(std::string_view op) { return op == "lgamma" || op == "digamma"; }
  [[nodiscard]] static bool serves(std::uint32_t pattern);
  explicit Reflections(std::string_view op) : logarithmic_(op == "lgamma") {}

  /// The truth at the input, with a radius below 2^-69 of the larger of the two functions; no answer at a pole.
  [[nodiscard]] DoubleDouble truth(std::uint32_t pattern);

 private:
  static constexpr int kRowLevel = 11;  // 2^11 inputs share an expansion of the smooth function
  static constexpr int kTerms = 6;
  void start_binade(std::uint32_t size);
  void start_row(std::uint32_t size);

  bool logarithmic_;
  std::uint32_t binade_ = 0;            ///< exponent of |x| that `periodic_` is for; 0: none
  std::vector<DoubleDouble> periodic_;  ///< at the floats of one period
  std::uint32_t row_ = 0;               ///< pattern of |x| >> kRowLevel that `smooth_` is for; 0: none
  double centre_ = 0;
  std::array<DoubleDouble, kTerms> smooth_{};  ///< Taylor coefficients about the row's centre
};

}  // namespace roundoff::truth
