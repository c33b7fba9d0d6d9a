#include "kernels/output_scan.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/output_scan.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

using D32 = hn::CappedTag<std::uint32_t, 16>;
using I32 = hn::RebindToSigned<D32>;
using D64 = hn::Repartition<std::uint64_t, D32>;
using V32 = hn::Vec<D32>;
using K32 = hn::Vec<I32>;
using V64 = hn::Vec<D64>;

/// Integers in the order of the floats, both zeros 0.
HWY_INLINE K32 key(V32 y) {
  const I32 d;
  const K32 bits = hn::BitCast(d, y);
  const K32 sign = hn::BroadcastSignBit(bits);
  return hn::Sub(hn::Xor(hn::And(bits, hn::Set(d, 0x7fffffff)), sign), sign);
}

bool one_way(const std::uint32_t* HWY_RESTRICT y, std::int64_t pairs, bool rising) {
  const D32 du;
  const I32 d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  // A falling sequence rises when it is read as its complement: a < b is −a > −b.
  const K32 flip = hn::Set(d, rising ? 0 : -1);
  K32 wrong = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + lanes <= pairs; i += lanes) {
    const K32 a = hn::Xor(key(hn::LoadU(du, y + i)), flip), b = hn::Xor(key(hn::LoadU(du, y + i + 1)), flip);
    wrong = hn::Or(wrong, hn::VecFromMask(d, hn::Gt(a, b)));
  }
  return hn::AllTrue(d, hn::Eq(wrong, hn::Zero(d))) && goes_one_way_oracle(y + i, pairs - i, rising);
}

bool same(const std::uint32_t* HWY_RESTRICT a, const std::uint32_t* HWY_RESTRICT b, std::int64_t n,
          std::uint32_t flip) {
  const D32 d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const V32 flips = hn::Set(d, flip);
  V32 differ = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    differ = hn::Or(differ, hn::Xor(hn::Xor(hn::LoadU(d, a + i), flips), hn::LoadU(d, b + i)));
  return hn::AllTrue(d, hn::Eq(differ, hn::Zero(d))) && same_bits_flipped_oracle(a + i, b + i, n - i, flip);
}

/// Products of the even lanes and of the odd ones, added to the sum.
HWY_INLINE V64 multiplied(V32 a, V32 b, V64 sum) {
  const D32 d;
  const D64 d64;
  const V32 a_odd = hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(d64, a)));
  const V32 b_odd = hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(d64, b)));
  return hn::Add(sum, hn::Add(hn::MulEven(a, b), hn::MulEven(a_odd, b_odd)));
}

bool hash(const std::uint32_t* HWY_RESTRICT words, const std::uint32_t* HWY_RESTRICT first,
          const std::uint32_t* HWY_RESTRICT second, std::uint64_t* HWY_RESTRICT hashes) {
  constexpr int kHalf = kHashWords / 2;
  const D32 d;
  const D64 d64;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const V32 magnitude = hn::Set(d, 0x7fffffff);
  V32 largest = hn::Zero(d);
  V64 sum0 = hn::Zero(d64), sum1 = hn::Zero(d64);
  for (int i = 0; i < kHalf; i += lanes) {
    const V32 a = hn::LoadU(d, words + i), b = hn::LoadU(d, words + i + kHalf);
    largest = hn::Max(largest, hn::Max(hn::And(a, magnitude), hn::And(b, magnitude)));
    sum0 = multiplied(hn::Add(a, hn::LoadU(d, first + i)), hn::Add(b, hn::LoadU(d, first + i + kHalf)), sum0);
    sum1 = multiplied(hn::Add(a, hn::LoadU(d, second + i)), hn::Add(b, hn::LoadU(d, second + i + kHalf)), sum1);
  }
  if (hn::GetLane(hn::MaxOfLanes(d, largest)) > 0x7f800000) return false;
  hashes[0] = hn::GetLane(hn::SumOfLanes(d64, sum0));
  hashes[1] = hn::GetLane(hn::SumOfLanes(d64, sum1));
  return true;
}

#else

bool one_way(const std::uint32_t* y, std::int64_t pairs, bool rising) { return goes_one_way_oracle(y, pairs, rising); }

bool same(const std::uint32_t* a, const std::uint32_t* b, std::int64_t n, std::uint32_t flip) {
  return same_bits_flipped_oracle(a, b, n, flip);
}

bool hash(const std::uint32_t* words, const std::uint32_t* first, const std::uint32_t* second, std::uint64_t* hashes) {
  return hash_floats_oracle(words, first, second, hashes);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace roundoff
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace roundoff {

HWY_EXPORT(one_way);
HWY_EXPORT(same);
HWY_EXPORT(hash);

bool goes_one_way(const std::uint32_t* y, std::int64_t pairs, bool rising) {
  return HWY_DYNAMIC_DISPATCH(one_way)(y, pairs, rising);
}

bool same_bits_flipped(const std::uint32_t* a, const std::uint32_t* b, std::int64_t n, std::uint32_t flip) {
  return HWY_DYNAMIC_DISPATCH(same)(a, b, n, flip);
}

bool hash_floats(const std::uint32_t* words, const std::uint32_t* first_key, const std::uint32_t* second_key,
                 std::uint64_t* hashes) {
  return HWY_DYNAMIC_DISPATCH(hash)(words, first_key, second_key, hashes);
}

}  // namespace roundoff
#endif
