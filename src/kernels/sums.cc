#include "kernels/sums.h"

#include <algorithm>
#include <cstdint>

#include "kernels/sums_chain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/sums.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, 8>;
using V = hn::Vec<D>;
constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));

/// a + b and a − b where AMD's processors multiply: the same rounding, in pipes that additions leave idle.
HWY_INLINE V add_by_fma(V a, V b) {
#if HWY_NATIVE_FMA
  return hn::MulAdd(a, hn::Set(D(), 1.0), b);
#else
  return hn::Add(a, b);
#endif
}
HWY_INLINE V sub_by_fma(V a, V b) {
#if HWY_NATIVE_FMA
  return hn::NegMulAdd(b, hn::Set(D(), 1.0), a);
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

constexpr std::int64_t kGroups = kSumLanes / kLanes;

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

// ---- running sums: each lane walks through a segment of its own --------------------------------------------------

#if HWY_TARGET == HWY_SCALAR

DoubleDouble scan(const DoubleDouble& before, const double* x, std::int64_t n, double* high, double* low,
                  double* radius) {
  return scan_doubles_oracle(before, x, n, high, low, radius);
}

#else

/// Vectors of 128-bit blocks, each from a segment of its own.
template <class DV>
HWY_INLINE hn::Vec<DV> load_blocks(DV d, const double* HWY_RESTRICT p) {
  if constexpr (hn::MaxLanes(DV()) == 2) {
    return hn::LoadU(d, p);
  } else {
    const hn::Half<DV> half;
    return hn::Combine(d, load_blocks(half, p + static_cast<std::int64_t>(hn::MaxLanes(DV()) / 4) * kScanSegment),
                       load_blocks(half, p));
  }
}
template <class DV>
HWY_INLINE void store_blocks(DV d, hn::Vec<DV> v, double* HWY_RESTRICT p) {
  if constexpr (hn::MaxLanes(DV()) == 2) {
    hn::StoreU(v, d, p);
  } else {
    const hn::Half<DV> half;
    store_blocks(half, hn::LowerHalf(half, v), p);
    store_blocks(half, hn::UpperHalf(half, v), p + static_cast<std::int64_t>(hn::MaxLanes(DV()) / 4) * kScanSegment);
  }
}

/// The second half of the segments of a group of lanes, in elements from the first.
constexpr std::int64_t kApart = kLanes / 2 * kScanSegment;

/// The segment that lane l of a group walks through, as load_pair() interleaves them.
HWY_INLINE std::int64_t segment_of(std::int64_t l) { return l / 2 + (l % 2 != 0 ? kLanes / 2 : 0); }

/// Elements i and i + 1 of each segment of a group.
HWY_INLINE void load_pair(const double* HWY_RESTRICT p, V& even, V& odd) {
  const D d;
  const V a = load_blocks(d, p), b = load_blocks(d, p + kApart);
  even = hn::InterleaveLower(d, a, b);
  odd = hn::InterleaveUpper(d, a, b);
}
HWY_INLINE void store_pair(V even, V odd, double* HWY_RESTRICT p) {
  const D d;
  store_blocks(d, hn::InterleaveLower(d, even, odd), p);
  store_blocks(d, hn::InterleaveUpper(d, even, odd), p + kApart);
}

/// Two groups of lanes side by side hide each other's latency.
constexpr std::int64_t kPairs = kGroups / 2;

/// What the loops over a chunk do on the way: nothing.
struct NoFreight {
  HWY_INLINE void step() {}
};

/// A chunk of results on their way past the caches to memory, a line at a time: lines to be overwritten need not be
/// read. What shares a line with another chunk goes the usual way.
class Line {
 public:
  static constexpr std::int64_t kElements = 8;
  Line() = default;
  Line(const double* from, double* to) : from_(from), to_(to) {
    const auto past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(to) / sizeof(double) % kElements);
    first_ = (kElements - past) % kElements;
    std::copy_n(from, first_, to);
    if (past > 0) std::copy_n(from + kScanChunk - past, past, to + kScanChunk - past);
  }
  HWY_INLINE void send(std::int64_t at) const {
    const D d;
    if (to_ == nullptr || first_ + at + kElements > kScanChunk) return;
    for (std::int64_t i = first_ + at; i < first_ + at + kElements; i += kLanes)
      hn::Stream(hn::LoadU(d, from_ + i), d, to_ + i);
  }

 private:
  const double* from_ = nullptr;
  double* to_ = nullptr;
  std::int64_t first_ = 0;
};

/// The results of the chunk before, and the elements of the next one on their way to the caches: a line of each with
/// each step of the loops, so that memory works while the additions do.
struct Freight {
  Line high, low;
  const double* next = nullptr;
  std::int64_t at = 0;
  HWY_INLINE void step() {
    constexpr std::int64_t kSteps = kScanSegment * kPairs;  // of both loops together
    for (std::int64_t line = 0; line < kScanChunk; line += kSteps * Line::kElements) {
      if (at >= kScanChunk) return;
      high.send(at);
      low.send(at);
      if (next != nullptr) hwy::Prefetch(next + at);
      at += Line::kElements;
    }
  }
};

template <class F>
void segment_totals(const double* HWY_RESTRICT x, Chain* chains, F& freight) {
  const D d;
  for (std::int64_t pair = 0; pair < kPairs; ++pair) {
    const double* p = x + pair * 2 * kLanes * kScanSegment;
    Lanes a{hn::Zero(d), hn::Zero(d), hn::Zero(d)}, b = a;
    for (std::int64_t i = 0; i < kScanSegment; i += 2) {
      V a_even, a_odd, b_even, b_odd;
      load_pair(p + i, a_even, a_odd);
      load_pair(p + kLanes * kScanSegment + i, b_even, b_odd);
      a.add(a_even);
      b.add(b_even);
      a.add(a_odd);
      b.add(b_odd);
      freight.step();
    }
    unload(a, segment_of, chains + pair * 2 * kLanes);
    unload(b, segment_of, chains + pair * 2 * kLanes + kLanes);
  }
}

