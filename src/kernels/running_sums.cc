#include "kernels/running_sums.h"

#include <algorithm>
#include <cstdint>

#include "kernels/running_grid.h"
#include "kernels/sums_chain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/running_sums.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "kernels/sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

DoubleDouble scan(const DoubleDouble& before, const double* x, std::int64_t n, double* high, double* low,
                  double* radius) {
  return scan_doubles_oracle(before, x, n, high, low, radius);
}

#else

/// Vectors of consecutive elements.
using DSide = hn::CappedTag<double, 4>;
using VSide = hn::Vec<DSide>;
constexpr std::int64_t kSide = static_cast<std::int64_t>(hn::MaxLanes(DSide()));
constexpr std::int64_t kLine = 8;  // elements of a cache line

// ---- chunks on a grid ---------------------------------------------------------------------------------------------

/// Rows to columns, and back.
HWY_INLINE void transpose(VSide* v) {
  const DSide d;
  const VSide a = hn::InterleaveLower(d, v[0], v[1]), b = hn::InterleaveUpper(d, v[0], v[1]);
  if constexpr (kSide == 2) {
    v[0] = a;
    v[1] = b;
  } else {
    const VSide p = hn::InterleaveLower(d, v[2], v[3]), q = hn::InterleaveUpper(d, v[2], v[3]);
    v[0] = hn::ConcatLowerLower(d, p, a);
    v[1] = hn::ConcatLowerLower(d, q, b);
    v[2] = hn::ConcatUpperUpper(d, p, a);
    v[3] = hn::ConcatUpperUpper(d, q, b);
  }
}

struct Range {
  double most, least;
};

/// Of the sizes of a chunk's terms. What is not a number is passed over.
HWY_INLINE Range range_of(const double* HWY_RESTRICT x) {
  const DSide d;
  VSide most[2] = {hn::Zero(d), hn::Zero(d)};
  VSide least[2] = {hn::Set(d, 0x1p1000), hn::Set(d, 0x1p1000)};
  for (std::int64_t i = 0; i < kScanChunk; i += 2 * kSide) {
    for (int k = 0; k < 2; ++k) {
      const VSide size = hn::Abs(hn::LoadU(d, x + i + k * kSide));
      most[k] = hn::Max(size, most[k]);
      least[k] = hn::Min(size, least[k]);
    }
  }
  return {hn::GetLane(hn::MaxOfLanes(d, hn::Max(most[0], most[1]))),
          hn::GetLane(hn::MinOfLanes(d, hn::Min(least[0], least[1])))};
}

/// Consecutive elements of which every lane takes a run of its own.
constexpr std::int64_t kRun = 8;
constexpr std::int64_t kBlock = kSide * kRun;

/// Element k of every run in v[k], and back. Memory is walked through in order: lines filled at once are quicker.
HWY_INLINE void load_runs(const double* HWY_RESTRICT x, VSide* v) {
  for (std::int64_t l = 0; l < kSide; ++l)
    for (std::int64_t k = 0; k < kRun; k += kSide) v[k + l] = hn::LoadU(DSide(), x + l * kRun + k);
  for (std::int64_t k = 0; k < kRun; k += kSide) transpose(v + k);
}
HWY_INLINE void store_runs(VSide* v, double* HWY_RESTRICT x) {
  for (std::int64_t k = 0; k < kRun; k += kSide) transpose(v + k);
  for (std::int64_t l = 0; l < kSide; ++l)
    for (std::int64_t k = 0; k < kRun; k += kSide) hn::StoreU(v[k + l], DSide(), x + l * kRun + k);
}

/// Sums of the lanes up to each.
HWY_INLINE VSide sums_up_to(VSide v) {
  const DSide d;
  v = hn::Add(v, hn::ShiftLeftLanes<1>(d, v));
  if constexpr (kSide == 2) return v;
  return hn::Add(v, hn::ConcatLowerLower(d, hn::DupOdd(v), hn::Zero(d)));
}
HWY_INLINE VSide last_everywhere(VSide v) {
  const VSide odd = hn::DupOdd(v);
  if constexpr (kSide == 2) return odd;
  return hn::ConcatUpperUpper(DSide(), odd, odd);
}

/// Walks along a chunk, a block at a time. No addition is rounded but those that split a term or show a result.
template <bool kTested>
struct GridWalk {
  VSide coarse, fine;
  VSide upper, lower;  // of the sum before the block, upper less `coarse`
  VSide missed;        // not 0 once a term was not on the grid

  HWY_INLINE void block(const double* HWY_RESTRICT x, double* HWY_RESTRICT high, double* HWY_RESTRICT low) {
    const DSide d;
    VSide up[kRun], down[kRun];
    load_runs(x, up);
    // Sums within the runs. Those of the upper parts begin at `coarse`, so that adding a term rounds it to a step.
    VSide sum = coarse, rests = hn::Zero(d);
    for (std::int64_t k = 0; k < kRun; ++k) {
      const VSide term = up[k];
      up[k] = hn::Add(sum, term);
      const VSide rest = sub_by_fma(term, hn::Sub(up[k], sum));
      if constexpr (kTested) {
        missed = hn::Or(missed, hn::Sub(sub_by_fma(add_by_fma(rest, fine), fine), rest));
      }
      down[k] = add_by_fma(rests, rest);
      sum = up[k];
      rests = down[k];
    }
    const VSide total = hn::Sub(sum, coarse), totals = sums_up_to(total), rests_up_to = sums_up_to(rests);
    const VSide up_before = hn::Add(upper, hn::Sub(totals, total));
    const VSide down_before = add_by_fma(lower, sub_by_fma(rests_up_to, rests));
    upper = hn::Add(upper, last_everywhere(totals));
    lower = hn::Add(lower, last_everywhere(rests_up_to));
    // The upper part is a multiple of the lower part's last bit: two sums are as good as the six of two_sum().
    for (std::int64_t k = 0; k < kRun; ++k) {
      const VSide u = hn::Add(up[k], up_before), l = add_by_fma(down[k], down_before);
      up[k] = hn::Add(u, l);
      down[k] = sub_by_fma(l, hn::Sub(up[k], u));
    }
    store_runs(up, high);
    store_runs(down, low);
  }
};

