#include "causes/replay/rsqrt.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace roundoff::embedded {
extern const std::string_view rsqrt_amd_zen4;
}

namespace roundoff::replay {
namespace {

constexpr std::size_t kCells = 4096;  // of [1, 2), and as many of [2, 4)
using Table = std::array<std::uint32_t, 2 * kCells>;

/// The two sections "rsqrt [1,2)" and "rsqrt [2,4)" of the data file: after each heading 4,096 hex numbers.
Table read_table(std::string_view text) {
  Table table{};
  for (const auto& [heading, first] : {std::pair{std::string_view("\nrsqrt [1,2)\n"), std::size_t{0}},
                                       {std::string_view("\nrsqrt [2,4)\n"), kCells}}) {
    std::size_t at = text.find(heading);
    if (at == std::string_view::npos) return table;
    at += heading.size();
    for (std::size_t i = 0; i < kCells; ++i) {
      at = text.find_first_not_of(" \n", at);
      const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), table[first + i], 16);
      at = static_cast<std::size_t>(end - text.data());
    }
  }
  return table;
}

/// 1/√x for x in [1, 4), given as the parity of its exponent and its fraction.
float amd_mantissa(bool upper, std::uint32_t fraction) {
  static const Table table = read_table(embedded::rsqrt_amd_zen4);
  return std::bit_cast<float>(table[(upper ? kCells : 0) + (fraction >> 11)] << 11);
}

/// The closed form of Intel's table: 1/√ of the middle of a cell of 10 fraction bits, to the nearest multiple of 2^-13.
float intel_mantissa(bool upper, std::uint32_t fraction) {
  const double cell = std::ldexp(static_cast<double>(fraction >> 13) + 0.5, -10);
  const double middle = (1 + cell) * (upper ? 2 : 1);
  return static_cast<float>(std::ldexp(std::nearbyint(std::ldexp(1 / std::sqrt(middle), 13)), -13));
}

}  // namespace

float approximate_rsqrt(Maker maker, float x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (std::isnan(x)) return x;
  if (std::abs(x) < std::numeric_limits<float>::min()) return std::signbit(x) ? -kInfinity : kInfinity;
  if (x < 0) return std::numeric_limits<float>::quiet_NaN();
  if (std::isinf(x)) return 0;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  const int exponent = static_cast<int>(bits >> 23) - 127;
  const bool upper = (exponent & 1) != 0;
  const std::uint32_t fraction = bits & 0x7FFFFFu;
  const float mantissa = maker == Maker::intel ? intel_mantissa(upper, fraction) : amd_mantissa(upper, fraction);
  return std::ldexp(mantissa, -(exponent - (upper ? 1 : 0)) / 2);
}

}  // namespace roundoff::replay