HWY_INLINE Lanes start_at(const DoubleDouble* prefix) {
  HWY_ALIGN double high[8], low[8];
  const D d;
  for (std::int64_t l = 0; l < kLanes; ++l) {
    high[l] = prefix[segment_of(l)].hi;
    low[l] = prefix[segment_of(l)].lo;
  }
  return {hn::Load(d, high), hn::Load(d, low), hn::Zero(d)};
}

HWY_INLINE void add_and_show(Lanes& lanes, V x, V& high, V& low) {
  lanes.add(x);
  high = two_sum(lanes.high, lanes.low, low);
}

/// One pair of elements of a group, and their sums.
HWY_INLINE void walk(Lanes& lanes, const double* HWY_RESTRICT x, double* HWY_RESTRICT high, double* HWY_RESTRICT low) {
  V even, odd, high_even, high_odd, low_even, low_odd;
  load_pair(x, even, odd);
  add_and_show(lanes, even, high_even, low_even);
  add_and_show(lanes, odd, high_odd, low_odd);
  store_pair(high_even, high_odd, high);
  store_pair(low_even, low_odd, low);
}

template <class F>
void chunk_sums(const DoubleDouble* prefix, const double* HWY_RESTRICT x, double* HWY_RESTRICT high,
                double* HWY_RESTRICT low, double* HWY_RESTRICT radius, F& freight) {
  Chain chains[kSumLanes];
  for (std::int64_t pair = 0; pair < kPairs; ++pair) {
    const std::int64_t first = pair * 2 * kLanes, second = first + kLanes;
    Lanes a = start_at(prefix + first), b = start_at(prefix + second);
    for (std::int64_t i = 0; i < kScanSegment; i += 2) {
      const std::int64_t at_a = first * kScanSegment + i, at_b = second * kScanSegment + i;
      walk(a, x + at_a, high + at_a, low + at_a);
      walk(b, x + at_b, high + at_b, low + at_b);
      freight.step();
    }
    unload(a, segment_of, chains + first);
    unload(b, segment_of, chains + second);
  }
  for (std::int64_t j = 0; j < kSumLanes; ++j) radius[j] = (prefix[j].rad + chains[j].radius()) * kRoundUp;
}

/// One chunk, on top of `before`; answers the sum after it.
template <class F>
DoubleDouble scan_chunk(const DoubleDouble& before, const double* HWY_RESTRICT x, double* HWY_RESTRICT high,
                        double* HWY_RESTRICT low, double* HWY_RESTRICT radius, F freight) {
  Chain totals[kSumLanes];
  DoubleDouble prefix[kSumLanes], sum = before;
  segment_totals(x, totals, freight);
  for (std::int64_t j = 0; j < kSumLanes; ++j) {
    prefix[j] = sum;
    sum = add(sum, totals[j].sum());
  }
  chunk_sums(prefix, x, high, low, radius, freight);
  return sum;
}

/// Whole chunks whose results fill more than the caches: each is made in the first cache, and carried off during the
/// next.
DoubleDouble scan_far(const DoubleDouble& before, const double* x, std::int64_t chunks, double* high, double* low,
                      double* radius) {
  HWY_ALIGN double made_high[2][kScanChunk], made_low[2][kScanChunk];
  DoubleDouble sum = before;
  Freight freight;
  for (std::int64_t c = 0; c < chunks; ++c) {
    const std::int64_t at = c * kScanChunk;
    freight.next = c + 1 < chunks ? x + at + kScanChunk : nullptr;
    sum = scan_chunk(sum, x + at, made_high[c % 2], made_low[c % 2], radius + at / kScanSegment, freight);
    freight = {Line(made_high[c % 2], high + at), Line(made_low[c % 2], low + at), nullptr, 0};
  }
  for (std::int64_t line = 0; line < kScanChunk; line += Line::kElements) freight.step();
  hwy::FlushStream();
  return sum;
}

DoubleDouble scan(const DoubleDouble& before, const double* HWY_RESTRICT x, std::int64_t n, double* HWY_RESTRICT high,
                  double* HWY_RESTRICT low, double* HWY_RESTRICT radius) {
  const std::int64_t far = n >= kScanBeyondCaches ? n / kScanChunk : 0;
  DoubleDouble sum = far > 0 ? scan_far(before, x, far, high, low, radius) : before;
  std::int64_t i = far * kScanChunk;
  for (; i + kScanChunk <= n; i += kScanChunk)
    sum = scan_chunk(sum, x + i, high + i, low + i, radius + i / kScanSegment, NoFreight());
  return scan_doubles_oracle(sum, x + i, n - i, high + i, low + i, radius + i / kScanSegment);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace roundoff {

HWY_EXPORT(sum);
HWY_EXPORT(scan);

LongSum sum_doubles(const double* x, std::int64_t n) { return HWY_DYNAMIC_DISPATCH(sum)(x, n); }
DoubleDouble scan_doubles(const DoubleDouble& before, const double* x, std::int64_t n, double* high, double* low,
                          double* radius) {
  return HWY_DYNAMIC_DISPATCH(scan)(before, x, n, high, low, radius);
}

}  // namespace roundoff
#endif
