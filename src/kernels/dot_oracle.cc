#include <cmath>
#include <limits>

#include "kernels/dot.h"
#include "kernels/double_double.h"

namespace roundoff {

void dot_panel_oracle(Factors factors, const double* x, const double* x_low, const double* y, const double* y_low,
                      std::int64_t k, PanelSums& out) {
  for (std::int64_t j = 0; j < kPanel; ++j) {
    double high = 0, low = 0, slip = 0, size = 0;
    for (std::int64_t i = 0; i < k; ++i) {
      const std::int64_t at = i * kPanel + j;
      const double p = x[i] * y[at];
      size += std::fabs(p);
      double q, dropped;
      high = two_sum(high, p, q);
      if (factors != Factors::short_doubles) {
        double rest = std::fma(x[i], y[at], -p);
        if (factors == Factors::double_doubles) {
          rest = two_sum(rest, x[i] * y_low[at] + x_low[i] * y[at], dropped);
          slip += std::fabs(dropped);
        }
        q = two_sum(q, rest, dropped);
        slip += std::fabs(dropped);
      }
      low = two_sum(low, q, dropped);
      slip += std::fabs(dropped);
    }
    out.high[j] = two_sum(high, low, out.low[j]);
    out.slip[j] = slip;
    out.size[j] = size;
  }
}

void size_panel_oracle(const double* x, const double* y, std::int64_t k, double* size) {
  for (std::int64_t j = 0; j < kPanel; ++j) {
    double sum = 0;
    for (std::int64_t i = 0; i < k; ++i) sum += x[i] * y[i * kPanel + j];
    size[j] = sum;
  }
}

double kernel_radius(Factors factors, std::int64_t k, double slip, double size) {
  if (k > std::int64_t{1} << 30) return std::numeric_limits<double>::infinity();
  constexpr double kAbove = 1 + 0x1p-20;  // what accumulating slip and size in double may have lost over 2^30 terms
  const double crossed = factors == Factors::double_doubles ? 6 * 0x1p-106 * size : 0;
  return (slip + crossed) * kAbove;
}

}  // namespace roundoff
