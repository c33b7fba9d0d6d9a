#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "kernels/ulp_errors.h"

namespace roundoff {

double fixed_constant(int bits, std::uint32_t whole, std::int32_t units) {
  return kFixedPoint + static_cast<double>((whole << bits) + static_cast<std::uint32_t>(units));
}

void unit_errors_oracle(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* y, int n,
                        std::uint32_t lowest, std::uint32_t highest, std::int32_t* errors, ChunkErrors& out,
                        std::int64_t* counts) {
  const int bits = polynomial.bits, edge = bits - kClassBits;
  out = {.clear = false, .least = INT32_MAX, .most = INT32_MIN};
  std::uint32_t nearest = UINT32_MAX;
  bool inside = true;
  for (int i = 0; i < n; ++i) {
    const double u = first + i;
    double t = polynomial.c[kDegree];
    for (int k = kDegree; k-- > 0;) t = std::fma(t, u, polynomial.c[k]);
    const std::uint32_t e = (y[i] << bits) - static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(t));
    const auto error = static_cast<std::int32_t>(e);
    errors[i] = error;
    inside = inside && y[i] >= lowest && y[i] <= highest;
    nearest = std::min(nearest, (e + (kMargin - 1)) & ((1u << edge) - 1));
    out.least = std::min(out.least, error);
    out.most = std::max(out.most, error);
  }
  out.clear = inside && clear_chunk(nearest, out.least, out.most, bits);
  if (!out.clear) return;
  for (int i = 0; i < n; ++i) {
    out.sum += grid_steps(errors[i], bits);
    out.sum_abs += std::abs(grid_steps(errors[i], bits));
    ++counts[32 + (errors[i] >> edge)];
  }
}

bool on_line_oracle(const std::uint32_t* y, std::int64_t n, std::uint32_t expected, std::uint32_t slope) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (y[i] != expected + slope * static_cast<std::uint32_t>(i)) return false;
  }
  return true;
}

}  // namespace roundoff
