// What judging costs above the function under test: glibc's own float32 functions, bare and swept, over the same inputs
// in the same program; and the judge alone on outputs that lie ready.
#include <benchmark/benchmark.h>

#include <bit>
#include <cmath>
#include <vector>

#include "metrics/sweep/judge.h"

namespace roundoff::sweep {
namespace {

using Function = float (*)(float);

constexpr std::uint32_t kRun = 1 << 16;      // outputs between the function and the judge: they stay in the cache
constexpr std::uint64_t kStretch = 1 << 22;  // contiguous patterns: half of a binade
constexpr std::uint64_t kEvery = 2;          // of so many stretches one: 2^31 patterns, from every binade

void fill(Function f, std::uint32_t first, std::vector<float>& y) {
  for (std::uint32_t i = 0; i < kRun; ++i) y[i] = f(std::bit_cast<float>(first + i));
}

template <class Each>
void over_patterns(const Each& each) {
  for (std::uint64_t stretch = 0; stretch < std::uint64_t{1} << 32; stretch += kStretch * kEvery) {
    for (std::uint64_t at = stretch; at < stretch + kStretch; at += kRun) each(static_cast<std::uint32_t>(at));
  }
}

void bare(benchmark::State& state, Function f) {
  std::vector<float> y(kRun);
  for (auto _ : state) {
    over_patterns([&](std::uint32_t first) {
      fill(f, first, y);
      benchmark::DoNotOptimize(y.data());
    });
  }
}

void sweep(benchmark::State& state, const char* op, Function f) {
  std::vector<float> y(kRun);
  for (auto _ : state) {
    auto judge = Judge::make(*find_op(op), {}, DType::float32);
    Tally tally(DType::float32);
    over_patterns([&](std::uint32_t first) {
      fill(f, first, y);
      judge->patterns(first, y, tally);
    });
    benchmark::DoNotOptimize(tally.correct);
  }
}

void exp_bare(benchmark::State& state) { bare(state, expf); }
void exp_sweep(benchmark::State& state) { sweep(state, "exp", expf); }
void log_bare(benchmark::State& state) { bare(state, logf); }
void log_sweep(benchmark::State& state) { sweep(state, "log", logf); }
void sin_bare(benchmark::State& state) { bare(state, sinf); }
void sin_sweep(benchmark::State& state) { sweep(state, "sin", sinf); }

/// log on [2, 4): no saturated tail, nothing but polynomials.
void judge_alone(benchmark::State& state) {
  constexpr std::uint32_t kFirst = 0x40000000, kCount = 1 << 23;
  std::vector<float> y(kCount);
  for (std::uint32_t i = 0; i < kCount; ++i) y[i] = logf(std::bit_cast<float>(kFirst + i));
  for (auto _ : state) {
    auto judge = Judge::make(*find_op("log"), {}, DType::float32);
    Tally tally(DType::float32);
    for (std::uint32_t at = 0; at < kCount; at += kRun) {
      judge->patterns(kFirst + at, std::span<const float>(y).subspan(at, kRun), tally);
    }
    benchmark::DoNotOptimize(tally.correct);
  }
  state.SetItemsProcessed(state.iterations() * std::int64_t{kCount});
}

BENCHMARK(exp_bare)->Unit(benchmark::kMillisecond);
BENCHMARK(exp_sweep)->Unit(benchmark::kMillisecond);
BENCHMARK(log_bare)->Unit(benchmark::kMillisecond);
BENCHMARK(log_sweep)->Unit(benchmark::kMillisecond);
BENCHMARK(sin_bare)->Unit(benchmark::kMillisecond);
BENCHMARK(sin_sweep)->Unit(benchmark::kMillisecond);
BENCHMARK(judge_alone)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace roundoff::sweep
