#include "metrics/metric.h"

namespace roundoff::metrics {
namespace {

class CorrectlyRounded final : public Metric {
 public:
  void add(std::span<const Sample> samples) override {
    for (const Sample& s : samples) {
      correct_ += s.correct;
      (s.decided ? count_ : undecided_) += 1;
    }
  }
  void merge(const Metric& base) override {
    const auto& other = static_cast<const CorrectlyRounded&>(base);
    correct_ += other.correct_;
    count_ += other.count_;
    undecided_ += other.undecided_;
  }
  void write(MetricValues& out) const override {
    out.correctly_rounded = correct_;
    out.count = count_;
    out.undecided = undecided_;
  }

 private:
  std::int64_t correct_ = 0, count_ = 0, undecided_ = 0;
};

}  // namespace

MetricKind make_correctly_rounded() {
  return {"correctly_rounded",
          "elements that are the truth rounded to nearest, ties to even, of the elements whose truth is decided",
          [] { return std::make_unique<CorrectlyRounded>(); }};
}

}  // namespace roundoff::metrics
