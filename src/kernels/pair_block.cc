#include "kernels/pair_block.h"

#include <algorithm>
#include <bit>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pair_block.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR  // has no halves of vectors, which all others have

void same(const float* a, const float* b, const PairRequest& request, PairFigures& out) {
  same_block_oracle(a, b, request, out);
}
void near(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins, PairFigures& out) {
  near_block_oracle(a, b, request, bins, out);
}
void far(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins, PairFigures& out) {
  far_block_oracle(a, b, request, bins, out);
}
std::int64_t beyond(const float* a, const float* b, float rtol, float atol) {
  return count_beyond_oracle(a, b, rtol, atol);
}

#else
namespace hn = hwy::HWY_NAMESPACE;

using F = hn::ScalableTag<float>;
using U = hn::RebindToUnsigned<F>;
using I = hn::RebindToSigned<F>;
using Half = hn::Half<F>;
using D = hn::Rebind<double, Half>;
using U64 = hn::RebindToUnsigned<D>;
using VF = hn::Vec<F>;
using VU = hn::Vec<U>;
using VD = hn::Vec<D>;

constexpr std::uint32_t kSign = 0x80000000U;
constexpr std::uint32_t kSignAndExponent = 0xff800000U;

/// Both halves of a vector of floats, widened.
struct Wide {
  VD lower, upper;
};
HWY_INLINE Wide widened(VF x) {
  const D d;
  return {hn::PromoteTo(d, hn::LowerHalf(Half(), x)), hn::PromoteTo(d, hn::UpperHalf(Half(), x))};
}

/// The two bins of pair_block.h.
struct Bins {
  VD high, low;
};
HWY_INLINE void add_product(Bins& bins, VD x, VD y) {
#if HWY_NATIVE_FMA
  const VD next = hn::MulAdd(x, y, bins.high);
  const VD taken = hn::Sub(next, bins.high);
  bins.low = hn::Add(bins.low, hn::MulSub(x, y, taken));
#else
  const VD p = hn::Mul(x, y);  // exact: 24 by 24 bits
  const VD next = hn::Add(bins.high, p);
  const VD taken = hn::Sub(next, bins.high);
  bins.low = hn::Add(bins.low, hn::Sub(p, taken));
#endif
  bins.high = next;
}

HWY_INLINE double sum_of_lanes(VD v) { return hn::GetLane(hn::SumOfLanes(D(), v)); }

/// The bins' sum without the constant; every step exact but the last, whose rest is kept.
HWY_INLINE PairSum total(const Bins& bins, double constant) {
  const double high = sum_of_lanes(hn::Sub(bins.high, hn::Set(D(), constant))), low = sum_of_lanes(bins.low);
  const double sum = high + low, part = sum - high;
  return {sum, (high - (sum - part)) + (low - part)};
}

/// What all kernels watch: the magnitudes.
struct Range {
  VU most, least;  // least: of magnitude − 1, so that zeros do not count
};
HWY_INLINE void watch(Range& range, VU magnitude) {
  const U u;
  range.most = hn::Max(range.most, magnitude);
  range.least = hn::Min(range.least, hn::Sub(magnitude, hn::Set(u, 1)));
}

HWY_INLINE std::uint32_t most_of(VU v) { return hn::GetLane(hn::MaxOfLanes(U(), v)); }
HWY_INLINE std::uint32_t or_of(VU v) {
  HWY_ALIGN std::uint32_t lanes[hn::MaxLanes(U())];
  hn::Store(v, U(), lanes);
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < hn::Lanes(U()); ++i) all |= lanes[i];
  return all;
}

/// Whether the magnitudes lie where pair_block.h wants them. `least` becomes the least one (+∞: all are zero).
HWY_INLINE bool within(const Range& range, const PairRequest& request, PairFigures& out, float& least) {
  out.largest = most_of(range.most);
  const std::uint32_t below = hn::GetLane(hn::MinOfLanes(U(), range.least));
  least = below >= 0x7f800000U ? HUGE_VALF : std::bit_cast<float>(below + 1);
  const double limit = std::ldexp(1.0, request.exponent);
  return out.largest < 0x7f800000U && static_cast<double>(std::bit_cast<float>(out.largest)) < limit &&
         static_cast<double>(least) >= std::ldexp(limit, -kPairSpan) && least >= request.least;
}

HWY_INLINE double constant_of(const PairRequest& request) { return std::ldexp(1.5, 52 + 2 * request.exponent - 41); }

/// Counts as many of the pending bins as a step makes.
template <bool kPending>
HWY_INLINE void count_some(const PairRequest& request, std::size_t at) {
  if constexpr (kPending) {
    for (std::size_t i = at; i < at + 2 * hn::Lanes(F()); i += 4) count_four(request.pending + i, request.counts);
  }
}

