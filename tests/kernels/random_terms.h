// Numbers to be summed.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace roundoff {

/// Terms of 53 bits, their exponents within ±spread.
inline std::vector<double> terms(std::int64_t n, int spread, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> x(static_cast<std::size_t>(n));
  for (double& v : x) {
    v = std::ldexp(static_cast<double>(random() >> 11) * 0x1p-52 - 1,
                   static_cast<int>(random() % static_cast<unsigned>(2 * spread + 1)) - spread);
  }
  return x;
}

}  // namespace roundoff
