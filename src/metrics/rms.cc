#include <cmath>

#include "base/exact_sum.h"
#include "metrics/metric.h"

namespace roundoff::metrics {
namespace {

// Squares leave float64's range long before the root of their mean does: errors are squared exactly in one of three
// scales, as in Blue, "A portable Fortran program to find the Euclidean norm of a vector", ACM TOMS 4 (1978).
constexpr int kShift = 600;
constexpr double kBig = 0x1p400;
constexpr double kSmall = 0x1p-400;

class Rms final : public Metric {
 public:
  void add(std::span<const Sample> samples) override {
    for (const Sample& s : samples) {
      if (std::isnan(s.error)) continue;
      ++count_;
      if (std::isinf(s.error)) {
        ++infinite_;
      } else if (s.error >= kBig) {
        big_.add_product(std::ldexp(s.error, -kShift), std::ldexp(s.error, -kShift));
      } else if (s.error >= kSmall) {
        usual_.add_product(s.error, s.error);
      } else if (s.error != 0) {
        small_.add_product(std::ldexp(s.error, kShift), std::ldexp(s.error, kShift));
      }
    }
  }
  void merge(const Metric& base) override {
    const auto& other = static_cast<const Rms&>(base);
    big_.merge(other.big_);
    usual_.merge(other.usual_);
    small_.merge(other.small_);
    count_ += other.count_;
    infinite_ += other.infinite_;
  }
  void write(MetricValues& out) const override {
    if (count_ == 0 || infinite_ > 0) {
      out.rms = count_ == 0 ? std::nan("") : HUGE_VAL;
      return;
    }
    const double big = big_.divided_by(count_), usual = usual_.divided_by(count_), small = small_.divided_by(count_);
    if (big > 0) {
      out.rms = std::ldexp(std::sqrt(big + std::ldexp(usual, -2 * kShift)), kShift);
    } else if (usual > 0) {
      out.rms = std::sqrt(usual + std::ldexp(small, -2 * kShift));
    } else {
      out.rms = std::ldexp(std::sqrt(small), -kShift);
    }
  }

 private:
  ExactSum big_, usual_, small_;
  std::int64_t count_ = 0, infinite_ = 0;
};

}  // namespace

MetricKind make_rms() {
  return {"rms", "root of the mean of |y − t|² over the elements where both are finite, summed exactly",
          [] { return std::make_unique<Rms>(); }};
}

}  // namespace roundoff::metrics
