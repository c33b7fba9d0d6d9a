// What sums.cc and running_sums.cc share: chains of additions in doubled precision, one in every lane. Included once
// per instruction set.
#if defined(ROUNDOFF_SUMS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ROUNDOFF_SUMS_INL_H
#undef ROUNDOFF_SUMS_INL_H
#else
#define ROUNDOFF_SUMS_INL_H
#endif

#include <hwy/highway.h>

#include "kernels/sums_chain.h"

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, 8>;
using V = hn::Vec<D>;
constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));
constexpr std::int64_t kGroups = kSumLanes / kLanes;

/// a + b and a − b where AMD's processors multiply: the same rounding, in pipes that additions leave idle.
template <class V>
HWY_INLINE V add_by_fma(V a, V b) {
#if HWY_NATIVE_FMA
  return hn::MulAdd(a, hn::Set(hn::DFromV<V>(), 1.0), b);
#else
  return hn::Add(a, b);
#endif
}
template <class V>
HWY_INLINE V sub_by_fma(V a, V b) {
#if HWY_NATIVE_FMA
  return hn::NegMulAdd(b, hn::Set(hn::DFromV<V>(), 1.0), a);
#else
  return hn::Sub(a, b);
#endif
}

HWY_INLINE V two_sum(V a, V b, V& error) {
  const V sum = hn::Add(a, b);
  const V part = hn::Sub(sum, a);
  const V rest = sub_by_fma(sum, part);
  error = add_by_fma(sub_by_fma(a, rest), hn::Sub(b, part));
  return sum;
}

struct Lanes {
  V high, low, slip;
  HWY_INLINE void add(V x) {
    V error, dropped;
    high = two_sum(high, x, error);
    low = two_sum(low, error, dropped);
    slip = add_by_fma(hn::Abs(dropped), slip);
  }
};

/// Chains from a group of lanes; lane l is chain chain_of(l).
template <class ChainOf>
HWY_INLINE void unload(const Lanes& lanes, ChainOf chain_of, Chain* chains) {
  HWY_ALIGN double high[8], low[8], slip[8];
  const D d;
  hn::Store(lanes.high, d, high);
  hn::Store(lanes.low, d, low);
  hn::Store(lanes.slip, d, slip);
  for (std::int64_t l = 0; l < kLanes; ++l) {
    Chain& chain = chains[chain_of(l)];
    chain.high = high[l];
    chain.low = low[l];
    chain.slip = slip[l];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#endif
