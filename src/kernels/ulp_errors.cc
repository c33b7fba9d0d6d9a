#include "kernels/ulp_errors.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ulp_errors.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {

#if HWY_NATIVE_FMA

namespace hn = hwy::HWY_NAMESPACE;

// Vectors of at most 512 bits, so that every chunk is whole groups of four vectors.
using DF = hn::CappedTag<double, 8>;
using DI = hn::Repartition<std::int32_t, DF>;
using DU = hn::Repartition<std::uint32_t, DF>;
using D16 = hn::Repartition<std::int16_t, DF>;
using D8 = hn::Repartition<std::uint8_t, DF>;
using VF = hn::Vec<DF>;
using VI = hn::Vec<DI>;
using VU = hn::Vec<DU>;

HWY_INLINE VF evaluate(const VF* HWY_RESTRICT c, VF u) {
  VF t = c[kDegree];
  for (int k = kDegree; k-- > 0;) t = hn::MulAdd(t, u, c[k]);
  return t;
}

/// The errors of a chunk, in units; answers whether every y lies in its range. In a loop of its own: with the sums of
/// reduce() beside them, AVX2's registers do not hold the coefficients.
template <int kBits>
HWY_INLINE bool subtract(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* HWY_RESTRICT y,
                         int n, std::uint32_t lowest, std::uint32_t highest, std::int32_t* HWY_RESTRICT errors) {
  const DF df;
  const DU du;
  const DI di;
  const hn::Repartition<std::uint64_t, DF> d64;
  const int lanes = static_cast<int>(hn::Lanes(du));
  VF c[kDegree + 1];
  for (int k = 0; k <= kDegree; ++k) c[k] = hn::Set(df, polynomial.c[k]);
  VF u = hn::Add(hn::Set(df, first), hn::Mul(hn::Iota(df, 0), hn::Set(df, 2)));
  const VF step = hn::Set(df, lanes), one = hn::Set(df, 1);
  const VU base = hn::Set(du, lowest);
  VU beyond = hn::Zero(du);
  for (int i = 0; i < n; i += lanes) {
    // Even elements and odd ones: the low halves of both are the truth modulo 2^32.
    const VF even = evaluate(c, u);
    const VF odd = evaluate(c, hn::Add(u, one));
    const VU truth = hn::OddEven(hn::BitCast(du, hn::ShiftLeft<32>(hn::BitCast(d64, odd))), hn::BitCast(du, even));
    const VU bits = hn::LoadU(du, y + i);
    beyond = hn::Max(beyond, hn::Sub(bits, base));
    hn::Store(hn::BitCast(di, hn::Sub(hn::ShiftLeft<kBits>(bits), truth)), di, errors + i);
    u = hn::Add(u, step);
  }
  return hn::GetLane(hn::MaxOfLanes(du, beyond)) <= highest - lowest;
}

