#include "metrics/metric.h"
#include "metrics/shared/mean.h"

namespace roundoff::metrics {
namespace {

class MaxUlp final : public Metric {
 public:
  void add(std::span<const Sample> samples) override {
    for (const Sample& s : samples) largest_.add(s.ulps);
  }
  void merge(const Metric& other) override { largest_.merge(static_cast<const MaxUlp&>(other).largest_); }
  void write(MetricValues& out) const override { out.max_ulp = largest_.value(); }

 private:
  Largest largest_;
};

}  // namespace

MetricKind make_max_ulp() {
  return {"max_ulp", "largest |y − t| / ulp(t), t the real truth, over the elements where both are finite",
          [] { return std::make_unique<MaxUlp>(); }};
}

}  // namespace roundoff::metrics
