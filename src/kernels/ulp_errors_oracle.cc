#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "kernels/ulp_errors.h"

namespace roundoff {

double fixed_constant(int bits, std::uint32_t whole, std::int32_t units) {
  return kFixedPoint + static_cast<double>((whole << bits) + static_cast<std::uint32_t>(units));
}

namespace {

/// What both kinds of truth share: errors to extremes, and where they are clear to sums and classes.
void reduce(const std::int32_t* errors, int n, int bits, bool inside, ChunkErrors& out, std::int64_t* counts) {
  const int edge = bits - kClassBits;
  out = {.clear = false, .least = INT32_MAX, .most = INT32_MIN};
  std::uint32_t nearest = UINT32_MAX;
  for (int i = 0; i < n; ++i) {
    const std::uint32_t place = static_cast<std::uint32_t>(errors[i]) + (kMargin - 1);
    nearest = std::min(nearest, place & ((1u << edge) - 1));
    out.least = std::min(out.least, errors[i]);
    out.most = std::max(out.most, errors[i]);
  }
  out.clear = inside && clear_chunk(nearest, out.least, out.most, bits);
  if (!out.clear) return;
  for (int i = 0; i < n; ++i) {
    out.sum += grid_steps(errors[i], bits);
    out.sum_abs += std::abs(grid_steps(errors[i], bits));
    ++counts[32 + (errors[i] >> edge)];
  }
}

}  // namespace

void unit_errors_oracle(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* y, int n,
                        std::uint32_t lowest, std::uint32_t highest, std::int32_t* errors, ChunkErrors& out,
                        std::int64_t* counts) {
  bool inside = true;
  for (int i = 0; i < n; ++i) {
    const double u = first + i;
    double t = polynomial.c[kDegree];
    for (int k = kDegree; k-- > 0;) t = std::fma(t, u, polynomial.c[k]);
    const auto truth = static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(t));
    errors[i] = static_cast<std::int32_t>((y[i] << polynomial.bits) - truth);
    inside = inside && y[i] >= lowest && y[i] <= highest;
  }
  reduce(errors, n, polynomial.bits, inside, out, counts);
}

void rotation_errors_oracle(const Rotation& row, int first, const std::uint32_t* y, int n, std::int32_t* errors,
                            ChunkErrors& out, std::int64_t* counts) {
  for (int i = 0; i < n; ++i) {
    const double t = std::fma(row.a, row.cosines[first + i], row.b * row.sines[first + i]);
    const double scale = std::ldexp(1.0, kSteepBits + 23 - std::ilogb(t));
    double error = (static_cast<double>(std::bit_cast<float>(y[i])) - t) * scale;
    if (!(std::fabs(t) >= kLeastRotated && std::fabs(error) < kMostRotated)) error = 1 << (kSteepBits - kClassBits);
    errors[i] = static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(error + kFixedPoint));
  }
  reduce(errors, n, kSteepBits, true, out, counts);
}

bool on_line_oracle(const std::uint32_t* y, std::int64_t n, std::uint32_t expected, std::uint32_t slope) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (y[i] != expected + slope * static_cast<std::uint32_t>(i)) return false;
  }
  return true;
}

}  // namespace roundoff
