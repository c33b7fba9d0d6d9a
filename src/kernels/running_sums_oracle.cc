#include <algorithm>

#include "kernels/running_grid.h"
#include "kernels/sums_chain.h"

namespace roundoff {
namespace {

/// The chunk on a grid; false where it has none.
bool add_exactly(DoubleDouble& sum, const double* x, double* high, double* low) {
  double most = 0;
  for (std::int64_t i = 0; i < kScanChunk; ++i) most = std::max(most, std::fabs(x[i]));
  const std::optional<Grid> grid = grid_of(sum, most);
  if (!grid) return false;
  double upper = grid->upper, lower = grid->lower;
  for (std::int64_t i = 0; i < kScanChunk; ++i) {
    const double part = (x[i] + grid->coarse()) - grid->coarse(), rest = x[i] - part;
    if (!grid->holds(rest)) return false;
    upper += part;
    lower += rest;
    high[i] = two_sum(upper, lower, low[i]);
  }
  sum = {high[kScanChunk - 1], low[kScanChunk - 1], sum.rad};
  return true;
}

void add_by_chains(DoubleDouble& sum, const double* x, std::int64_t n, double* high, double* low, double* radius) {
  for (std::int64_t begin = 0; begin < n; begin += kScanSegment) {
    const std::int64_t end = std::min(n, begin + kScanSegment);
    Chain total, running;
    running.high = sum.hi;
    running.low = sum.lo;
    for (std::int64_t i = begin; i < end; ++i) {
      total.add(x[i]);
      running.add(x[i]);
      high[i] = two_sum(running.high, running.low, low[i]);
    }
    radius[begin / kScanSegment] = (sum.rad + running.radius()) * kRoundUp;
    sum = add(sum, total.sum());
  }
}

}  // namespace

DoubleDouble scan_doubles_oracle(const DoubleDouble& before, const double* x, std::int64_t n, double* high, double* low,
                                 double* radius) {
  DoubleDouble sum = before;
  for (std::int64_t at = 0; at < n; at += kScanChunk) {
    double* const radii = radius + at / kScanSegment;
    if (n - at >= kScanChunk && add_exactly(sum, x + at, high + at, low + at)) {
      std::fill_n(radii, kSumLanes, sum.rad);
    } else {
      add_by_chains(sum, x + at, std::min(kScanChunk, n - at), high + at, low + at, radii);
    }
  }
  return sum;
}

}  // namespace roundoff
