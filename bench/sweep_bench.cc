// What judging costs above the function under test: glibc's own float32 functions, bare and swept, over the same inputs
// in the same program; and the judge alone on outputs that lie ready.
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "metrics/sweep/judge.h"

namespace roundoff::sweep {
namespace {

constexpr std::uint32_t kRun = 1 << 16;      // outputs between the function and the judge: they stay in the cache
constexpr std::uint64_t kStretch = 1 << 22;  // contiguous patterns: half of a binade
constexpr std::uint64_t kEvery = 8;          // of so many stretches one: 2^29 patterns, from every fourth binade

/// Calls a function for kRun inputs, from this pattern on.
using Fill = std::function<void(std::uint32_t first, std::vector<float>& y)>;

Fill each(float (*f)(float)) {
  return [f](std::uint32_t first, std::vector<float>& y) {
    for (std::uint32_t i = 0; i < kRun; ++i) y[i] = f(std::bit_cast<float>(first + i));
  };
}

#if defined(__x86_64__)
using Eight = float __attribute__((vector_size(32)));

__attribute__((target("avx2"))) void call_by_eights(void* symbol, std::uint32_t first, std::vector<float>& y) {
  for (std::uint32_t i = 0; i < kRun; i += 8) {
    std::uint32_t patterns[8];
    for (std::uint32_t k = 0; k < 8; ++k) patterns[k] = first + i + k;
    Eight x;
    std::memcpy(&x, patterns, sizeof x);
    x = reinterpret_cast<Eight (*)(Eight)>(symbol)(x);
    std::memcpy(&y[i], &x, sizeof x);
  }
}
#endif

/// A library's function on eight lanes, as a vectorising compiler calls it; empty where it or the processor has none.
Fill by_eights(const char* library, const char* function) {
#if defined(__x86_64__)
  void* const opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  void* const symbol = opened == nullptr ? nullptr : dlsym(opened, function);
  if (symbol != nullptr && __builtin_cpu_supports("avx2") != 0)
    return [symbol](std::uint32_t first, std::vector<float>& y) { call_by_eights(symbol, first, y); };
#endif
  return {};
}

template <class Each>
void over_patterns(const Each& each) {
  for (std::uint64_t stretch = 0; stretch < std::uint64_t{1} << 32; stretch += kStretch * kEvery) {
    for (std::uint64_t at = stretch; at < stretch + kStretch; at += kRun) each(static_cast<std::uint32_t>(at));
  }
}

void bare(benchmark::State& state, const Fill& fill) {
  if (!fill) return state.SkipWithError("not here");
  std::vector<float> y(kRun);
  for (auto _ : state) {
    over_patterns([&](std::uint32_t first) {
      fill(first, y);
      benchmark::DoNotOptimize(y.data());
    });
  }
}

void sweep(benchmark::State& state, const char* op, const Fill& fill) {
  if (!fill) return state.SkipWithError("not here");
  std::vector<float> y(kRun);
  for (auto _ : state) {
    auto judge = Judge::make(*find_op(op), {}, DType::float32);
    Tally tally(DType::float32);
    over_patterns([&](std::uint32_t first) {
      fill(first, y);
      judge->patterns(first, y, tally);
    });
    benchmark::DoNotOptimize(tally.correct);
  }
}

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

/// NAME_bare and NAME_sweep.
void add(const std::string& name, const char* op, const Fill& fill) {
  benchmark::RegisterBenchmark((name + "_bare").c_str(), [fill](benchmark::State& state) {
    bare(state, fill);
  })->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark((name + "_sweep").c_str(), [=](benchmark::State& state) {
    sweep(state, op, fill);
  })->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace roundoff::sweep

int main(int argc, char** argv) {
  using namespace roundoff::sweep;
  add("exp", "exp", each(expf));
  add("log", "log", each(logf));
  add("sin", "sin", each(sinf));
  // Those that take a nanosecond or less over all inputs; others call a scalar function outside some range.
  add("vector_exp", "exp", by_eights("libsleef.so.3", "Sleef_expf8_u10"));
  add("vector_log", "log", by_eights("libsleef.so.3", "Sleef_logf8_u10"));
  add("vector_erf", "erf", by_eights("libmvec.so.1", "_ZGVdN8v_erff"));
  benchmark::RegisterBenchmark("judge_alone", judge_alone)->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
