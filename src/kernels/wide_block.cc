#include "kernels/wide_block.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/wide_block.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {
#if !HWY_NATIVE_FMA

void wide(const double*, const double*, const WideRequest&, std::uint16_t*, WideFigures& out) { out.fits = false; }

#else
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using U = hn::RebindToUnsigned<D>;
using I = hn::RebindToSigned<D>;
using VD = hn::Vec<D>;
using VU = hn::Vec<U>;

HWY_INLINE double sum_of(VD v) { return hn::GetLane(hn::SumOfLanes(D(), v)); }
HWY_INLINE double most_of(VD v) { return hn::GetLane(hn::MaxOfLanes(D(), v)); }
HWY_INLINE std::uint64_t sum_of(VU v) { return hn::GetLane(hn::SumOfLanes(U(), v)); }

/// A bin: the sum of what was taken, over a constant.
struct Bin {
  explicit Bin(int unit) : constant(std::ldexp(1.5, 52 + unit)), sum(hn::Set(D(), constant)) {}
  /// Takes x rounded to the bin's unit and answers the rest.
  HWY_INLINE VD take(VD x) {
    const VD next = hn::Add(sum, x);
    const VD rest = hn::Sub(x, hn::Sub(next, sum));
    sum = next;
    return rest;
  }
  [[nodiscard]] HWY_INLINE double total() const { return sum_of(hn::Sub(sum, hn::Set(D(), constant))); }
  double constant;
  VD sum;
};

/// A sum of products, as the header has it.
struct Products {
  explicit Products(int e) : first(2 * e - 41), second(2 * e - 82), third(2 * e - 124) {}
  HWY_INLINE void add(VD x, VD y) {
    const VD p = hn::Mul(x, y), error = hn::MulSub(x, y, p);
    rest = hn::Add(rest, second.take(first.take(p)));
    last = hn::Add(last, third.take(second.take(error)));
  }
  [[nodiscard]] HWY_INLINE WideSum<5> total() const {
    return {first.total(), second.total(), third.total(), sum_of(rest), sum_of(last)};
  }
  Bin first, second, third;
  VD rest = hn::Zero(D()), last = hn::Zero(D());
};

/// Sums with one bin.
struct Plain {
  explicit Plain(int unit) : bin(unit) {}
  HWY_INLINE void add(VD x) { rest = hn::Add(rest, bin.take(x)); }
  [[nodiscard]] HWY_INLINE WideSum<2> total() const { return {bin.total(), sum_of(rest)}; }
  Bin bin;
  VD rest = hn::Zero(D());
};

/// Magnitudes' places among the format's floats, as pair_block.h counts them.
struct Ordinals {
  explicit Ordinals(const WideRequest& request)
      : dropped(53 - request.precision),
        half(hn::Set(U(), dropped == 0 ? 0 : (std::uint64_t{1} << (dropped - 1)) - 1)),
        odd(hn::Set(U(), dropped == 0 ? 0 : 1)),
        zero(hn::Set(U(), static_cast<std::uint64_t>(request.emin + 1022) << (request.precision - 1))) {}
  HWY_INLINE VU of(VU magnitude) const {
    const VU rounded = hn::Add(hn::Add(magnitude, half), hn::And(hn::ShiftRightSame(magnitude, dropped), odd));
    const VU place = hn::ShiftRightSame(rounded, dropped);
    return hn::Sub(hn::Max(place, zero), zero);
  }
  int dropped;
  VU half, odd, zero;
};

struct Wide {
  explicit Wide(const WideRequest& r)
      : aa(r.exponent), ab(r.exponent), bb(r.exponent), abs(r.exponent - 40), ulps(r.precision - 40) {}
  Products aa, ab, bb;
  Plain abs, ulps;
  VD largest = hn::Zero(D()), least = hn::Set(D(), HUGE_VAL), max_abs = hn::Zero(D()), max_ulp = hn::Zero(D());
  VU nan = hn::Zero(U()), relative = hn::Zero(U()), beyond = hn::Zero(U()), equal = hn::Zero(U());
  VU zero_signs = hn::Zero(U()), max_distance = hn::Zero(U()), high = hn::Zero(U()), low = hn::Zero(U());
};

template <class Mask>
HWY_INLINE void count(VU& sum, Mask mask) {
  sum = hn::Sub(sum, hn::BitCast(U(), hn::VecFromMask(D(), mask)));
}

HWY_INLINE void watch(Wide& s, VD magnitude) {
  s.largest = hn::Max(s.largest, magnitude);
  s.nan = hn::Or(s.nan, hn::BitCast(U(), hn::VecFromMask(D(), hn::IsNaN(magnitude))));
  s.least = hn::Min(s.least, hn::IfThenElse(hn::Eq(magnitude, hn::Zero(D())), hn::Set(D(), HUGE_VAL), magnitude));
}

