#include <cmath>

#include "metrics/metric.h"

namespace roundoff::metrics {
namespace {

class Mismatches final : public Metric {
 public:
  void add(std::span<const Sample> samples) override {
    for (const Sample& s : samples) {
      if (!s.decided) continue;
      if (s.kind_differs) {
        (std::isnan(s.output) || std::isnan(s.nearest) ? nan_ : inf_) += 1;
      } else if (s.output == 0 && s.nearest == 0) {
        zero_sign_ += !s.correct;
      } else {
        subnormal_ += s.flushed;
      }
    }
  }
  void merge(const Metric& base) override {
    const auto& other = static_cast<const Mismatches&>(base);
    nan_ += other.nan_;
    inf_ += other.inf_;
    zero_sign_ += other.zero_sign_;
    subnormal_ += other.subnormal_;
  }
  void write(MetricValues& out) const override {
    out.nan_mismatches = nan_;
    out.inf_mismatches = inf_;
    out.zero_sign_mismatches = zero_sign_;
    out.subnormal_mismatches = subnormal_;
  }

 private:
  std::int64_t nan_ = 0, inf_ = 0, zero_sign_ = 0, subnormal_ = 0;
};

}  // namespace

MetricKind make_mismatches() {
  return {"mismatches",
          "elements of another kind than the rounded truth, counted apart: NaN, infinity, sign of an exact zero, 0 for "
          "a subnormal",
          [] { return std::make_unique<Mismatches>(); }};
}

}  // namespace roundoff::metrics
