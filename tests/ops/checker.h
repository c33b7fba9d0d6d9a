// Runs an op and its oracle on the same inputs and counts where the correctly rounded results differ.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <mutex>
#include <thread>

#include "base/format.h"
#include "base/parallel.h"
#include "oracles.h"

namespace roundoff::testing {

/// splitmix64: the same inputs everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  double uniform(double low, double high) { return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1p-53); }
  /// Any bit pattern of the format: all exponents, NaN and infinities.
  double pattern(DType dtype) {
    if (dtype == DType::float32) return std::bit_cast<float>(static_cast<std::uint32_t>(bits()));
    return std::bit_cast<double>(bits());
  }

 private:
  std::uint64_t state_;
};

/// Zeros, infinities, NaN, the ends of the format, and numbers where functions change course.
inline std::vector<double> landmarks(DType dtype) {
  const Format& format = format_of(dtype);
  std::vector<double> all = {std::numeric_limits<double>::quiet_NaN()};
  const double u = format.unit();
  for (const double x : {0.0,
                         1.0,
                         1 + 2 * u,
                         1 - u,
                         0.5,
                         1.5,
                         2.0,
                         2.5,
                         3.0,
                         4.0,
                         10.0,
                         100.0,
                         1024.0,
                         0.25,
                         1e-5,
                         88.5,
                         89.0,
                         104.0,
                         710.0,
                         746.0,
                         0x1p53,
                         0x1p24,
                         format.max_finite(),
                         format.min_normal(),
                         format.min_subnormal(),
                         std::numeric_limits<double>::infinity()}) {
    const double rounded = round_to(format, x);
    all.push_back(rounded);
    all.push_back(-rounded);
  }
  return all;
}

/// At least `count` tuples of arguments: landmarks in all combinations (three arguments: one rotated list), then in
/// turn any patterns, the op's own sample intervals, and neighbours (arguments within a few ulps of each other).
inline std::vector<std::vector<double>> inputs_for(const Op& op, DType dtype, std::size_t count, std::uint64_t seed) {
  const auto arity = static_cast<std::size_t>(op.arity_min);
  const Format& format = format_of(dtype);
  const auto marks = landmarks(dtype);
  std::vector<std::vector<double>> all;
  for (const double a : marks) {
    if (arity == 1) {
      all.push_back({a});
      continue;
    }
    for (const double b : marks) {
      all.push_back({a, b});
      if (arity == 3) all.back().push_back(marks[all.size() % marks.size()]);
    }
  }
  Random random(seed);
  while (all.size() < count) {
    std::vector<double> x;
    const std::uint64_t way = all.size() % 3;
    for (std::size_t i = 0; i < arity; ++i) {
      const auto& intervals = i < op.sample.size() ? op.sample[i] : std::vector<Interval>{};
      if (way == 0 || intervals.empty()) {
        x.push_back(random.pattern(dtype));
      } else if (way == 1 || i == 0) {
        const Interval& interval = intervals[random.bits() % intervals.size()];
        x.push_back(round_to(format, random.uniform(interval.lo, interval.hi)));
      } else {
        const double scale = std::floor(random.uniform(-3, 4)) * (random.bits() % 2 != 0 ? 1 : format.unit());
        x.push_back(round_to(format, x[0] * scale));
      }
    }
    all.push_back(std::move(x));
  }
  return all;
}

inline bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

/// The correctly rounded value by rising precision, as truth walks find it; nullopt where 4096 bits do not decide it.
/// A Ball and its 32-byte form must not contradict each other: if they do, the answer is a NaN that no oracle expects.
inline std::optional<double> certified(const Elementwise& f, const std::vector<double>& x, const Attrs& attrs,
                                       DType dtype) {
  std::vector<Ball> balls(x.size());
  std::vector<const Ball*> in;
  for (std::size_t i = 0; i < x.size(); ++i) {
    balls[i].set_double(x[i]);
    in.push_back(&balls[i]);
  }
  for (long prec = 128; prec <= 4096; prec *= 2) {
    Ball out;
    evaluate(f, out, in, attrs, prec);
    const auto answer = rounded(out, format_of(dtype));
    const auto small = rounded(enclosure_of(out), format_of(dtype));
    if (answer && small && !same(*answer, *small)) return -std::numeric_limits<double>::quiet_NaN();
    if (answer) return answer;
  }
  return std::nullopt;
}

inline double expected(const Oracle& oracle, const std::vector<double>& x, DType dtype) {
  Real out(oracle.bits);
  oracle.f(out, x);
  return dtype == DType::float32 ? mpfr_get_flt(out, MPFR_RNDN) : mpfr_get_d(out, MPFR_RNDN);
}

struct Disagreement {
  std::size_t count = 0;
  std::string first;  ///< the first few, described
};

inline Disagreement compare(const Elementwise& f, const Oracle& oracle, const std::vector<std::vector<double>>& inputs,
                            DType dtype) {
  Disagreement found;
  std::mutex mutex;
  const auto caller = std::this_thread::get_id();
  parallel_for(static_cast<std::int64_t>(inputs.size()), 500, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto& x = inputs[static_cast<std::size_t>(i)];
      const auto ours = certified(f, x, oracle.attrs, dtype);
      const double theirs = expected(oracle, x, dtype);
      if (ours && same(*ours, theirs)) continue;
      const std::lock_guard lock(mutex);
      if (++found.count > 8) continue;
      std::string place;
      for (const double each : x) place += fmt::format(" {} ({})", hex(each), each);
      found.first +=
          fmt::format("\n at{}: {}, the oracle says {}", place, ours ? hex(*ours) : "undecided", hex(theirs));
    }
    if (std::this_thread::get_id() == caller) return;
    flint_cleanup();  // what both libraries keep for a thread
    mpfr_free_cache();
  });
  return found;
}

}  // namespace roundoff::testing
