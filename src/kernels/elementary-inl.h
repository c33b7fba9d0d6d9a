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
/// e^(x.hi + x.low) = 2^scale·T·(1 + q), T = 2^(i/2048) from the table, for |x.hi| ≤ 700: T·(1 + q) as a pair,
/// relatively within kExpError, and 2^scale.
template <class A, class V = typename A::V>
HWY_INLINE Wide<V> exp_parts(const ElementaryTables& tables, Wide<V> x, V& scale) {
  // ln 2 / 2048 = c1 + c2 + c3 within 2^-151; c1 has 29 bits, so that k·c1 is exact, and so is x − k·c1 (Sterbenz).
  const V c1 = A::set(0x1.62e42fep-12), c2 = A::set(0x1.f473de6af278fp-41), c3 = A::set(-0x1.8cff81a12a17ep-96);
  const V magic = A::set(0x1.8p52);
  const V shifted = x.hi * A::set(0x1.71547652b82fep11) + magic;
  const V k = shifted - magic;
  const Wide<V> p = product<A>(k, c2);
  const Wide<V> upper_part = two_sum(x.hi - k * c1, A::set(0) - p.hi);
  // Of an argument near 600 x.low may be 2^-44, of which more than the first order would matter below: into r with it.
  const Wide<V> reduced = two_sum(upper_part.hi, (upper_part.low - p.low) + (x.low - k * c3));
  const V r = reduced.hi, r_low = reduced.low;
  // e^r − 1 = r + r²/2 + r³/6 + …, |r| < 2^-12.5
  const Wide<V> square = product<A>(r, r * A::set(0.5));
  const V z = r * r;
  const V even = A::set(0x1.5555555555555p-3) + z * A::set(0x1.1111111111111p-7);
  const V odd = A::set(0x1.5555555555555p-5) + z * A::set(0x1.6c16c16c16c17p-10);
  const V cubic = r * z * (even + r * odd);
  const Wide<V> upper = fast_two_sum(r, square.hi);
  const V lower = upper.low + (((square.low + r * r_low) + cubic) + r_low);
  const Wide<V> t = A::row(tables, shifted, scale);
  const Wide<V> m = product<A>(t.hi, upper.hi);
  const Wide<V> sum = fast_two_sum(t.hi, m.hi);
  return fast_two_sum(sum.hi, sum.low + (t.low + (m.low + (t.hi * lower + t.low * upper.hi))));
}

/// `exact`: the argument's radius is 0.
template <class A, bool exact, class V = typename A::V>
HWY_INLINE Bounded<V> exp_of(const ElementaryTables& tables, Wide<V> x, V rad) {
  V scale;
  const Wide<V> parts = exp_parts<A>(tables, x, scale);
  const V hi = parts.hi * scale, outside = A::outside(x.hi, -600, 700);
  V relative = A::set(kExpError * (1 + 0x1p-40));
  if constexpr (!exact) relative = (relative + rad * A::set(1 + 0x1p-8)) + A::outside(rad, 0, 0x1p-10);
  return {hi, parts.low * scale, hi * relative + outside};
}

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#endif