HWY_INLINE void store_bins(VF first, VF second, std::uint16_t* to) {
  const hn::Repartition<std::int16_t, F> d16;
  const I i;
  const auto bins = hn::ReorderDemote2To(d16, hn::BitCast(i, hn::ShiftRight<kPairBinShift>(hn::BitCast(U(), first))),
                                         hn::BitCast(i, hn::ShiftRight<kPairBinShift>(hn::BitCast(U(), second))));
  hn::StoreU(hn::BitCast(hn::RebindToUnsigned<decltype(d16)>(), bins), hn::RebindToUnsigned<decltype(d16)>(), to);
}

void same(const float* a, const float* b, const PairRequest& request, PairFigures& out) {
  const F f;
  const U u;
  const std::size_t lanes = hn::Lanes(f);
  const double constant = constant_of(request);
  Bins aa{hn::Set(D(), constant), hn::Zero(D())};
  Range range{hn::Zero(u), hn::Set(u, ~0U)};
  VU differ = hn::Zero(u);
  const VU magnitude_bits = hn::Set(u, ~kSign);
  for (std::size_t i = 0; i < static_cast<std::size_t>(kPairBlock); i += lanes) {
    const VF x = hn::LoadU(f, a + i);
    const VU bits = hn::BitCast(u, x);
    differ = hn::Or(differ, hn::Xor(bits, hn::BitCast(u, hn::LoadU(f, b + i))));
    watch(range, hn::And(bits, magnitude_bits));
    const Wide wide = widened(x);
    add_product(aa, wide.lower, wide.lower);
    add_product(aa, wide.upper, wide.upper);
  }
  float least;
  out.fits = within(range, request, out, least) && or_of(differ) == 0;
  out.aa = total(aa, constant);
}

struct Near {
  Bins aa, ad;
  VD dd, abs;
  Range range;
  VU differ, distance, max_distance, beyond;
  VF max_abs;
};

/// One vector; answers |a − b|, which is exact because of Sterbenz's lemma.
HWY_INLINE VF near_step(Near& s, VF x, VF y, VF relative) {
  const F f;
  const U u;
  const I i;
  const VU xb = hn::BitCast(u, x), yb = hn::BitCast(u, y);
  s.differ = hn::Or(s.differ, hn::Xor(xb, yb));
  const VU magnitude = hn::AndNot(hn::Set(u, kSign), xb);
  watch(s.range, magnitude);
  const VU distance = hn::BitCast(u, hn::Abs(hn::BitCast(i, hn::Sub(xb, yb))));
  s.distance = hn::Add(s.distance, distance);
  s.max_distance = hn::Max(s.max_distance, distance);
  const VF difference = hn::Sub(x, y);
  const VF sign = hn::And(difference, hn::BitCast(f, hn::Set(u, kSign)));
  const VF apart = hn::Xor(difference, sign);
  s.max_abs = hn::Max(s.max_abs, apart);
  s.beyond =
      hn::Or(s.beyond, hn::BitCast(u, hn::VecFromMask(f, hn::Gt(apart, hn::Mul(relative, hn::BitCast(f, magnitude))))));
  const Wide wx = widened(hn::Xor(x, sign)), wd = widened(apart);  // a·(a − b) = (±a)·|a − b|
  add_product(s.aa, wx.lower, wx.lower);
  add_product(s.aa, wx.upper, wx.upper);
  add_product(s.ad, wx.lower, wd.lower);
  add_product(s.ad, wx.upper, wd.upper);
  // Squares are exact in double, and their sum is by what near_block() checks at the end.
  s.dd = hn::MulAdd(wd.lower, wd.lower, s.dd);
  s.dd = hn::MulAdd(wd.upper, wd.upper, s.dd);
  s.abs = hn::Add(s.abs, hn::Add(wd.lower, wd.upper));
  return apart;
}

