#include "run/sweep/checks.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "inputs/philox.h"
#include "kernels/output_scan.h"

namespace roundoff::sweep {
namespace {

constexpr std::size_t kBlock = 64;  // outputs at a time: a fixed count lets the compiler use vectors

template <class F>
void with_pattern(DType dtype, F&& f) {
  switch (patterns_of(dtype).bits) {
    case 16:
      return f(std::uint16_t{});
    case 32:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

/// Patterns as integers in numeric order, both zeros alike.
template <class U>
struct Order {
  using Key = std::make_signed_t<U>;
  U sign, infinity;
  explicit Order(DType dtype)
      : sign(static_cast<U>(patterns_of(dtype).sign)), infinity(static_cast<U>(patterns_of(dtype).infinity)) {}
  [[nodiscard]] bool nan(U y) const { return static_cast<U>(y & static_cast<U>(~sign)) > infinity; }
  [[nodiscard]] Key key(U y) const {
    const auto magnitude = static_cast<Key>(y & static_cast<U>(~sign));
    return (y & sign) != 0 ? static_cast<Key>(-magnitude) : magnitude;
  }
  /// Whether b is on the wrong side of a.
  [[nodiscard]] bool wrong(U a, U b, bool rising) const {
    return !nan(a) && !nan(b) && (rising ? key(b) < key(a) : key(b) > key(a));
  }
};

template <class U>
std::span<const U> as(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const U*>(bytes.data()), bytes.size() / sizeof(U)};
}

/// Pairs i, i + 1 for i in [begin, end) that go the wrong way.
template <class U>
std::int64_t count_wrong(std::span<const U> y, std::size_t begin, std::size_t end, bool rising, const Order<U>& order) {
  std::int64_t total = 0;
  std::size_t i = begin;
  for (; i + kBlock <= end; i += kBlock) {
    int wrong = 0;
    for (std::size_t k = 0; k < kBlock; ++k) wrong += order.wrong(y[i + k], y[i + k + 1], rising) ? 1 : 0;
    total += wrong;
  }
  for (; i < end; ++i) total += order.wrong(y[i], y[i + 1], rising) ? 1 : 0;
  return total;
}

/// A magnitude of the run, as a pattern.
Bits input(const Stripe& run, std::size_t i) {
  return (run.first + i) | (run.negative ? patterns_of(run.dtype).sign : 0);
}

Place place_of(DType dtype, Bits x) { return ordinal_of(dtype, x); }

/// Whether p = f(x) and n = f(−x) are not mirrors, `flip` being the sign bit of an odd function's results.
template <class U>
bool unlike(U p, U n, U flip, const Order<U>& order) {
  return static_cast<U>(p ^ flip) != n && !(order.nan(p) && order.nan(n));
}

template <class U>
void mirror(const Stripe& positive, const Stripe& negative, Parity parity, PairCount& into) {
  const Order<U> order(positive.dtype);
  const U flip = parity == Parity::odd ? order.sign : U{0};
  const auto p = as<U>(positive.outputs), n = as<U>(negative.outputs);
  const std::size_t count = std::min(p.size(), n.size());
  if constexpr (sizeof(U) == sizeof(std::uint32_t)) {
    if (same_bits_flipped(p.data(), n.data(), static_cast<std::int64_t>(count), flip)) {
      into.of += static_cast<std::int64_t>(count);
      return;
    }
  }
  std::int64_t broken = 0;
  std::size_t i = 0;
  for (; i + kBlock <= count; i += kBlock) {
    int some = 0;
    for (std::size_t k = 0; k < kBlock; ++k) some += unlike(p[i + k], n[i + k], flip, order) ? 1 : 0;
    broken += some;
  }
  for (; i < count; ++i) broken += unlike(p[i], n[i], flip, order) ? 1 : 0;
  into.of += static_cast<std::int64_t>(count);
  into.broken += broken;
  if (broken == 0) return;
  i = 0;
  while (!unlike(p[i], n[i], flip, order)) ++i;
  const Bits x = input(positive, i);
  into.keep({place_of(positive.dtype, x), {x, input(negative, i)}, {p[i], n[i]}});
}

constexpr std::size_t kWords = kHashWords;  // 32-bit words under one set of keys
constexpr std::size_t kBytes = kWords * sizeof(std::uint32_t);

struct Keys {
  std::array<std::array<std::uint32_t, kWords>, 2> word;
};
const Keys& keys() {
  static const Keys kKeys = [] {
    Keys keys;
    for (std::size_t set = 0; set < 2; ++set) {
      for (std::size_t i = 0; i < kWords; i += 4) {
        const PhiloxCounter four = words_of(0x726f756e646f6666 + set, static_cast<std::int64_t>(i / 4));
        std::copy(four.begin(), four.end(), keys.word[set].begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    return keys;
  }();
  return kKeys;
}

std::uint64_t mixed(std::uint64_t x) {  // the finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA '14)
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// A block of `words`, zero-filled to kWords.
std::uint64_t hashed(const std::array<std::uint32_t, kWords>& words, const std::array<std::uint32_t, kWords>& key) {
  std::uint64_t sum = 0;
  // The halves of a block are paired, so that vectors need no shuffling.
  for (std::size_t i = 0; i < kWords / 2; ++i) {
    const std::uint32_t a = words[i] + key[i], b = words[i + kWords / 2] + key[i + kWords / 2];
    sum += std::uint64_t{a} * b;
  }
  return sum;
}

/// At most kWords words of outputs, with every NaN alike; the rest of `words` stays.
template <class U>
void read_words(std::span<const std::byte> outputs, DType dtype, std::array<std::uint32_t, kWords>& words) {
  const Order<U> order(dtype);
  const auto quiet = static_cast<U>(order.infinity | (order.infinity >> 1));
  const auto from = as<U>(outputs);
  std::array<U, kBytes / sizeof(U)> numbers;
  for (std::size_t i = 0; i < from.size(); ++i) numbers[i] = order.nan(from[i]) ? quiet : from[i];
  std::memcpy(words.data(), numbers.data(), outputs.size());
}

}  // namespace

void PairCount::keep(const PairExample& example) {
  if (!first || example.place < first->place) first = example;
}

void PairCount::merge(const PairCount& other) {
  of += other.of;
  broken += other.broken;
  if (other.first) keep(*other.first);
}

std::vector<Stretch> stretches_of(const std::vector<Monotone>& monotone, DType dtype, bool negative) {
  std::vector<Stretch> out;
  for (const Monotone& piece : monotone) {
    const auto range = float_range(dtype, piece.lo, piece.hi);
    if (!range) continue;
    Magnitudes where = range->side(negative);
    // Where a piece only touches zero, the zero of the other side belongs to the next piece.
    if (negative ? piece.lo >= 0 : piece.hi <= 0) continue;
    if (!where.empty()) out.push_back({where, piece.rising != negative});
  }
  return out;
}

std::size_t Stripe::count() const { return outputs.size() / size_of(dtype); }

Bits Stripe::output(std::size_t i) const {
  Bits y = 0;
  with_pattern(dtype, [&](auto zero) { y = as<decltype(zero)>(outputs)[i]; });
  return y;
}

void check_monotone(const Stripe& run, std::span<const Stretch> stretches, PairCount& into) {
  if (run.count() < 2) return;
  for (const Stretch& stretch : stretches) {
    const Magnitudes part = stretch.where.within(run.first, run.first + run.count() - 1);
    if (part.count() < 2) continue;
    const auto begin = static_cast<std::size_t>(part.first - run.first);
    const auto end = static_cast<std::size_t>(part.last - run.first);  // pairs i, i + 1
    into.of += static_cast<std::int64_t>(end - begin);
    if (run.dtype == DType::float32 && goes_one_way(as<std::uint32_t>(run.outputs).data() + begin,
                                                    static_cast<std::int64_t>(end - begin), stretch.rising)) {
      continue;
    }
    with_pattern(run.dtype, [&](auto zero) {
      using U = decltype(zero);
      const Order<U> order(run.dtype);
      const auto y = as<U>(run.outputs);
      const std::int64_t broken = count_wrong<U>(y, begin, end, stretch.rising, order);
      if (broken == 0) return;
      into.broken += broken;
      for (std::size_t i = begin; i < end; ++i) {
        if (!order.wrong(y[i], y[i + 1], stretch.rising)) continue;
        const Bits x = input(run, i);
        into.keep({place_of(run.dtype, x), {x, input(run, i + 1)}, {y[i], y[i + 1]}});
        if (!run.negative) break;  // ascending magnitudes: the first is the one to keep
      }
    });
  }
}

void check_neighbours(DType dtype, std::span<const Stretch> stretches, const PairExample& pair, PairCount& into) {
  const Bits mask = ~patterns_of(dtype).sign;
  for (const Stretch& stretch : stretches) {
    if (!stretch.where.holds(pair.x[0] & mask) || !stretch.where.holds(pair.x[1] & mask)) continue;
    ++into.of;
    with_pattern(dtype, [&](auto zero) {
      using U = decltype(zero);
      if (!Order<U>(dtype).wrong(static_cast<U>(pair.y[0]), static_cast<U>(pair.y[1]), stretch.rising)) return;
      ++into.broken;
      into.keep(pair);
    });
  }
}

void check_parity(const Stripe& positive, const Stripe& negative, Parity parity, PairCount& into) {
  with_pattern(positive.dtype, [&](auto zero) { mirror<decltype(zero)>(positive, negative, parity, into); });
}

Digest digest_of(DType dtype, std::span<const std::byte> outputs) {
  Digest digest{outputs.size(), 0};
  std::array<std::uint32_t, kWords> words;
  for (std::size_t at = 0; at < outputs.size(); at += kBytes) {
    const auto part = outputs.subspan(at, std::min(kBytes, outputs.size() - at));
    Digest hashes;
    if (dtype == DType::float32 && part.size() == kBytes &&
        hash_floats(as<std::uint32_t>(part).data(), keys().word[0].data(), keys().word[1].data(), hashes.data())) {
      digest = chained(digest, hashes);
      continue;
    }
    if (part.size() < kBytes) words.fill(0);
    if (is_float(dtype)) {
      with_pattern(dtype, [&](auto zero) { read_words<decltype(zero)>(part, dtype, words); });
    } else {
      std::memcpy(words.data(), part.data(), part.size());
    }
    digest = chained(digest, {hashed(words, keys().word[0]), hashed(words, keys().word[1])});
  }
  return digest;
}

Digest chained(const Digest& before, const Digest& next) {
  return {mixed(before[0] + 0x9e3779b97f4a7c15 + next[0]), mixed(before[1] + 0x9e3779b97f4a7c15 + next[1])};
}

}  // namespace roundoff::sweep
