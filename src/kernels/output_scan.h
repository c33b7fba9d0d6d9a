// Passes over the outputs of a sweep that cost less than computing them: their order, and a hash.
#pragma once

#include <cstdint>

namespace roundoff {

/// Whether y[i + 1] is never on the wrong side of y[i], for i < pairs: below it where the floats should rise, above it
/// where they should fall. y holds the bits of float32 numbers; both zeros are alike, a NaN stands beyond the infinity
/// of its sign.
[[nodiscard]] bool goes_one_way(const std::uint32_t* y, std::int64_t pairs, bool rising);

/// Whether a[i] is b[i] with the bits of `flip` turned over, for i < n; bits, so that one NaN is not another.
[[nodiscard]] bool same_bits_flipped(const std::uint32_t* a, const std::uint32_t* b, std::int64_t n,
                                     std::uint32_t flip);

inline constexpr int kHashWords = 1024;

/// NH of kHashWords words under two keys of as many words: Σ (w[i] + k[i]) (w[i + 512] + k[i + 512]) for i < 512, the
/// sums of words modulo 2^32, the sum of products modulo 2^64. False, and nothing written, where a word is a NaN of
/// float32.
[[nodiscard]] bool hash_floats(const std::uint32_t* words, const std::uint32_t* first_key,
                               const std::uint32_t* second_key, std::uint64_t* hashes);

// ---- the same without vectors ---------------------------------------------------------------------------------------

[[nodiscard]] bool goes_one_way_oracle(const std::uint32_t* y, std::int64_t pairs, bool rising);
[[nodiscard]] bool same_bits_flipped_oracle(const std::uint32_t* a, const std::uint32_t* b, std::int64_t n,
                                            std::uint32_t flip);
[[nodiscard]] bool hash_floats_oracle(const std::uint32_t* words, const std::uint32_t* first_key,
                                      const std::uint32_t* second_key, std::uint64_t* hashes);

}  // namespace roundoff
