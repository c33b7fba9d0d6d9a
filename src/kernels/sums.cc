#include "kernels/sums.h"

#include <cstdint>

#include "kernels/sums_chain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/sums.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "kernels/sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {

LongSum sum(const double* HWY_RESTRICT x, std::int64_t n) {
  const D d;
  Lanes group[kGroups];
  V size[kGroups];
  for (std::int64_t g = 0; g < kGroups; ++g) {
    group[g] = {hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    size[g] = hn::Zero(d);
  }
  std::int64_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes) {
    for (std::int64_t g = 0; g < kGroups; ++g) {
      const V term = hn::LoadU(d, x + i + g * kLanes);
      group[g].add(term);
      size[g] = add_by_fma(hn::Abs(term), size[g]);
    }
  }
  Chain chains[kSumLanes];
  for (std::int64_t g = 0; g < kGroups; ++g) {
    HWY_ALIGN double sizes[8];
    unload(
        group[g], [&](std::int64_t l) { return g * kLanes + l; }, chains);
    hn::Store(size[g], d, sizes);
    for (std::int64_t l = 0; l < kLanes; ++l) chains[g * kLanes + l].size = sizes[l];
  }
  for (; i < n; ++i) chains[i % kSumLanes].add(x[i]);
  return join(chains, kSumLanes);
}

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace roundoff {

HWY_EXPORT(sum);

LongSum sum_doubles(const double* x, std::int64_t n) { return HWY_DYNAMIC_DISPATCH(sum)(x, n); }

}  // namespace roundoff
#endif
