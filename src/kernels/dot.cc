#include "kernels/dot.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dot.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, kPanel>;
using V = hn::Vec<D>;

HWY_INLINE V two_sum(V a, V b, V& error) {
  const V sum = hn::Add(a, b);
  const V part = hn::Sub(sum, a);
  error = hn::Add(hn::Sub(a, hn::Sub(sum, part)), hn::Sub(b, part));
  return sum;
}

/// The rounding error of p = fl(a·b): by FMA, or by Dekker's product. Both are exact, so the bytes are the same.
HWY_INLINE V product_error(V a, V b, V p) {
#if HWY_NATIVE_FMA
  return hn::MulSub(a, b, p);
#else
  const D d;
  const V splitter = hn::Set(d, 134217729.0);  // 2^27 + 1
  const V ca = hn::Mul(splitter, a), cb = hn::Mul(splitter, b);
  const V ah = hn::Sub(ca, hn::Sub(ca, a)), bh = hn::Sub(cb, hn::Sub(cb, b));
  const V al = hn::Sub(a, ah), bl = hn::Sub(b, bh);
  const V crossed = hn::Add(hn::Add(hn::Sub(hn::Mul(ah, bh), p), hn::Mul(ah, bl)), hn::Mul(al, bh));
  return hn::Add(crossed, hn::Mul(al, bl));
#endif
}

struct Accumulator {
  V high, low, slip, size;
};

template <Factors kFactors>
HWY_INLINE void step(Accumulator& a, V x, V x_low, V y, const double* HWY_RESTRICT y_low) {
  const V p = hn::Mul(x, y);
  a.size = hn::Add(a.size, hn::Abs(p));
  V q, dropped;
  a.high = two_sum(a.high, p, q);
  if constexpr (kFactors != Factors::short_doubles) {
    V rest = product_error(x, y, p);
    if constexpr (kFactors == Factors::double_doubles) {
      const V crossed = hn::Add(hn::Mul(x, hn::LoadU(D(), y_low)), hn::Mul(x_low, y));
      rest = two_sum(rest, crossed, dropped);
      a.slip = hn::Add(a.slip, hn::Abs(dropped));
    }
    q = two_sum(q, rest, dropped);
    a.slip = hn::Add(a.slip, hn::Abs(dropped));
  }
  a.low = two_sum(a.low, q, dropped);
  a.slip = hn::Add(a.slip, hn::Abs(dropped));
}

/// kVectors vectors of columns side by side, from column `at`: enough work to hide the latency of one chain of sums.
template <Factors kFactors, std::int64_t kVectors>
void columns(const double* HWY_RESTRICT x, const double* HWY_RESTRICT x_low, const double* HWY_RESTRICT y,
             const double* HWY_RESTRICT y_low, std::int64_t k, std::int64_t at, PanelSums& out) {
  const D d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  Accumulator sums[kVectors];
  for (Accumulator& a : sums) a = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  for (std::int64_t i = 0; i < k; ++i) {
    const V xi = hn::Set(d, x[i]);
    const V xi_low = kFactors == Factors::double_doubles ? hn::Set(d, x_low[i]) : hn::Zero(d);
    for (std::int64_t v = 0; v < kVectors; ++v) {
      const std::int64_t place = i * kPanel + at + v * lanes;
      step<kFactors>(sums[v], xi, xi_low, hn::LoadU(d, y + place), y_low + place);
    }
  }
  for (std::int64_t v = 0; v < kVectors; ++v) {
    const std::int64_t j = at + v * lanes;
    V low;
    hn::StoreU(two_sum(sums[v].high, sums[v].low, low), d, out.high + j);
    hn::StoreU(low, d, out.low + j);
    hn::StoreU(sums[v].slip, d, out.slip + j);
    hn::StoreU(sums[v].size, d, out.size + j);
  }
}

template <Factors kFactors>
void panel(const double* x, const double* x_low, const double* y, const double* y_low, std::int64_t k, PanelSums& out) {
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  std::int64_t at = 0;
  for (; at + 2 * lanes <= kPanel; at += 2 * lanes) columns<kFactors, 2>(x, x_low, y, y_low, k, at, out);
  for (; at < kPanel; at += lanes) columns<kFactors, 1>(x, x_low, y, y_low, k, at, out);
}

void dot(Factors factors, const double* x, const double* x_low, const double* y, const double* y_low, std::int64_t k,
         PanelSums& out) {
  switch (factors) {
    case Factors::short_doubles:
      return panel<Factors::short_doubles>(x, x, y, y, k, out);
    case Factors::doubles:
      return panel<Factors::doubles>(x, x, y, y, k, out);
    case Factors::double_doubles:
      return panel<Factors::double_doubles>(x, x_low, y, y_low, k, out);
  }
}

void sizes(const double* HWY_RESTRICT x, const double* HWY_RESTRICT y, std::int64_t k, double* HWY_RESTRICT size) {
  const D d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t j = 0; j < kPanel; j += lanes) {
    V sum = hn::Zero(d);
    for (std::int64_t i = 0; i < k; ++i) {
      sum = hn::Add(sum, hn::Mul(hn::Set(d, x[i]), hn::LoadU(d, y + i * kPanel + j)));
    }
    hn::StoreU(sum, d, size + j);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace roundoff {

HWY_EXPORT(dot);
HWY_EXPORT(sizes);

void dot_panel(Factors factors, const double* x, const double* x_low, const double* y, const double* y_low,
               std::int64_t k, PanelSums& out) {
  HWY_DYNAMIC_DISPATCH(dot)(factors, x, x_low, y, y_low, k, out);
}

void size_panel(const double* x, const double* y, std::int64_t k, double* size) {
  HWY_DYNAMIC_DISPATCH(sizes)(x, y, k, size);
}

}  // namespace roundoff
#endif
