#include "metrics/metric.h"
#include "metrics/shared/mean.h"

namespace roundoff::metrics {
namespace {

class MeanUlp final : public Metric {
 public:
  void add(std::span<const Sample> samples) override {
    for (const Sample& s : samples) mean_.add(s.ulps);
  }
  void merge(const Metric& other) override { mean_.merge(static_cast<const MeanUlp&>(other).mean_); }
  void write(MetricValues& out) const override { out.mean_ulp = mean_.value(); }

 private:
  Mean mean_;
};

}  // namespace

MetricKind make_mean_ulp() {
  return {"mean_ulp", "mean of |y − t| / ulp(t), t the real truth, over the elements where both are finite",
          [] { return std::make_unique<MeanUlp>(); }};
}

}  // namespace roundoff::metrics
