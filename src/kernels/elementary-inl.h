// The algorithms behind kernels/elementary.h, over an arithmetic A: A::V with + − ·, and the functions that A names.
// Included once per instruction set. Derivation of every bound: docs/tiers.md.
#if defined(ROUNDOFF_ELEMENTARY_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ROUNDOFF_ELEMENTARY_INL_H
#undef ROUNDOFF_ELEMENTARY_INL_H
#else
#define ROUNDOFF_ELEMENTARY_INL_H
#endif

#include <hwy/highway.h>

#include "kernels/elementary.h"

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {

template <class V>
struct Wide {
  V hi, low;
};
template <class V>
struct Bounded {
  V hi, low, rad;
};

template <class V>
HWY_INLINE Wide<V> fast_two_sum(V a, V b) {
  const V sum = a + b;
  return {sum, b - (sum - a)};
}
template <class V>
HWY_INLINE Wide<V> two_sum(V a, V b) {
  const V sum = a + b;
  const V part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}
template <class A, class V>
HWY_INLINE Wide<V> product(V a, V b) {
  const V p = a * b;
  return {p, A::product_error(a, b, p)};
}
/// Relatively within 2^-102.
template <class A, class V>
HWY_INLINE Wide<V> multiply(Wide<V> a, Wide<V> b) {
  const Wide<V> p = product<A>(a.hi, b.hi);
  return fast_two_sum(p.hi, p.low + (a.hi * b.low + a.low * b.hi));
}

/// e^(x.hi + x.low) = (1 + q)·2^scale·T with T from the tables, for |x.hi| ≤ 700: T·(1 + q) as a pair in [1, 2.0001),
/// relatively within kExpError, and 2^scale.
template <class A, class V = typename A::V>
HWY_INLINE Wide<V> exp_parts(const ElementaryTables& tables, Wide<V> x, V& scale) {
  // ln 2 / 4096 = c1 + c2 + c3 within 2^-152; c1 has 29 bits, so that k·c1 is exact.
  const V c1 = A::set(0x1.62e42fep-13), c2 = A::set(0x1.f473de6af278fp-42), c3 = A::set(-0x1.8cff81a12a17ep-97);
  const V magic = A::set(0x1.8p52);
  const V shifted = x.hi * A::set(0x1.71547652b82fep12) + magic;
  const V k = shifted - magic;
  const Wide<V> r1 = two_sum(x.hi, A::set(0) - k * c1), p = product<A>(k, c2);
  const Wide<V> r2 = two_sum(r1.hi, A::set(0) - p.hi);
  const Wide<V> r = fast_two_sum(r2.hi, (r2.low - p.low) + ((r1.low + x.low) - k * c3));
  // e^r − 1 = r + r²/2 + r³/6 + …, |r| < 2^-13.5
  const V half = r.hi * A::set(0.5);
  const Wide<V> square = product<A>(r.hi, half);
  const V z = r.hi * r.hi;
  const V series = A::set(0x1.5555555555555p-3) +
                   r.hi * (A::set(0x1.5555555555555p-5) +
                           r.hi * (A::set(0x1.1111111111111p-7) + r.hi * A::set(0x1.6c16c16c16c17p-10)));
  const V cubic = r.hi * z * series;
  const V small = ((square.low + r.hi * r.low) + cubic) + r.low;
  const Wide<V> upper = fast_two_sum(r.hi, square.hi);
  const V lower = upper.low + small;
  Wide<V> coarse, fine;
  A::rows(tables, shifted, coarse, fine, scale);
  const Wide<V> t = multiply<A>(coarse, fine);
  const Wide<V> m = product<A>(t.hi, upper.hi);
  const V cross = t.hi * lower + t.low * upper.hi;
  const Wide<V> sum = fast_two_sum(t.hi, m.hi);
  return fast_two_sum(sum.hi, sum.low + (t.low + (m.low + cross)));
}

template <class A, class V = typename A::V>
HWY_INLINE Bounded<V> exp_of(const ElementaryTables& tables, Wide<V> x, V rad) {
  V scale;
  const Wide<V> parts = exp_parts<A>(tables, x, scale), y = {parts.hi * scale, parts.low * scale};
  const V relative = A::set(kExpError) + rad * A::set(1 + 0x1p-8);
  const V outside = A::outside(x.hi, -600, 700) + A::outside(rad, 0, 0x1p-10);
  return {y.hi, y.low, y.hi * relative * A::set(1 + 0x1p-40) + outside};
}

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#endif
