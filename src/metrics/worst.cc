#include <cmath>
#include <limits>

#include "metrics/metric.h"

namespace roundoff::metrics {
namespace {

class Worst final : public Metric {
 public:
  void add(std::span<const Sample> samples) override {
    for (const Sample& s : samples) {
      if (!s.decided) continue;
      // A correct infinity or NaN has no error in ulps; a wrong one ranks above every number.
      const double rank = s.kind_differs ? std::numeric_limits<double>::infinity() : std::isnan(s.ulps) ? 0 : s.ulps;
      take(rank, s.index);
    }
  }
  void merge(const Metric& base) override {
    const auto& other = static_cast<const Worst&>(base);
    if (other.index_ >= 0) take(other.rank_, other.index_);
  }
  void write(MetricValues& out) const override { out.worst = index_; }

 private:
  void take(double rank, std::int64_t index) {
    if (index_ >= 0 && (rank < rank_ || (rank == rank_ && index > index_))) return;
    rank_ = rank;
    index_ = index;
  }
  double rank_ = 0;
  std::int64_t index_ = -1;
};

}  // namespace

MetricKind make_worst() {
  return {"worst",
          "the element with the largest error in ulps; another kind (NaN, infinity) ranks above every number; of "
          "equals the first",
          [] { return std::make_unique<Worst>(); }};
}

}  // namespace roundoff::metrics
