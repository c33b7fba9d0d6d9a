// Philox4x32-10, a counter-based generator: a bijection of a 128-bit counter under a 64-bit key, with no state to
// split. Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
//
// How the inputs use it: the key is the seed (low word first), the counter the element's flat index in C order (low
// word first, upper two words 0). So an element depends on seed and index alone: not on the shape, the number of
// threads or the machine. Its four words are x0 … x3; long_word() is x0 + 2^32 x1.
#pragma once

#include <array>
#include <cstdint>

namespace roundoff {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

[[nodiscard]] constexpr PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key) {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;  // the golden ratio, √3 − 1
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = kMultiplier0 * counter[0], b = kMultiplier1 * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + kWeyl0, key[1] + kWeyl1};
  }
  return counter;
}

/// The four words of one element.
[[nodiscard]] constexpr PhiloxCounter words_of(std::uint64_t seed, std::int64_t index) {
  const auto i = static_cast<std::uint64_t>(index);
  return philox4x32({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32), 0, 0},
                    {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

[[nodiscard]] constexpr std::uint64_t long_word(const PhiloxCounter& x) {
  return x[0] | static_cast<std::uint64_t>(x[1]) << 32;
}

}  // namespace roundoff
