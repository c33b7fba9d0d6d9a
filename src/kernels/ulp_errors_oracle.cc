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

/// What both kinds of truth share: from errors to figures. `outside` says which y lie outside their range.
template <class Outside>
void conclude(std::int32_t* errors, int n, int bits, Outside outside, ChunkErrors& out, std::int64_t* counts) {
  out = {};
  for (int i = 0; i < n; ++i) {
    if (outside(i) || !is_clear(errors[i], bits)) {
      ++out.open;
      out.lanes[i / 64] |= std::uint64_t{1} << (i % 64);
    }
    const std::int32_t e = (out.lanes[i / 64] >> (i % 64) & 1) != 0 ? 0 : errors[i];
    out.least = std::min(out.least, e);
    out.most = std::max(out.most, e);
    out.sum += grid_steps(e, bits);
    out.sum_abs += std::abs(grid_steps(e, bits));
    ++counts[32 + (e >> (bits - kClassBits))];
  }
}

}  // namespace

void unit_errors_oracle(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* y, int n,
                        std::uint32_t lowest, std::uint32_t highest, std::int32_t* errors, ChunkErrors& out,
                        std::int64_t* counts) {
  for (int i = 0; i < n; ++i) {
    const double u = first + i;
    double t = polynomial.c[kDegree];
    for (int k = kDegree; k-- > 0;) t = std::fma(t, u, polynomial.c[k]);
    const auto truth = static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(t));
    errors[i] = static_cast<std::int32_t>((y[i] << polynomial.bits) - truth);
  }
  const auto outside = [&](int i) { return y[i] < lowest || y[i] > highest; };
  conclude(errors, n, polynomial.bits, outside, out, counts);
}

void rotation_errors_oracle(const Rotation& row, int first, const std::uint32_t* y, int n, std::int32_t* errors,
                            ChunkErrors& out, std::int64_t* counts) {
  for (int i = 0; i < n; ++i) {
    const double c = row.cosines[first + i], s = row.sines[first + i];
    double t = std::fma(row.a, c, row.b * s), nearest_zero = std::fabs(t);
    if (row.quotient) {
      const double below = std::fma(row.c, c, row.d * s);
      nearest_zero = std::min(nearest_zero, std::fabs(below));
      t /= below;
    }
    double error = 1 << (kSteepBits - kClassBits);  // an edge: open
    if (nearest_zero >= (row.quotient ? kLeastQuotient : kLeastRotated)) {
      const double found =
          (static_cast<double>(std::bit_cast<float>(y[i])) - t) * std::ldexp(1.0, kSteepBits + 23 - std::ilogb(t));
      if (std::fabs(found) < kMostRotated) error = found;
    }
    errors[i] = static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(error + kFixedPoint));
  }
  conclude(
      errors, n, kSteepBits, [](int) { return false; }, out, counts);
}

bool on_line_oracle(const std::uint32_t* y, std::int64_t n, std::uint32_t expected, std::uint32_t slope) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (y[i] != expected + slope * static_cast<std::uint32_t>(i)) return false;
  }
  return true;
}

}  // namespace roundoff
