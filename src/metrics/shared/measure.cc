// Runs every metric over an output in blocks; each thread keeps its own states, which merge exactly in any order.
#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>

#include "base/exact_sum.h"
#include "base/parallel.h"
#include "metrics/metric.h"
#include "metrics/shared/mean.h"

namespace roundoff {
namespace metrics {
std::vector<MetricKind> make_all();
}
namespace {

constexpr std::int64_t kBlock = 512;     // samples at a time: they stay in the first-level cache
constexpr std::int64_t kGrain = 32'768;  // elements worth a thread

using States = std::vector<std::unique_ptr<Metric>>;

States fresh() {
  States states;
  for (const MetricKind& kind : all_metrics()) states.push_back(kind.make());
  return states;
}

struct PairState {
  ExactSum sum;
  metrics::Largest largest;
  std::int64_t numbers = 0, identical = 0, mismatches = 0;

  void add(double x, double y) {
    const bool same = x == y || (std::isnan(x) && std::isnan(y));
    identical += same;
    if (!std::isfinite(x) || !std::isfinite(y)) {
      mismatches += !same;
      return;
    }
    ++numbers;
    largest.add(std::fabs(x - y));
    if (same) return;
    // |x − y| may not be a float64; its two parts are.
    sum.add(x > y ? x : -x);
    sum.add(x > y ? -y : y);
  }
  void merge(const PairState& other) {
    sum.merge(other.sum);
    largest.merge(other.largest);
    numbers += other.numbers;
    identical += other.identical;
    mismatches += other.mismatches;
  }
};

}  // namespace

const std::vector<MetricKind>& all_metrics() {
  static const std::vector<MetricKind> all = metrics::make_all();
  return all;
}

MetricValues measure(const Array& output, const Truth& truth) {
  States total = fresh();
  std::mutex guard;
  parallel_for(output.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    States mine = fresh();
    std::array<Sample, kBlock> block;
    for (std::int64_t at = begin; at < end; at += kBlock) {
      const std::span<Sample> samples(block.data(), static_cast<std::size_t>(std::min(kBlock, end - at)));
      sample(output, truth, at, samples);
      for (auto& metric : mine) metric->add(samples);
    }
    const std::lock_guard lock(guard);
    for (std::size_t i = 0; i < total.size(); ++i) total[i]->merge(*mine[i]);
  });
  MetricValues values;
  for (const auto& metric : total) metric->write(values);
  return values;
}

PairValues measure_pair(const Array& a, const Array& b) {
  PairState total;
  std::mutex guard;
  parallel_for(a.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    PairState mine;
    for (std::int64_t i = begin; i < end; ++i) mine.add(a.get(i), b.get(i));
    const std::lock_guard lock(guard);
    total.merge(mine);
  });
  PairValues values;
  values.of = a.size();
  values.identical = a.dtype() == b.dtype() ? count_same_bits(a, b.reshaped(a.shape())) : total.identical;
  values.mismatches = total.mismatches;
  values.max_abs = total.largest.value();
  values.mean_abs = total.numbers > 0 ? total.sum.divided_by(total.numbers) : std::nan("");
  return values;
}

}  // namespace roundoff
