#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "kernels/ulp_errors.h"

namespace roundoff {

double fixed_constant(std::uint32_t bits, std::int32_t units) {
  const std::uint32_t low = (bits << kUnitBits) + static_cast<std::uint32_t>(units);
  return kFixedPoint + static_cast<double>(low);
}

std::int32_t unit_error(const UnitPolynomial& polynomial, std::int32_t u, std::uint32_t y) {
  const double x = u;
  double t = polynomial.c[polynomial.degree];
  for (int k = polynomial.degree; k-- > 0;) t = std::fma(t, x, polynomial.c[k]);
  return static_cast<std::int32_t>((y << kUnitBits) - static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(t)));
}

void unit_errors_oracle(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* y, int n,
                        std::uint32_t lowest, std::uint32_t highest, ChunkErrors& out, std::int64_t* counts) {
  out = {.clear = false, .least = INT32_MAX, .most = INT32_MIN};
  std::uint32_t nearest = UINT32_MAX;
  std::int64_t here[65] = {};
  for (int i = 0; i < n; ++i) {
    if (y[i] < lowest || y[i] > highest) return;
    const std::int32_t e = unit_error(polynomial, first + i, y[i]);
    nearest = std::min(nearest, (static_cast<std::uint32_t>(e) + (kMargin - 1)) & ((1u << kEdgeBits) - 1));
    out.least = std::min(out.least, e);
    out.most = std::max(out.most, e);
    out.sum += grid_steps(e);
    out.sum_abs += std::abs(grid_steps(e));
    if (e >= -kMostUnits && e < kMostUnits) ++here[32 + (e >> kEdgeBits)];
  }
  out.clear = clear_chunk(nearest, out.least, out.most);
  for (int k = 0; k < 65 && out.clear; ++k) counts[k] += here[k];
}

bool on_line_oracle(const std::uint32_t* y, std::int64_t n, std::uint32_t expected, std::uint32_t slope) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (y[i] != expected + slope * static_cast<std::uint32_t>(i)) return false;
  }
  return true;
}

}  // namespace roundoff