/// Extremes and sums of a chunk's errors, and the class of each as a byte; answers whether all are clear.
template <int kBits>
HWY_INLINE bool reduce(const std::int32_t* HWY_RESTRICT errors, int n, ChunkErrors& out,
                       std::uint8_t* HWY_RESTRICT classes) {
  constexpr int kGridShift = kBits - kGridBits, kEdgeBits = kBits - kClassBits;
  const DI di;
  const DU du;
  const D16 d16;
  const D8 d8;
  const int lanes = static_cast<int>(hn::Lanes(di));
  VI least = hn::Zero(di), most = hn::Zero(di), sum = hn::Zero(di), sum_abs = hn::Zero(di);
  VU nearest = hn::Set(du, UINT32_MAX);
  for (int i = 0; i < n; i += 4 * lanes) {
    VI part[4];
    for (int k = 0; k < 4; ++k) {
      const VI error = hn::Load(di, errors + i + k * lanes);
      const VU place = hn::BitCast(du, hn::Add(error, hn::Set(di, kMargin - 1)));
      nearest = hn::Min(nearest, hn::And(place, hn::Set(du, (1u << kEdgeBits) - 1)));
      least = hn::Min(least, error);
      most = hn::Max(most, error);
      const VI steps = hn::ShiftRight<kGridShift>(hn::Add(error, hn::Set(di, 1 << (kGridShift - 1))));
      sum = hn::Add(sum, steps);
      sum_abs = hn::Add(sum_abs, hn::Abs(steps));
      part[k] = hn::ShiftRight<kEdgeBits>(error);
    }
    const auto low = hn::BitCast(d8, hn::ReorderDemote2To(d16, part[0], part[1]));
    const auto high = hn::BitCast(d8, hn::ShiftLeft<8>(hn::ReorderDemote2To(d16, part[2], part[3])));
    hn::Store(hn::OddEven(high, low), d8, classes + i);
  }
  out.least = hn::GetLane(hn::MinOfLanes(di, least));
  out.most = hn::GetLane(hn::MaxOfLanes(di, most));
  out.sum = hn::GetLane(hn::SumOfLanes(di, sum));
  out.sum_abs = hn::GetLane(hn::SumOfLanes(di, sum_abs));
  return clear_chunk(hn::GetLane(hn::MinOfLanes(du, nearest)), out.least, out.most, kBits);
}

/// How many of n bytes equal `key`; n is a multiple of a vector.
HWY_INLINE std::int64_t count(const std::uint8_t* HWY_RESTRICT bytes, int n, std::uint8_t key) {
  const D8 d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto wanted = hn::Set(d, key);
  auto found = hn::Zero(d), others = hn::Zero(d);
  int i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {  // at most 32 vectors: no lane overflows
    found = hn::Sub(found, hn::VecFromMask(d, hn::Eq(hn::Load(d, bytes + i), wanted)));
    others = hn::Sub(others, hn::VecFromMask(d, hn::Eq(hn::Load(d, bytes + i + lanes), wanted)));
  }
  if (i < n) found = hn::Sub(found, hn::VecFromMask(d, hn::Eq(hn::Load(d, bytes + i), wanted)));
  const hn::Repartition<std::uint64_t, D8> d64;
  return static_cast<std::int64_t>(hn::GetLane(hn::SumOfLanes(d64, hn::SumsOf8(hn::Add(found, others)))));
}

/// Marks what is open, and returns its errors as 0 in `cleared`.
template <int kBits>
HWY_INLINE void set_apart(const std::int32_t* HWY_RESTRICT errors, const std::uint32_t* HWY_RESTRICT y, int n,
                          std::uint32_t lowest, std::uint32_t highest, std::int32_t* HWY_RESTRICT cleared,
                          ChunkErrors& out) {
  constexpr int kEdgeBits = kBits - kClassBits;
  const DI di;
  const DU du;
  const int lanes = static_cast<int>(hn::Lanes(di));
  const VU centre = hn::Set(du, (1u << kEdgeBits) - kMargin - 1),
           bound = hn::Set(du, std::uint32_t{kMostUlps} << kBits);
  for (int i = 0; i < n; i += lanes) {
    const VI error = hn::Load(di, errors + i);
    const VU place = hn::BitCast(du, hn::Add(error, hn::Set(di, kMargin - 1)));
    const VU size = hn::BitCast(du, hn::Abs(error));
    const auto off_edges = hn::Gt(hn::And(place, hn::Set(du, (1u << kEdgeBits) - 1)), hn::Set(du, 2 * (kMargin - 1)));
    const auto edge = hn::AndNot(off_edges, hn::Gt(size, centre));
    const auto outside = hn::Gt(hn::Sub(hn::LoadU(du, y + i), hn::Set(du, lowest)), hn::Set(du, highest - lowest));
    const auto open = hn::Or(hn::Or(edge, outside), hn::Gt(size, bound));
    hn::Store(hn::IfThenZeroElse(hn::RebindMask(di, open), error), di, cleared + i);
    std::uint8_t bits[8] = {};
    hn::StoreMaskBits(du, open, bits);
    const std::uint64_t word = bits[0] | static_cast<std::uint64_t>(bits[1]) << 8;
    out.lanes[i / 64] |= word << (i % 64);
  }
  for (const std::uint64_t word : out.lanes) out.open += static_cast<int>(hwy::PopCount(word));
}

