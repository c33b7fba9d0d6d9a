// All metrics of a pair in one reading against plainly reading the same memory, in one run, on one thread.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <vector>

#include "metrics/diff/scan.h"

namespace roundoff {
namespace {

constexpr std::int64_t kCount = std::int64_t{64} << 20;  // 256 MiB of float32
constexpr std::int64_t kPart = 1 << 18;

struct Pair {
  std::vector<float> a, b;
  /// `differing` of 4 elements are up to 3 ulps apart.
  explicit Pair(int differing) : a(kCount), b(kCount) {
    std::uint32_t state = 1;
    for (std::size_t i = 0; i < a.size(); ++i) {
      state = state * 1664525 + 1013904223;  // Numerical Recipes' generator: the values only have to be many
      a[i] = 1 + static_cast<float>(state >> 9) * 0x1p-23F;
      std::uint32_t bits;
      std::memcpy(&bits, &a[i], sizeof bits);
      if (static_cast<int>(i % 4) < differing) bits ^= state & 3;
      std::memcpy(&b[i], &bits, sizeof bits);
    }
  }
};

const Pair& pair_of(int differing) {
  static int held = -1;
  static std::unique_ptr<Pair> pair;
  if (held != differing) pair = std::make_unique<Pair>(differing);
  held = differing;
  return *pair;
}

void all_metrics_of(benchmark::State& state, int differing) {
  const Pair& pair = pair_of(differing);
  for (auto _ : state) {
    PairScan scan({DType::float32, DType::float32, 1e-5, 1e-8, 4, 5});
    for (std::int64_t at = 0; at < kCount; at += kPart) {
      scan.add(at, std::as_bytes(std::span(pair.a).subspan(static_cast<std::size_t>(at), kPart)),
               std::as_bytes(std::span(pair.b).subspan(static_cast<std::size_t>(at), kPart)));
    }
    benchmark::DoNotOptimize(scan.finish().figures());
  }
  state.SetBytesProcessed(state.iterations() * kCount * 8);
}

void diff_half_differing(benchmark::State& state) { all_metrics_of(state, 2); }
BENCHMARK(diff_half_differing)->Unit(benchmark::kMillisecond);
void diff_identical(benchmark::State& state) { all_metrics_of(state, 0); }
BENCHMARK(diff_identical)->Unit(benchmark::kMillisecond);

void diff_read(benchmark::State& state) {
  const Pair& pair = pair_of(0);
  for (auto _ : state) {
    std::uint64_t sums[8] = {};
    for (const auto* array : {&pair.a, &pair.b}) {
      for (std::size_t i = 0; i < array->size(); i += 16) {
        std::uint64_t words[8];
        std::memcpy(words, array->data() + i, sizeof words);
        for (int k = 0; k < 8; ++k) sums[k] += words[k];
      }
    }
    benchmark::DoNotOptimize(sums);
  }
  state.SetBytesProcessed(state.iterations() * kCount * 8);
}
BENCHMARK(diff_read)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace roundoff
