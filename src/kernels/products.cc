#include "kernels/products.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/products.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// AVX-512 has 32 registers, others 16.
constexpr bool kManyRegisters = HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86;

/// fl(a·b + c), rounded once, where a·b need not be exact.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V fused(D d, V a, V b, V c) {
#if HWY_NATIVE_FMA
  (void)d;
  return hn::MulAdd(a, b, c);
#else
  HWY_ALIGN double x[HWY_MAX_BYTES / 8], y[HWY_MAX_BYTES / 8], z[HWY_MAX_BYTES / 8];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  hn::Store(c, d, z);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) z[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(d, z);
#endif
}

struct Rounded {
  using T = double;
  using D = hn::CappedTag<double, 8>;
  using V = hn::Vec<D>;
  static constexpr int kRows = kManyRegisters ? 12 : 6, kVectors = 2;
  struct State {
    V sum;
  };
  static HWY_INLINE void start(D d, State& s) { s.sum = hn::Zero(d); }
  static HWY_INLINE void load(D d, State& s, const ProductBlock& b, std::int64_t at) {
    s.sum = hn::LoadU(d, b.high + at);
  }
  static HWY_INLINE void store(D d, const State& s, const ProductBlock& b, std::int64_t at, bool) {
    hn::StoreU(s.sum, d, b.high + at);
  }
  static HWY_INLINE void step(D, State& s, V x, V y) {
    // The product is exact, so one rounding or two are the same.
#if HWY_NATIVE_FMA
    s.sum = hn::MulAdd(x, y, s.sum);
#else
    s.sum = hn::Add(s.sum, hn::Mul(x, y));
#endif
  }
};

struct Split {
  using T = double;
  using D = hn::CappedTag<double, 8>;
  using V = hn::Vec<D>;
  static constexpr int kRows = kManyRegisters ? 6 : 3, kVectors = 2;
  struct State {
    V high, low;
  };
  static HWY_INLINE void start(D d, State& s) {
    s.high = hn::Set(d, 3.0);
    s.low = hn::Zero(d);
  }
  static HWY_INLINE void load(D d, State& s, const ProductBlock& b, std::int64_t at) {
    s.high = hn::LoadU(d, b.high + at);
    s.low = hn::LoadU(d, b.low + at);
  }
  static HWY_INLINE void store(D d, const State& s, const ProductBlock& b, std::int64_t at, bool last) {
    hn::StoreU(last ? hn::Sub(s.high, hn::Set(d, 3.0)) : s.high, d, b.high + at);
    hn::StoreU(s.low, d, b.low + at);
  }
  static HWY_INLINE void step(D d, State& s, V x, V y) {
    const V high = fused(d, x, y, s.high);
    const V rest = fused(d, x, y, hn::Sub(s.high, high));
    s.high = high;
    s.low = hn::Add(s.low, rest);
  }
};

struct Size {
  using T = float;
  using D = hn::CappedTag<float, 16>;
  using V = hn::Vec<D>;
  static constexpr int kRows = kManyRegisters ? 8 : 4, kVectors = 2;
  struct State {
    V sum;
  };
  static HWY_INLINE void start(D d, State& s) { s.sum = hn::Zero(d); }
  static HWY_INLINE void load(D d, State& s, const SizeBlock&, std::int64_t) { start(d, s); }
  static HWY_INLINE void store(D d, const State& s, const SizeBlock& b, std::int64_t at, bool) {
    HWY_ALIGN float sums[16];
    hn::Store(s.sum, d, sums);
    for (std::size_t i = 0; i < hn::Lanes(d); ++i)
      b.size[at + static_cast<std::int64_t>(i)] += static_cast<double>(sums[i]);
  }
  static HWY_INLINE void step(D, State& s, V x, V y) { s.sum = hn::Add(s.sum, hn::Mul(x, y)); }
};

template <class K>
constexpr std::int64_t width() {
  return K::kVectors * static_cast<std::int64_t>(hn::MaxLanes(typename K::D()));
}

/// One group of rows against one group of columns, `depth` terms.
template <class K, class Block>
HWY_INLINE void tile(const Block& b, const typename K::T* HWY_RESTRICT x, const typename K::T* HWY_RESTRICT y,
                     std::int64_t depth, std::int64_t at, bool first, bool last) {
  const typename K::D d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  typename K::State s[K::kRows][K::kVectors];
  for (int r = 0; r < K::kRows; ++r) {
    for (int v = 0; v < K::kVectors; ++v) {
      first ? K::start(d, s[r][v]) : K::load(d, s[r][v], b, at + r * b.stride + v * lanes);
    }
  }
  for (std::int64_t i = 0; i < depth; ++i) {
    typename K::V columns[K::kVectors];
    for (int v = 0; v < K::kVectors; ++v) columns[v] = hn::LoadU(d, y + v * lanes);
    for (int r = 0; r < K::kRows; ++r) {
      const typename K::V row = hn::Set(d, x[r]);
      for (int v = 0; v < K::kVectors; ++v) K::step(d, s[r][v], row, columns[v]);
    }
    x += K::kRows;
    y += K::kVectors * lanes;
  }
  for (int r = 0; r < K::kRows; ++r) {
    for (int v = 0; v < K::kVectors; ++v) K::store(d, s[r][v], b, at + r * b.stride + v * lanes, last);
  }
}

template <class K, class Block>
void run(const Block& b) {
  constexpr std::int64_t kRows = K::kRows;
  const std::int64_t columns = K::kVectors * static_cast<std::int64_t>(hn::Lanes(typename K::D()));
  for (std::int64_t i = 0; i == 0 || i < b.k; i += kProductDepth) {
    const std::int64_t depth = std::min(kProductDepth, b.k - i);
    for (std::int64_t j = 0; j < b.columns; j += columns) {
      const auto* y = b.right + j * b.k + i * columns;
      for (std::int64_t row = 0; row < b.rows; row += kRows) {
        tile<K>(b, b.left + row * b.k + i * kRows, y, depth, row * b.stride + j, i == 0, i + depth >= b.k);
      }
    }
  }
}

void multiply(Accumulate how, const ProductBlock& b) { how == Accumulate::rounded ? run<Rounded>(b) : run<Split>(b); }

template <class K>
ProductWidths widths_of() {
  return {K::kRows, K::kVectors * static_cast<std::int64_t>(hn::Lanes(typename K::D()))};
}

ProductWidths widths(Accumulate how) { return how == Accumulate::rounded ? widths_of<Rounded>() : widths_of<Split>(); }

void sizes(const SizeBlock& b) {
  for (std::int64_t row = 0; row < b.rows; ++row) std::fill_n(b.size + row * b.stride, b.columns, 0.0);
  run<Size>(b);
}

ProductWidths widths_of_sizes() { return widths_of<Size>(); }

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace roundoff {

HWY_EXPORT(multiply);
HWY_EXPORT(widths);
HWY_EXPORT(sizes);
HWY_EXPORT(widths_of_sizes);

void multiply_block(Accumulate how, const ProductBlock& block) { HWY_DYNAMIC_DISPATCH(multiply)(how, block); }
ProductWidths product_widths(Accumulate how) { return HWY_DYNAMIC_DISPATCH(widths)(how); }
void size_block(const SizeBlock& block) { HWY_DYNAMIC_DISPATCH(sizes)(block); }
ProductWidths size_widths() { return HWY_DYNAMIC_DISPATCH(widths_of_sizes)(); }

}  // namespace roundoff
#endif