/// What is known of a chunk from its errors. `inside`: every y lies in its range.
template <int kBits>
HWY_INLINE void conclude(const std::int32_t* HWY_RESTRICT errors, const std::uint32_t* HWY_RESTRICT y, int n,
                         std::uint32_t lowest, std::uint32_t highest, bool inside, ChunkErrors& out,
                         std::int64_t* HWY_RESTRICT counts) {
  HWY_ALIGN std::uint8_t classes[kMostChunk];
  out = {};
  if (!reduce<kBits>(errors, n, out, classes) || !inside) {
    HWY_ALIGN std::int32_t cleared[kMostChunk];
    set_apart<kBits>(errors, y, n, lowest, highest, cleared, out);
    reduce<kBits>(cleared, n, out, classes);
  }
  constexpr int kEdgeBits = kBits - kClassBits;
  for (int k = out.least >> kEdgeBits; k <= out.most >> kEdgeBits; ++k) {
    counts[32 + k] += count(classes, n, static_cast<std::uint8_t>(k));
  }
}

template <int kBits>
void chunk(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* HWY_RESTRICT y, int n,
           std::uint32_t lowest, std::uint32_t highest, std::int32_t* HWY_RESTRICT errors, ChunkErrors& out,
           std::int64_t* HWY_RESTRICT counts) {
  const bool inside = subtract<kBits>(polynomial, first, y, n, lowest, highest, errors);
  conclude<kBits>(errors, y, n, lowest, highest, inside, out, counts);
}

template <bool kQuotient>
HWY_INLINE void turned(const Rotation& row, int first, const std::uint32_t* HWY_RESTRICT y, int n,
                       std::int32_t* HWY_RESTRICT errors) {
  const DF df;
  const hn::Repartition<std::uint64_t, DF> d64;
  const hn::Rebind<float, DF> d32;
  const hn::Rebind<std::uint32_t, DF> du32;
  const int lanes = static_cast<int>(hn::Lanes(df));
  const VF a = hn::Set(df, row.a), b = hn::Set(df, row.b), edge = hn::Set(df, 1 << (kSteepBits - kClassBits));
  const VF least = hn::Set(df, kQuotient ? kLeastQuotient : kLeastRotated);
  // 2^(kSteepBits + 23) / 2^e, from the exponent field of T.
  const auto fields = hn::Set(d64, std::uint64_t{0x7ff} << 52);
  const auto inverse = hn::Set(d64, std::uint64_t{2 * 1023 + kSteepBits + 23} << 52);
  for (int i = 0; i < n; i += lanes) {
    const VF c = hn::LoadU(df, row.cosines + first + i), s = hn::LoadU(df, row.sines + first + i);
    VF t = hn::MulAdd(a, c, hn::Mul(b, s)), nearest_zero = hn::Abs(t);
    if constexpr (kQuotient) {
      const VF below = hn::MulAdd(hn::Set(df, row.c), c, hn::Mul(hn::Set(df, row.d), s));
      nearest_zero = hn::Min(nearest_zero, hn::Abs(below));
      t = hn::Div(t, below);
    }
    const VF scale = hn::BitCast(df, hn::Sub(inverse, hn::And(hn::BitCast(d64, t), fields)));
    const VF output = hn::PromoteTo(df, hn::BitCast(d32, hn::LoadU(du32, y + i)));
    const VF error = hn::Mul(hn::Sub(output, t), scale);
    const auto good = hn::And(hn::Ge(nearest_zero, least), hn::Lt(hn::Abs(error), hn::Set(df, kMostRotated)));
    const VF fixed = hn::Add(hn::IfThenElse(good, error, edge), hn::Set(df, kFixedPoint));
    const hn::Rebind<std::int32_t, DF> di32;
    hn::StoreU(hn::BitCast(di32, hn::TruncateTo(du32, hn::BitCast(d64, fixed))), di32, errors + i);
  }
}

