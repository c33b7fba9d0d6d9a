// The fast tiers of the truth against the same work without any guarantee, each on one thread. Results are written into
// arrays that exist already, as the peers' are; whole certify() calls, which make their arrays, stand beside them.
#include <benchmark/benchmark.h>
#include <cblas.h>
#include <mpfr.h>

#include <random>

#include "graph/graph.h"
#include "inputs/input.h"
#include "kernels/elementary.h"
#include "kernels/running_sums.h"
#include "truth/bulk_products.h"
#include "truth/certify.h"
#include "truth/walk.h"

extern "C" void openblas_set_num_threads(int count);

namespace roundoff {
namespace {

/// One thread for roundoff and for the BLAS.
void use_one_thread() {
  setenv("ROUNDOFF_THREADS", "1", 1);
  openblas_set_num_threads(1);
}

constexpr int kSize = 1024;

struct Matrices {
  explicit Matrices(const char* dtype) {
    std::map<std::string, Signature, std::less<>> signatures;
    for (const std::string name : {"a", "b"}) {
      const std::string text =
          name + "=uniform(-1,1,shape=(1024,1024),dtype=" + dtype + ",seed=" + (name == "a" ? "1)" : "2)");
      inputs[name] = make_input(parse_input(text).value()).value();
      signatures[name] = {inputs[name].dtype(), inputs[name].shape()};
    }
    graph = infer(parse_expression("matmul(a, b)").value(), signatures).value();
    arrays = truth::bind(graph, inputs).value();
  }
  Inputs inputs;
  Graph graph;
  std::vector<Array> arrays;
};

void products(benchmark::State& state, const char* dtype) {
  use_one_thread();
  Matrices m(dtype);
  truth::NodeTruth left, right;
  left.values = truth::Values(m.inputs["a"]);
  right.values = truth::Values(m.inputs["b"]);
  const truth::NodeTruth* in[] = {&left, &right};
  const Shape shapes[] = {m.inputs["a"].shape(), m.inputs["b"].shape()};
  const Node& node = m.graph.nodes[static_cast<std::size_t>(m.graph.output)];
  const truth::Step step{node, in, shapes, true};
  const auto plan = std::get<Contraction>(node.op->body).plan(shapes[0], shapes[1], node.attrs);
  std::vector<Enclosure> out(std::size_t{kSize} * kSize);
  for (auto _ : state) {
    if (!truth::evaluate_products(plan, step, out, nullptr)) state.SkipWithError("not for the blocked kernels");
    benchmark::DoNotOptimize(out.data());
  }
}

void certified(benchmark::State& state, const char* dtype, bool budgets) {
  use_one_thread();
  const Matrices m(dtype);
  for (auto _ : state) benchmark::DoNotOptimize(truth::certify_bound(m.graph, m.arrays, {}, budgets));
}

void matmul32_truth(benchmark::State& state) { products(state, "float32"); }
void matmul32_certify(benchmark::State& state) { certified(state, "float32", false); }
void matmul32_budgets(benchmark::State& state) { certified(state, "float32", true); }
void matmul64_truth(benchmark::State& state) { products(state, "float64"); }
void matmul64_certify(benchmark::State& state) { certified(state, "float64", false); }
void matmul64_budgets(benchmark::State& state) { certified(state, "float64", true); }

void matmul32_sgemm(benchmark::State& state) {
  use_one_thread();
  Matrices m("float32");
  std::vector<float> c(std::size_t{kSize} * kSize);
  for (auto _ : state) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSize, kSize, kSize, 1.0F, m.inputs["a"].as<float>().data(),
                kSize, m.inputs["b"].as<float>().data(), kSize, 0.0F, c.data(), kSize);
    benchmark::DoNotOptimize(c.data());
  }
}

void matmul64_dgemm(benchmark::State& state) {
  use_one_thread();
  Matrices m("float64");
  std::vector<double> c(std::size_t{kSize} * kSize);
  for (auto _ : state) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSize, kSize, kSize, 1.0, m.inputs["a"].as<double>().data(),
                kSize, m.inputs["b"].as<double>().data(), kSize, 0.0, c.data(), kSize);
    benchmark::DoNotOptimize(c.data());
  }
}

constexpr std::int64_t kTerms = std::int64_t{1} << 23;  // 64 MiB: in memory, not in a cache

std::vector<double> numbers(std::int64_t count, double reach) {
  std::mt19937_64 random(1);
  std::vector<double> x(static_cast<std::size_t>(count));
  for (double& v : x) v = (static_cast<double>(random() >> 11) * 0x1p-52 - 1) * reach;
  return x;
}

void sum_truth(benchmark::State& state) {
  const auto x = numbers(kTerms, 1);
  for (auto _ : state) benchmark::DoNotOptimize(sum_doubles(x.data(), kTerms));
}

void sum_loop(benchmark::State& state) {
  const auto x = numbers(kTerms, 1);
  for (auto _ : state) {
    double sum = 0;
    for (const double v : x) sum += v;
    benchmark::DoNotOptimize(sum);
  }
}

void scan_truth(benchmark::State& state) {
  const auto x = numbers(kTerms, 1);
  std::vector<double> high(x.size()), low(x.size()), radius(x.size() / kScanSegment + 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(scan_doubles({}, x.data(), kTerms, high.data(), low.data(), radius.data()));
    benchmark::ClobberMemory();
  }
}

void scan_loop(benchmark::State& state) {
  const auto x = numbers(kTerms, 1);
  std::vector<double> out(x.size());
  for (auto _ : state) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) out[i] = sum += x[i];
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}

constexpr std::int64_t kArguments = 100'000;

void exp64_truth(benchmark::State& state) {
  const auto x = numbers(kArguments, 600);
  std::vector<double> y(x.size()), low(x.size()), rad(x.size());
  for (auto _ : state) {
    elementary(Elementary::exp, {x.data(), nullptr, nullptr}, kArguments, {y.data(), low.data(), rad.data()});
    benchmark::ClobberMemory();
  }
}

void exp64_mpfr(benchmark::State& state) {
  const auto x = numbers(kArguments, 600);
  mpfr_t argument, value;
  mpfr_init2(argument, 53);
  mpfr_init2(value, 113);
  for (auto _ : state) {
    for (const double v : x) {
      mpfr_set_d(argument, v, MPFR_RNDN);
      mpfr_exp(value, argument, MPFR_RNDN);
      benchmark::DoNotOptimize(value);
    }
  }
  mpfr_clear(argument);
  mpfr_clear(value);
}

BENCHMARK(matmul32_sgemm)->Unit(benchmark::kMillisecond);
BENCHMARK(matmul32_truth)->Unit(benchmark::kMillisecond);
BENCHMARK(matmul32_certify)->Unit(benchmark::kMillisecond);
BENCHMARK(matmul32_budgets)->Unit(benchmark::kMillisecond);
BENCHMARK(matmul64_dgemm)->Unit(benchmark::kMillisecond);
BENCHMARK(matmul64_truth)->Unit(benchmark::kMillisecond);
BENCHMARK(matmul64_certify)->Unit(benchmark::kMillisecond);
BENCHMARK(matmul64_budgets)->Unit(benchmark::kMillisecond);
BENCHMARK(sum_loop)->Unit(benchmark::kMillisecond);
BENCHMARK(sum_truth)->Unit(benchmark::kMillisecond);
BENCHMARK(scan_loop)->Unit(benchmark::kMillisecond);
BENCHMARK(scan_truth)->Unit(benchmark::kMillisecond);
BENCHMARK(exp64_mpfr)->Unit(benchmark::kMillisecond);
BENCHMARK(exp64_truth)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace roundoff