template <bool kPending>
void near_of(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins, PairFigures& out) {
  const F f;
  const U u;
  const std::size_t lanes = hn::Lanes(f);
  const double constant = constant_of(request);
  const Bins empty{hn::Set(D(), constant), hn::Zero(D())};
  const VU zero = hn::Zero(u);
  Near s{empty, empty, hn::Zero(D()), hn::Zero(D()), {zero, hn::Set(u, ~0U)}, zero, zero, zero, zero, hn::Zero(f)};
  const VF relative = hn::Set(f, request.relative);
  for (std::size_t i = 0; i < static_cast<std::size_t>(kPairBlock); i += 2 * lanes) {
    const VF first = near_step(s, hn::LoadU(f, a + i), hn::LoadU(f, b + i), relative);
    const VF second = near_step(s, hn::LoadU(f, a + i + lanes), hn::LoadU(f, b + i + lanes), relative);
    store_bins(first, second, bins + i);
    count_some<kPending>(request, i);
  }
  float least;
  out.fits = within(s.range, request, out, least) && (or_of(s.differ) & kSignAndExponent) == 0;
  out.max_abs = hn::GetLane(hn::MaxOfLanes(f, s.max_abs));
  out.max_distance = most_of(s.max_distance);
  // Σ (a − b)² and the 32-bit lanes of distances hold; the least magnitude's own binade counts.
  out.fits =
      out.fits && out.max_distance < 1U << 22 && (out.max_abs == 0 || std::ilogb(out.max_abs) < std::ilogb(least) - 2);
  out.relative_beyond = or_of(s.beyond) != 0;
  HWY_ALIGN std::uint32_t lane[hn::MaxLanes(U())];
  hn::Store(s.distance, u, lane);
  out.distance = 0;
  for (std::size_t i = 0; i < lanes; ++i) out.distance += lane[i];
  out.max_ulp = out.max_distance;
  out.ulps = static_cast<double>(out.distance);
  out.abs = sum_of_lanes(s.abs);
  out.aa = total(s.aa, constant);
  out.ad = total(s.ad, constant);
  out.dd = sum_of_lanes(s.dd);
  out.zero_signs = 0;
}

void near(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins, PairFigures& out) {
  return request.pending != nullptr ? near_of<true>(a, b, request, bins, out)
                                    : near_of<false>(a, b, request, bins, out);
}

struct Far {
  Bins aa, ab, bb;
  VD abs, ulps, max_ulp;
  hn::Vec<U64> distance;
  Range range;
  VU max_distance, zero_signs, beyond;
  VF max_abs;
};

HWY_INLINE VF far_step(Far& s, VF x, VF y, VF relative, VU offset) {
  const F f;
  const U u;
  const I i;
  const VU xb = hn::BitCast(u, x), yb = hn::BitCast(u, y), sign = hn::Set(u, kSign);
  const VU xm = hn::AndNot(sign, xb), ym = hn::AndNot(sign, yb);
  watch(s.range, xm);
  watch(s.range, ym);
  const VU larger = hn::Max(xm, ym);
  // Ordinals: magnitudes counted from the format's least normal number, 0 being 0.
  const VU xo = hn::Sub(hn::Max(xm, offset), offset), yo = hn::Sub(hn::Max(ym, offset), offset);
  const VU bits_differ = hn::Xor(xb, yb);
  const VU opposite = hn::BitCast(u, hn::ShiftRight<31>(hn::BitCast(i, bits_differ)));
  const VU alike_distance = hn::Sub(hn::Max(xo, yo), hn::Min(xo, yo));
  const VU distance = hn::Or(hn::And(opposite, hn::Add(xo, yo)), hn::AndNot(opposite, alike_distance));
  s.max_distance = hn::Max(s.max_distance, distance);
  const auto pairs = hn::BitCast(U64(), distance);
  s.distance = hn::Add(s.distance, hn::Add(hn::And(pairs, hn::Set(U64(), 0xffffffffU)), hn::ShiftRight<32>(pairs)));
  const VU both_zero = hn::BitCast(u, hn::VecFromMask(u, hn::Eq(larger, hn::Zero(u))));
  s.zero_signs = hn::Sub(s.zero_signs, hn::And(both_zero, opposite));
  const VF apart = hn::Abs(hn::Sub(x, y));
  s.max_abs = hn::Max(s.max_abs, apart);
  s.beyond =
      hn::Or(s.beyond, hn::BitCast(u, hn::VecFromMask(f, hn::Gt(apart, hn::Mul(relative, hn::BitCast(f, larger))))));
  // 1 / ulp of the larger: 2^(23 − e). Pairs of zeros take that of 2^-100, and are 0 of it.
  const VU exponent = hn::Max(hn::And(larger, hn::Set(u, 0x7f800000U)), hn::Set(u, 27U << 23));
  const Wide scale = widened(hn::BitCast(f, hn::Sub(hn::Set(u, (254U + 23U) << 23), exponent)));
  const Wide wx = widened(x), wy = widened(y);
  const auto half = [&s](VD p, VD q, VD per_ulp) {
    add_product(s.aa, p, p);
    add_product(s.ab, p, q);
    add_product(s.bb, q, q);
    const VD d = hn::Abs(hn::Sub(p, q));  // exact: both are multiples of 2^(E−42) below 2^E
    const VD ulps = hn::Mul(d, per_ulp);
    s.abs = hn::Add(s.abs, d);
    s.ulps = hn::Add(s.ulps, ulps);
    s.max_ulp = hn::Max(s.max_ulp, ulps);
  };
  half(wx.lower, wy.lower, scale.lower);
  half(wx.upper, wy.upper, scale.upper);
  return apart;
}

