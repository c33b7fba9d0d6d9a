#include "kernels/output_scan.h"

namespace roundoff {
namespace {

constexpr std::uint32_t kMagnitude = 0x7fffffff, kInfinity = 0x7f800000;

std::int64_t key(std::uint32_t y) {
  const std::int64_t magnitude = y & kMagnitude;
  return (y & ~kMagnitude) != 0 ? -magnitude : magnitude;
}

std::uint64_t hashed(const std::uint32_t* words, const std::uint32_t* keys) {
  std::uint64_t sum = 0;
  for (int i = 0; i < kHashWords / 2; ++i) {
    const std::uint32_t a = words[i] + keys[i], b = words[i + kHashWords / 2] + keys[i + kHashWords / 2];
    sum += std::uint64_t{a} * b;
  }
  return sum;
}

}  // namespace

bool goes_one_way_oracle(const std::uint32_t* y, std::int64_t pairs, bool rising) {
  for (std::int64_t i = 0; i < pairs; ++i) {
    if (rising ? key(y[i + 1]) < key(y[i]) : key(y[i + 1]) > key(y[i])) return false;
  }
  return true;
}

bool same_bits_flipped_oracle(const std::uint32_t* a, const std::uint32_t* b, std::int64_t n, std::uint32_t flip) {
  for (std::int64_t i = 0; i < n; ++i) {
    if ((a[i] ^ flip) != b[i]) return false;
  }
  return true;
}

bool hash_floats_oracle(const std::uint32_t* words, const std::uint32_t* first_key, const std::uint32_t* second_key,
                        std::uint64_t* hashes) {
  for (int i = 0; i < kHashWords; ++i) {
    if ((words[i] & kMagnitude) > kInfinity) return false;
  }
  hashes[0] = hashed(words, first_key);
  hashes[1] = hashed(words, second_key);
  return true;
}

}  // namespace roundoff