/// The chunk on top of `sum`, which becomes the sum after it; false where a term is not on the grid.
template <bool kTested>
bool walk_grid(const Grid& grid, DoubleDouble& sum, const double* HWY_RESTRICT x, double* HWY_RESTRICT high,
               double* HWY_RESTRICT low) {
  const DSide d;
  GridWalk<kTested> walk{hn::Set(d, grid.coarse()), hn::Set(d, grid.fine()), hn::Set(d, grid.upper - grid.coarse()),
                         hn::Set(d, grid.lower), hn::Zero(d)};
  for (std::int64_t i = 0; i < kScanChunk; i += kBlock) {
    for (std::int64_t k = 0; k < kBlock; k += kLine) hwy::Prefetch(x + kScanChunk + i + k);
    walk.block(x + i, high + i, low + i);
    if (kTested && !hn::AllTrue(d, hn::Eq(walk.missed, hn::Zero(d)))) return false;
  }
  const double upper = hn::GetLane(walk.upper) + grid.coarse();
  if (!std::isfinite(upper)) return false;  // a term is not a number
  sum.hi = roundoff::two_sum(upper, hn::GetLane(walk.lower), sum.lo);
  return true;
}

bool scan_on_grid(DoubleDouble& sum, const double* HWY_RESTRICT x, double* HWY_RESTRICT high, double* HWY_RESTRICT low,
                  double* HWY_RESTRICT radius) {
  const Range range = range_of(x);
  const std::optional<Grid> grid = grid_of(sum, range.most);
  if (!grid) return false;
  const bool safe = range.least >= grid->safe_size();
  if (!(safe ? walk_grid<false>(*grid, sum, x, high, low) : walk_grid<true>(*grid, sum, x, high, low))) return false;
  std::fill_n(radius, kSumLanes, sum.rad);
  return true;
}

// ---- any other chunk: chains in doubled precision, each through a segment of its own ------------------------------

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

void segment_totals(const double* HWY_RESTRICT x, Chain* chains) {
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

void chain_sums(const DoubleDouble* prefix, const double* HWY_RESTRICT x, double* HWY_RESTRICT high,
                double* HWY_RESTRICT low, double* HWY_RESTRICT radius) {
  Chain chains[kSumLanes];
  for (std::int64_t pair = 0; pair < kPairs; ++pair) {
    const std::int64_t first = pair * 2 * kLanes, second = first + kLanes;
    Lanes a = start_at(prefix + first), b = start_at(prefix + second);
    for (std::int64_t i = 0; i < kScanSegment; i += 2) {
      const std::int64_t at_a = first * kScanSegment + i, at_b = second * kScanSegment + i;
      walk(a, x + at_a, high + at_a, low + at_a);
      walk(b, x + at_b, high + at_b, low + at_b);
    }
    unload(a, segment_of, chains + first);
    unload(b, segment_of, chains + second);
  }
  for (std::int64_t j = 0; j < kSumLanes; ++j) radius[j] = (prefix[j].rad + chains[j].radius()) * kRoundUp;
}

void scan_by_chains(DoubleDouble& sum, const double* HWY_RESTRICT x, double* HWY_RESTRICT high,
                    double* HWY_RESTRICT low, double* HWY_RESTRICT radius) {
  Chain totals[kSumLanes];
  DoubleDouble prefix[kSumLanes];
  segment_totals(x, totals);
  for (std::int64_t j = 0; j < kSumLanes; ++j) {
    prefix[j] = sum;
    sum = add(sum, totals[j].sum());
  }
  HWY_ALIGN double made_high[kScanChunk], made_low[kScanChunk];  // lines filled at once are quicker
  chain_sums(prefix, x, made_high, made_low, radius);
  for (std::int64_t i = 0; i < kScanChunk; i += kLine) {
    hwy::Prefetch(x + kScanChunk + i);
    std::copy_n(made_high + i, kLine, high + i);
    std::copy_n(made_low + i, kLine, low + i);
  }
}

DoubleDouble scan(const DoubleDouble& before, const double* HWY_RESTRICT x, std::int64_t n, double* HWY_RESTRICT high,
                  double* HWY_RESTRICT low, double* HWY_RESTRICT radius) {
  DoubleDouble sum = before;
  std::int64_t i = 0;
  for (; i + kScanChunk <= n; i += kScanChunk) {
    double* const radii = radius + i / kScanSegment;
    if (!scan_on_grid(sum, x + i, high + i, low + i, radii)) scan_by_chains(sum, x + i, high + i, low + i, radii);
  }
  return scan_doubles_oracle(sum, x + i, n - i, high + i, low + i, radius + i / kScanSegment);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace roundoff {

HWY_EXPORT(scan);

DoubleDouble scan_doubles(const DoubleDouble& before, const double* x, std::int64_t n, double* high, double* low,
                          double* radius) {
  return HWY_DYNAMIC_DISPATCH(scan)(before, x, n, high, low, radius);
}

}  // namespace roundoff
#endif