template <bool kPending>
void far_of(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins, PairFigures& out) {
  const F f;
  const U u;
  const D d;
  const std::size_t lanes = hn::Lanes(f);
  const double constant = constant_of(request);
  const Bins empty{hn::Set(d, constant), hn::Zero(d)};
  const VU zero = hn::Zero(u);
  Far s{empty, empty, empty, hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(U64()), {zero, hn::Set(u, ~0U)},
        zero,  zero,  zero,  hn::Zero(f)};
  const VF relative = hn::Set(f, request.relative);
  const VU offset = hn::Set(u, request.offset);
  for (std::size_t i = 0; i < static_cast<std::size_t>(kPairBlock); i += 2 * lanes) {
    const VF first = far_step(s, hn::LoadU(f, a + i), hn::LoadU(f, b + i), relative, offset);
    const VF second = far_step(s, hn::LoadU(f, a + i + lanes), hn::LoadU(f, b + i + lanes), relative, offset);
    store_bins(first, second, bins + i);
    count_some<kPending>(request, i);
  }
  float least;
  out.fits = within(s.range, request, out, least);
  out.max_abs = hn::GetLane(hn::MaxOfLanes(f, s.max_abs));
  out.max_ulp = hn::GetLane(hn::MaxOfLanes(d, s.max_ulp));
  out.max_distance = most_of(s.max_distance);
  HWY_ALIGN std::uint64_t lane[hn::MaxLanes(U64())];
  hn::Store(s.distance, U64(), lane);
  out.distance = 0;
  for (std::size_t i = 0; i < hn::Lanes(U64()); ++i) out.distance += lane[i];
  HWY_ALIGN std::uint32_t zeros[hn::MaxLanes(U())];
  hn::Store(s.zero_signs, u, zeros);
  out.zero_signs = 0;
  for (std::size_t i = 0; i < lanes; ++i) out.zero_signs += zeros[i];
  out.relative_beyond = or_of(s.beyond) != 0;
  out.abs = sum_of_lanes(s.abs);
  out.ulps = sum_of_lanes(s.ulps);
  out.aa = total(s.aa, constant);
  out.ab = total(s.ab, constant);
  out.bb = total(s.bb, constant);
}

void far(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins, PairFigures& out) {
  return request.pending != nullptr ? far_of<true>(a, b, request, bins, out) : far_of<false>(a, b, request, bins, out);
}

std::int64_t beyond(const float* a, const float* b, float rtol, float atol) {
  const F f;
  const U u;
  const std::size_t lanes = hn::Lanes(f);
  const VF r = hn::Set(f, rtol), t = hn::Set(f, atol);
  VU count = hn::Zero(u);
  for (std::size_t i = 0; i < static_cast<std::size_t>(kPairBlock); i += lanes) {
    const VF y = hn::LoadU(f, b + i);
    const VF apart = hn::Abs(hn::Sub(hn::LoadU(f, a + i), y));
    const VF allowed = hn::Add(t, hn::Mul(r, hn::Abs(y)));
    count = hn::Sub(count, hn::BitCast(u, hn::VecFromMask(f, hn::Gt(apart, allowed))));
  }
  HWY_ALIGN std::uint32_t lane[hn::MaxLanes(U())];
  hn::Store(count, u, lane);
  std::int64_t all = 0;
  for (std::size_t i = 0; i < lanes; ++i) all += lane[i];
  return all;
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace roundoff {

HWY_EXPORT(same);
HWY_EXPORT(near);
HWY_EXPORT(far);
HWY_EXPORT(beyond);

void same_block(const float* a, const float* b, const PairRequest& request, PairFigures& out) {
  HWY_DYNAMIC_DISPATCH(same)(a, b, request, out);
}
void near_block(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins, PairFigures& out) {
  HWY_DYNAMIC_DISPATCH(near)(a, b, request, bins, out);
}
void far_block(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins, PairFigures& out) {
  HWY_DYNAMIC_DISPATCH(far)(a, b, request, bins, out);
}
std::int64_t count_beyond(const float* a, const float* b, float rtol, float atol) {
  return HWY_DYNAMIC_DISPATCH(beyond)(a, b, rtol, atol);
}

}  // namespace roundoff
#endif
