#include <algorithm>

#include "kernels/sums_chain.h"

namespace roundoff {

LongSum sum_doubles_oracle(const double* x, std::int64_t n) {
  Chain chains[kSumLanes];
  for (std::int64_t i = 0; i < n; ++i) chains[i % kSumLanes].add(x[i]);
  return join(chains, kSumLanes);
}

DoubleDouble scan_doubles_oracle(const DoubleDouble& before, const double* x, std::int64_t n, double* high, double* low,
                                 double* radius) {
  DoubleDouble prefix = before;
  for (std::int64_t begin = 0; begin < n; begin += kScanSegment) {
    const std::int64_t end = std::min(n, begin + kScanSegment);
    Chain total, running;
    running.high = prefix.hi;
    running.low = prefix.lo;
    for (std::int64_t i = begin; i < end; ++i) {
      total.add(x[i]);
      running.add(x[i]);
      high[i] = two_sum(running.high, running.low, low[i]);
    }
    radius[begin / kScanSegment] = (prefix.rad + running.radius()) * kRoundUp;
    prefix = add(prefix, total.sum());
  }
  return prefix;
}

}  // namespace roundoff
