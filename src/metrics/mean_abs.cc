#include "metrics/metric.h"
#include "metrics/shared/mean.h"

namespace roundoff::metrics {
namespace {

class MeanAbs final : public Metric {
 public:
  void add(std::span<const Sample> samples) override {
    for (const Sample& s : samples) mean_.add(s.error);
  }
  void merge(const Metric& other) override { mean_.merge(static_cast<const MeanAbs&>(other).mean_); }
  void write(MetricValues& out) const override { out.mean_abs = mean_.value(); }

 private:
  Mean mean_;
};

}  // namespace

MetricKind make_mean_abs() {
  return {"mean_abs", "mean of |y − t| over the elements where both are finite, summed exactly",
          [] { return std::make_unique<MeanAbs>(); }};
}

}  // namespace roundoff::metrics
