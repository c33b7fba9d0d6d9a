// What certainty costs: the truth and its budgets against what computes the same function without any guarantee, in one
// run.
#include <benchmark/benchmark.h>
#include <cblas.h>
#include <mpfr.h>

#include <cmath>
#include <vector>

#include "graph/graph.h"
#include "inputs/input.h"
#include "truth/truth.h"

namespace roundoff {
namespace {

Array input(const std::string& text) { return make_input(parse_input(text).value()).value(); }

/// An inferred graph with its inputs; the specifications are constants of this file.
struct Case {
  Graph graph;
  Inputs inputs;
  Case(const std::string& expression, const std::vector<std::string>& specifications) {
    std::map<std::string, Signature, std::less<>> signatures;
    for (const auto& text : specifications) {
      const auto name = text.substr(0, text.find('='));
      inputs[name] = input(text);
      signatures[name] = {inputs[name].dtype(), inputs[name].shape()};
    }
    graph = infer(parse_expression(expression).value(), signatures).value();
  }
};

void certify_case(benchmark::State& state, const Case& c, std::int64_t elements) {
  for (auto _ : state) benchmark::DoNotOptimize(certify(c.graph, c.inputs).value());
  state.SetItemsProcessed(state.iterations() * elements);
}

constexpr const char* kExpInput = "x=uniform(-80,80,shape=100000,dtype=float32,seed=1)";

void exp_truth(benchmark::State& state) { certify_case(state, Case("exp(x)", {kExpInput}), 100'000); }
BENCHMARK(exp_truth)->Unit(benchmark::kMillisecond)->UseRealTime();

/// f of every element of the input at 113 bits.
void by_mpfr(benchmark::State& state, const char* specification, int (*f)(mpfr_t, const mpfr_t, mpfr_rnd_t)) {
  const Array x = input(specification);
  mpfr_t value;
  mpfr_init2(value, 113);
  for (auto _ : state) {
    for (std::int64_t i = 0; i < x.size(); ++i) {
      mpfr_set_d(value, x.get(i), MPFR_RNDN);
      f(value, value, MPFR_RNDN);
      benchmark::DoNotOptimize(value);
    }
  }
  mpfr_clear(value);
  state.SetItemsProcessed(state.iterations() * x.size());
}

void exp_mpfr(benchmark::State& state) { by_mpfr(state, kExpInput, mpfr_exp); }
BENCHMARK(exp_mpfr)->Unit(benchmark::kMillisecond)->UseRealTime();

void exp_libm(benchmark::State& state) {
  const Array x = input(kExpInput);
  for (auto _ : state) {
    for (float element : x.as<float>()) benchmark::DoNotOptimize(std::exp(element));
  }
  state.SetItemsProcessed(state.iterations() * x.size());
}
BENCHMARK(exp_libm)->Unit(benchmark::kMillisecond)->UseRealTime();

constexpr const char* kErfInput = "x=uniform(-3,3,shape=100000,dtype=float64,seed=1)";

void erf_truth(benchmark::State& state) { certify_case(state, Case("erf(x)", {kErfInput}), 100'000); }
BENCHMARK(erf_truth)->Unit(benchmark::kMillisecond)->UseRealTime();

void erf_mpfr(benchmark::State& state) { by_mpfr(state, kErfInput, mpfr_erf); }
BENCHMARK(erf_mpfr)->Unit(benchmark::kMillisecond)->UseRealTime();

constexpr int kSize = 1000;

void matmul_truth(benchmark::State& state) {
  certify_case(
      state,
      Case("matmul(a, b)", {"a=uniform(0,1,shape=(1000,1000),seed=1)", "b=uniform(0,1,shape=(1000,1000),seed=2)"}),
      kSize * kSize);
}
BENCHMARK(matmul_truth)->Unit(benchmark::kMillisecond)->UseRealTime();

void matmul_openblas(benchmark::State& state) {
  const Array a = input("a=uniform(0,1,shape=(1000,1000),seed=1)");
  const Array b = input("b=uniform(0,1,shape=(1000,1000),seed=2)");
  std::vector<float> c(std::size_t{kSize} * kSize);
  for (auto _ : state) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSize, kSize, kSize, 1.0F, a.as<float>().data(), kSize,
                b.as<float>().data(), kSize, 0.0F, c.data(), kSize);
    benchmark::DoNotOptimize(c.data());
  }
  state.SetItemsProcessed(state.iterations() * kSize * kSize);
}
BENCHMARK(matmul_openblas)->Unit(benchmark::kMillisecond)->UseRealTime();

void chain_truth(benchmark::State& state) {
  certify_case(state, Case("cumulative_sum(sin(exp(x)))", {"x=uniform(0,1,shape=10000,dtype=float32,seed=1)"}), 10'000);
}
BENCHMARK(chain_truth)->Unit(benchmark::kMillisecond)->UseRealTime();

void chain_libm(benchmark::State& state) {
  const Array x = input("x=uniform(0,1,shape=10000,dtype=float32,seed=1)");
  for (auto _ : state) {
    float sum = 0;
    for (float element : x.as<float>()) {
      sum += std::sin(std::exp(element));
      benchmark::DoNotOptimize(sum);
    }
  }
  state.SetItemsProcessed(state.iterations() * x.size());
}
BENCHMARK(chain_libm)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace roundoff
