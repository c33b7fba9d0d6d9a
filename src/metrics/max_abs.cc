#include "metrics/metric.h"
#include "metrics/shared/mean.h"

namespace roundoff::metrics {
namespace {

class MaxAbs final : public Metric {
 public:
  void add(std::span<const Sample> samples) override {
    for (const Sample& s : samples) largest_.add(s.error);
  }
  void merge(const Metric& other) override { largest_.merge(static_cast<const MaxAbs&>(other).largest_); }
  void write(MetricValues& out) const override { out.max_abs = largest_.value(); }

 private:
  Largest largest_;
};

}  // namespace

MetricKind make_max_abs() {
  return {"max_abs", "largest |y − t| over the elements where both are finite",
          [] { return std::make_unique<MaxAbs>(); }};
}

}  // namespace roundoff::metrics