void rotated(const Rotation& row, int first, const std::uint32_t* y, int n, std::int32_t* errors, ChunkErrors& out,
             std::int64_t* counts) {
  row.quotient ? turned<true>(row, first, y, n, errors) : turned<false>(row, first, y, n, errors);
  conclude<kSteepBits>(errors, y, n, 0, UINT32_MAX, true, out, counts);
}

void errors_of(const UnitPolynomial& p, std::int32_t first, const std::uint32_t* y, int n, std::uint32_t lowest,
               std::uint32_t highest, std::int32_t* errors, ChunkErrors& out, std::int64_t* counts) {
  p.bits == kFineBits ? chunk<kFineBits>(p, first, y, n, lowest, highest, errors, out, counts)
                      : chunk<kSteepBits>(p, first, y, n, lowest, highest, errors, out, counts);
}

bool line(const std::uint32_t* HWY_RESTRICT y, std::int64_t n, std::uint32_t expected, std::uint32_t slope) {
  const DU d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  VU wanted = hn::Add(hn::Set(d, expected), hn::Mul(hn::Iota(d, 0), hn::Set(d, slope)));
  const VU step = hn::Set(d, slope * static_cast<std::uint32_t>(lanes));
  VU differ = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    differ = hn::Or(differ, hn::Xor(hn::LoadU(d, y + i), wanted));
    wanted = hn::Add(wanted, step);
  }
  return hn::AllTrue(d, hn::Eq(differ, hn::Zero(d))) &&
         on_line_oracle(y + i, n - i, expected + slope * static_cast<std::uint32_t>(i), slope);
}

#else

// Without fused multiply-add only the oracle's own can give its bytes.
void errors_of(const UnitPolynomial& p, std::int32_t first, const std::uint32_t* y, int n, std::uint32_t lowest,
               std::uint32_t highest, std::int32_t* errors, ChunkErrors& out, std::int64_t* counts) {
  unit_errors_oracle(p, first, y, n, lowest, highest, errors, out, counts);
}

void rotated(const Rotation& row, int first, const std::uint32_t* y, int n, std::int32_t* errors, ChunkErrors& out,
             std::int64_t* counts) {
  rotation_errors_oracle(row, first, y, n, errors, out, counts);
}

bool line(const std::uint32_t* y, std::int64_t n, std::uint32_t expected, std::uint32_t slope) {
  return on_line_oracle(y, n, expected, slope);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace roundoff {

HWY_EXPORT(errors_of);
HWY_EXPORT(line);
HWY_EXPORT(rotated);

void unit_errors(const UnitPolynomial& polynomial, std::int32_t first, const std::uint32_t* y, int n,
                 std::uint32_t lowest, std::uint32_t highest, std::int32_t* errors, ChunkErrors& out,
                 std::int64_t* counts) {
  HWY_DYNAMIC_DISPATCH(errors_of)(polynomial, first, y, n, lowest, highest, errors, out, counts);
}

void rotation_errors(const Rotation& row, int first, const std::uint32_t* y, int n, std::int32_t* errors,
                     ChunkErrors& out, std::int64_t* counts) {
  HWY_DYNAMIC_DISPATCH(rotated)(row, first, y, n, errors, out, counts);
}

bool on_line(const std::uint32_t* y, std::int64_t n, std::uint32_t expected, std::uint32_t slope) {
  return HWY_DYNAMIC_DISPATCH(line)(y, n, expected, slope);
}

}  // namespace roundoff
#endif
