// Reports to show: one like the seeds' chain, one with everything that can go wrong.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/view.h"

namespace roundoff {

inline BackendReport backend(std::string name, std::string version, double mean, double max, double ulp,
                             std::int64_t correct) {
  BackendReport b;
  b.framework = name.substr(0, name.find_first_of("@:"));
  b.name = std::move(name);
  b.version = std::move(version);
  b.environment = "user";
  b.mode = "eager";
  b.shape = {10000};
  b.metrics = {.mean_abs = mean,
               .max_abs = max,
               .rms = mean,
               .max_ulp = ulp,
               .mean_ulp = ulp / 3,
               .correctly_rounded = correct,
               .count = 10000};
  b.verdict = {.verdict = Class::rounding,
               .reason = "inside the probabilistic budget",
               .sound_share = 0.01,
               .probable_share = 0.2};
  b.repeats = 2;
  b.seconds = 5.2e-5;
  b.worst = Worst{.index = {9998},
                  .inputs = {},
                  .output = {.value = 6543.2177734375, .dtype = DType::float32},
                  .truth = {.value = 6543.2099609375, .dtype = DType::float32},
                  .truth_hi = 6543.2101,
                  .truth_lo = 1e-14,
                  .truth_radius = 1e-30};
  return b;
}

inline PairReport pair(std::string a, std::string b, double mean, std::int64_t identical,
                       PairClass verdict = PairClass::both_rounding) {
  PairReport p;
  p.a = std::move(a);
  p.b = std::move(b);
  p.values = {.mean_abs = mean, .max_abs = 4 * mean, .identical = identical, .of = 10000};
  p.verdict = verdict;
  p.reason = "both are inside their budgets";
  return p;
}

/// What a view makes of a report.
inline std::string shown(std::string_view view, const FunctionReport& report, const ViewOptions& options = {}) {
  return std::ranges::find(all_views(), view, &View::name)->render(report, options);
}

/// cumulative_sum(sin(exp(x))) as four frameworks compute it.
inline FunctionReport chain() {
  FunctionReport r;
  r.expression = "cumulative_sum(sin(exp(x)))";
  r.certified = true;
  r.count = 10000;
  r.inputs = {{.name = "x",
               .dtype = DType::float32,
               .shape = {10000},
               .sha256 = std::string(64, 'a'),
               .source = "uniform(0,1) seed 1"}};
  r.backends = {backend("numpy", "2.4.6", 2.1e-3, 9.9e-3, 20.3, 497),
                backend("torch", "2.13.0", 9.2e-5, 4.9e-4, 3.23, 9943),
                backend("tensorflow", "2.21.0", 2.1e-3, 1.1e-2, 21.3, 613),
                backend("jax:jit", "0.10.2", 1.8e-4, 1.5e-3, 3.77, 5391)};
  const CauseReport left{.name = "summed left to right in float32",
                         .cause = "left_to_right",
                         .node = "cumulative_sum",
                         .matched = 10000,
                         .of = 10000,
                         .proven = true,
                         .evidence_bits = 30000,
                         .also = 0,
                         .also_names = {},
                         .detail = ""};
  r.backends[0].causes = {left};
  r.backends[2].causes = {left};
  CauseReport wide = left;
  wide.name = "float64 accumulator, rounded once";
  wide.cause = "wide_accumulator";
  r.backends[1].causes = {wide};
  r.pairs = {pair("numpy", "torch", 2.1e-3, 500, PairClass::b_nearer),
             pair("numpy", "tensorflow", 3.3e-4, 6000, PairClass::same_cause),
             pair("torch", "tensorflow", 2.1e-3, 600)};
  r.pairs[0].factor = 23;
  r.skipped = {{.name = "tensorflow@tf1.2",
                .reason = "no Python 3.6",
                .remedy = "install one: pyenv install 3.6.15",
                .failed = false}};
  r.tolerance = Tolerance{.rtol = 1.2e-3, .atol = 7.5e-6, .basis = "the sound budget"};
  r.machine = "AMD EPYC 9R14, 2 threads";
  r.repro = "roundoff compare 'cumulative_sum(sin(exp(x)))' --input 'x=uniform(0,1,shape=10000,seed=1)'";
  return r;
}

/// Fourteen backends with long names, every class, kinds that differ, figures that do not exist, text from elsewhere.
inline FunctionReport crowd() {
  FunctionReport r = chain();
  r.title = "a title | with <marks>\n and a line";
  r.expression = "sqrt(" + std::string(150, 'x') + " + y) * exp(x) ** 2 / cumulative_sum(where(x > 0, x, 0), axis=0)";
  r.inputs.push_back({.name = "y",
                      .dtype = DType::bfloat16,
                      .shape = {100, 100},
                      .sha256 = std::string(64, 'b'),
                      .source = "/a/very/long/path/" + std::string(90, 'p') + "/y.npy"});
  r.undecided = 3;
  r.certified = false;
  r.backends.clear();
  r.pairs.clear();
  const double nan = std::nan("");
  for (int i = 0; i < 14; ++i) {
    BackendReport b = backend(fmt::format("tensorflow@a-long-environment-name-{}:session_placeholder", i),
                              "2.21.0+cpu.local.build", 1e-3 * i, 1e-2 * i, 0.5 + 1e5 * i, 10000 - i);
    b.verdict.verdict = static_cast<Class>(i % 10);
    b.verdict.reason =
        fmt::format("the largest error is {} times what the sound budget allows, at one element of many", i);
    b.notes = {"flushes subnormals", "a message\x1b[31m with | control \xff bytes"};
    r.backends.push_back(std::move(b));
  }
  r.backends[3].metrics.mean_abs = r.backends[3].metrics.max_abs = r.backends[3].metrics.max_ulp = nan;
  r.backends[4].metrics.max_abs = std::numeric_limits<double>::infinity();
  r.backends[5].metrics.nan_mismatches = 7;
  r.backends[5].metrics.zero_sign_mismatches = 1;
  r.backends[5].worst->output.value = nan;
  r.backends[5].worst->inputs = {{"x", {.value = -0.0, .dtype = DType::float32}},
                                 {"y", {.value = 0.1f, .dtype = DType::bfloat16}}};
  r.backends[6].unstable = 12;
  r.backends[7].ieee754 = Conformance{.op = "sqrt", .conforms = false, .wrong = 1600, .of = 10000};
  r.backends[8].ieee754 = Conformance{.op = "sqrt", .conforms = true, .wrong = 0, .of = 10000};
  r.backends[9].seconds = 0;
  r.backends[10].recorded = true;
  r.backends[11].causes = {{.name = "pairwise",
                            .cause = "pairwise",
                            .node = "sum",
                            .matched = 9700,
                            .of = 10000,
                            .proven = false,
                            .evidence_bits = 12,
                            .also = 2,
                            .also_names = {"a tree", "blocks of 8"},
                            .detail = "8 lanes"}};
  for (std::size_t i = 0; i < r.backends.size(); ++i) {
    for (std::size_t j = i + 1; j < r.backends.size(); ++j) {
      const bool same = i < 2 && j < 2;
      r.pairs.push_back(pair(r.backends[i].name, r.backends[j].name, same ? 0 : 1e-4 * static_cast<double>(i + j),
                             same ? 10000 : 17));
    }
  }
  r.skipped.push_back({.name = "numba", .reason = std::string(200, 'r'), .remedy = "", .failed = true});
  return r;
}

}  // namespace roundoff
