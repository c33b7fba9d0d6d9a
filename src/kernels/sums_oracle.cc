#include "kernels/sums_chain.h"

namespace roundoff {

LongSum sum_doubles_oracle(const double* x, std::int64_t n) {
  Chain chains[kSumLanes];
  for (std::int64_t i = 0; i < n; ++i) chains[i % kSumLanes].add(x[i]);
  return join(chains, kSumLanes);
}

}  // namespace roundoff