/// Distances: of opposite signs the sum of the places, else their difference; at most 2^62.
HWY_INLINE void measure_distance(Wide& s, const Ordinals& ordinals, VU a, VU b) {
  const U u;
  const VU sign = hn::Set(u, std::uint64_t{1} << 63);
  const VU x = ordinals.of(hn::AndNot(sign, a)), y = ordinals.of(hn::AndNot(sign, b));
  const VU opposite = hn::BitCast(u, hn::BroadcastSignBit(hn::BitCast(I(), hn::Xor(a, b))));
  const VU alike = hn::Sub(hn::Max(x, y), hn::Min(x, y));
  const VU distance = hn::Min(hn::Or(hn::And(opposite, hn::Add(x, y)), hn::AndNot(opposite, alike)),
                              hn::Set(u, std::uint64_t{1} << 62));
  s.max_distance = hn::Max(s.max_distance, distance);
  s.high = hn::Add(s.high, hn::ShiftRight<32>(distance));
  s.low = hn::Add(s.low, hn::And(distance, hn::Set(u, 0xffffffffU)));
}

/// One vector; answers |a − b|.
HWY_INLINE VD step(Wide& s, VD x, VD y, const WideRequest& request, const Ordinals& ordinals) {
  const D d;
  const U u;
  const VD xm = hn::Abs(x), ym = hn::Abs(y), larger = hn::Max(xm, ym);
  watch(s, xm);
  watch(s, ym);
  const VD apart = hn::Abs(hn::Sub(x, y));
  const VU sign = hn::And(hn::BitCast(u, hn::Sub(x, y)), hn::Set(u, std::uint64_t{1} << 63));
  s.max_abs = hn::Max(s.max_abs, apart);
  const auto same = hn::Eq(x, y);
  count(s.equal, same);
  count(s.beyond, hn::Gt(apart, hn::Add(hn::Set(d, request.atol), hn::Mul(hn::Set(d, request.rtol), ym))));
  count(s.relative, hn::Gt(apart, hn::Mul(hn::Set(d, request.relative), larger)));
  s.aa.add(x, x);
  s.ab.add(x, y);
  s.bb.add(y, y);
  s.abs.add(hn::BitCast(d, hn::Xor(hn::BitCast(u, x), sign)));
  s.abs.add(hn::Neg(hn::BitCast(d, hn::Xor(hn::BitCast(u, y), sign))));
  if (request.integers) return apart;
  const VU a = hn::BitCast(u, x), b = hn::BitCast(u, y);
  s.zero_signs =
      hn::Add(s.zero_signs, hn::ShiftRight<63>(hn::And(hn::Xor(a, b), hn::BitCast(u, hn::VecFromMask(d, same)))));
  measure_distance(s, ordinals, a, b);
  // 1 / ulp of the larger: 2^(p − 1 − e). Pairs of zeros take that of 2^-900, and are 0 of it.
  const VU field = hn::Max(hn::ShiftRight<52>(hn::BitCast(u, larger)), hn::Set(u, 123));
  const VU scale = hn::Sub(hn::Set(u, 2U * 1023 + static_cast<unsigned>(request.precision) - 1), field);
  const VD ulps = hn::Mul(apart, hn::BitCast(d, hn::ShiftLeft<52>(scale)));
  s.max_ulp = hn::Max(s.max_ulp, ulps);
  s.ulps.add(ulps);
  return apart;
}

void store(const Wide& s, const WideRequest& request, WideFigures& out) {
  out.largest = sum_of(s.nan) != 0 ? std::nan("") : most_of(s.largest);
  const double least = hn::GetLane(hn::MinOfLanes(D(), s.least));
  out.fits = out.largest < std::ldexp(1.0, request.exponent) && least >= request.least;
  out.relative_beyond = sum_of(s.relative) != 0;
  out.max_abs = most_of(s.max_abs);
  out.max_ulp = most_of(s.max_ulp);
  out.max_distance = hn::GetLane(hn::MaxOfLanes(U(), s.max_distance));
  out.distance_high = sum_of(s.high);
  out.distance_low = sum_of(s.low);
  out.equal = static_cast<std::int64_t>(sum_of(s.equal));
  out.zero_signs = static_cast<std::int64_t>(sum_of(s.zero_signs));
  out.beyond = static_cast<std::int64_t>(sum_of(s.beyond));
  out.aa = s.aa.total();
  out.ab = s.ab.total();
  out.bb = s.bb.total();
  out.abs = s.abs.total();
  out.ulps = s.ulps.total();
}

void wide(const double* a, const double* b, const WideRequest& request, std::uint16_t* bins, WideFigures& out) {
  const D d;
  const U u;
  const std::size_t lanes = hn::Lanes(d);
  const Ordinals ordinals(request);
  Wide s(request);
  HWY_ALIGN std::uint64_t bin[hn::MaxLanes(U())];
  for (std::size_t i = 0; i < static_cast<std::size_t>(kPairBlock); i += lanes) {
    const VD apart = step(s, hn::LoadU(d, a + i), hn::LoadU(d, b + i), request, ordinals);
    hn::Store(hn::ShiftRight<kWideBinShift>(hn::BitCast(u, apart)), u, bin);
    for (std::size_t k = 0; k < lanes; ++k) bins[i + k] = static_cast<std::uint16_t>(bin[k]);
  }
  store(s, request, out);
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace roundoff {

HWY_EXPORT(wide);

void wide_block(const double* a, const double* b, const WideRequest& request, std::uint16_t* bins, WideFigures& out) {
  HWY_DYNAMIC_DISPATCH(wide)(a, b, request, bins, out);
}

}  // namespace roundoff
#endif
