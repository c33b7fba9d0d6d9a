#include "kernels/elementary.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementary.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "kernels/elementary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, 8>;
constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));

/// A vector with operators.
struct Vector {
  hn::Vec<D> v;
  friend HWY_INLINE Vector operator+(Vector a, Vector b) { return {hn::Add(a.v, b.v)}; }
  friend HWY_INLINE Vector operator-(Vector a, Vector b) { return {hn::Sub(a.v, b.v)}; }
  friend HWY_INLINE Vector operator*(Vector a, Vector b) { return {hn::Mul(a.v, b.v)}; }
};

#if HWY_TARGET != HWY_SCALAR
/// Rows of a table, one for each lane: a.hi and a.low of rows 0, 2, …, b of rows 1, 3, …
template <class DV>
HWY_INLINE void load_rows(DV d, const Pair64* table, const std::int64_t* row, hn::Vec<DV>& a, hn::Vec<DV>& b) {
  if constexpr (hn::MaxLanes(DV()) == 2) {
    a = hn::LoadU(d, &table[row[0]].hi);
    b = hn::LoadU(d, &table[row[1]].hi);
  } else {
    const hn::Half<DV> half;
    hn::Vec<hn::Half<DV>> low_a, low_b, high_a, high_b;
    load_rows(half, table, row, low_a, low_b);
    load_rows(half, table, row + hn::MaxLanes(DV()) / 2, high_a, high_b);
    a = hn::Combine(d, high_a, low_a);
    b = hn::Combine(d, high_b, low_b);
  }
}

#endif

struct Simd {
  using V = Vector;
  static HWY_INLINE V set(double x) { return {hn::Set(D(), x)}; }
  /// The rounding error of p = fl(a·b): by FMA, or by Dekker's product. Both are exact, so the bytes are the same.
  static HWY_INLINE V product_error(V a, V b, V p) {
#if HWY_NATIVE_FMA
    return {hn::MulSub(a.v, b.v, p.v)};
#else
    const V splitter = set(134217729.0);  // 2^27 + 1
    const V ca = splitter * a, cb = splitter * b;
    const V ah = ca - (ca - a), bh = cb - (cb - b);
    const V al = a - ah, bl = b - bh;
    return ((((ah * bh) - p) + ah * bl) + al * bh) + al * bl;
#endif
  }
  /// 0 from low to high, else +∞.
  static HWY_INLINE V outside(V x, double low, double high) {
    const D d;
    const auto inside = hn::And(hn::Ge(x.v, hn::Set(d, low)), hn::Le(x.v, hn::Set(d, high)));
    return {hn::IfThenElse(inside, hn::Zero(d), hn::Set(d, HUGE_VAL))};
  }
  /// `shifted` is an integer k on top of 1.5·2^52: row k mod 2048, and 2^⌊k / 2048⌋.
  static HWY_INLINE Wide<V> row(const ElementaryTables& tables, V shifted, V& scale) {
    const D d;
    const hn::RebindToSigned<D> di;
    const auto bits = hn::BitCast(di, shifted.v);
    // The lowest 32 bits of 1.5·2^52 are 0: k's two's complement stands there.
    const auto power = hn::ShiftRight<43>(hn::ShiftLeft<32>(bits));
    scale = {hn::BitCast(d, hn::ShiftLeft<52>(hn::Add(power, hn::Set(di, std::int64_t{1023}))))};
    HWY_ALIGN std::int64_t index[8];
    hn::Store(hn::And(bits, hn::Set(di, std::int64_t{kExpRows - 1})), di, index);
#if HWY_TARGET == HWY_SCALAR
    return {set(tables.exp[*index].hi), set(tables.exp[*index].low)};
#else
    hn::Vec<D> a, b;
    load_rows(d, tables.exp, index, a, b);
    return {{hn::InterleaveLower(d, a, b)}, {hn::InterleaveUpper(d, a, b)}};
#endif
  }
};

/// A whole vector of arguments.
HWY_INLINE void one(const ElementaryTables& tables, const WideIn& in, const WideOut& out) {
  const D d;
  const Vector zero = Simd::set(0);
  const Wide<Vector> x = {{hn::LoadU(d, in.x)}, in.low ? Vector{hn::LoadU(d, in.low)} : zero};
  const Bounded<Vector> y =
      in.rad ? exp_of<Simd, false>(tables, x, {hn::LoadU(d, in.rad)}) : exp_of<Simd, true>(tables, x, zero);
  hn::StoreU(y.hi.v, d, out.hi);
  hn::StoreU(y.low.v, d, out.low);
  hn::StoreU(y.rad.v, d, out.rad);
}

/// Fewer arguments than lanes, filled up with 0.
void rest(const ElementaryTables& tables, const WideIn& in, std::int64_t count, const WideOut& out) {
  double x[8] = {}, low[8] = {}, rad[8] = {}, y[8], y_low[8], y_rad[8];
  std::copy_n(in.x, count, x);
  if (in.low) std::copy_n(in.low, count, low);
  if (in.rad) std::copy_n(in.rad, count, rad);
  one(tables, {x, low, in.rad ? rad : nullptr}, {y, y_low, y_rad});
  std::copy_n(y, count, out.hi);
  std::copy_n(y_low, count, out.low);
  std::copy_n(y_rad, count, out.rad);
}

void run(Elementary, const WideIn& in, std::int64_t count, const WideOut& out) {
  const ElementaryTables& tables = elementary_tables();
  const auto from = [&](std::int64_t i) {
    return WideIn{in.x + i, in.low ? in.low + i : nullptr, in.rad ? in.rad + i : nullptr};
  };
  const auto to = [&](std::int64_t i) { return WideOut{out.hi + i, out.low + i, out.rad + i}; };
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) one(tables, from(i), to(i));
  if (i < count) rest(tables, from(i), count - i, to(i));
}

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace roundoff {

HWY_EXPORT(run);

void elementary(Elementary f, const WideIn& in, std::int64_t count, const WideOut& out) {
  HWY_DYNAMIC_DISPATCH(run)(f, in, count, out);
}

}  // namespace roundoff
#endif
