// A mean of non-negative numbers that merges exactly.
#pragma once

#include <cmath>
#include <limits>

#include "base/exact_sum.h"

namespace roundoff::metrics {

/// NaNs are left out; an infinity (an error beyond float64) makes the mean infinite.
class Mean {
 public:
  void add(double x) {
    if (std::isnan(x)) return;
    ++count_;
    if (std::isinf(x)) {
      ++infinite_;
    } else if (x != 0) {
      sum_.add(x);
    }
  }
  void merge(const Mean& other) {
    count_ += other.count_;
    infinite_ += other.infinite_;
    sum_.merge(other.sum_);
  }
  /// NaN where nothing was added.
  [[nodiscard]] double value() const {
    if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
    return infinite_ > 0 ? std::numeric_limits<double>::infinity() : sum_.divided_by(count_);
  }

 private:
  ExactSum sum_;
  std::int64_t count_ = 0;
  std::int64_t infinite_ = 0;
};

/// The largest number; NaNs are left out.
class Largest {
 public:
  void add(double x) {
    if (!(x <= value_)) value_ = std::isnan(x) ? value_ : x;
  }
  void merge(const Largest& other) { add(other.value_); }
  /// NaN where nothing was added.
  [[nodiscard]] double value() const { return value_; }

 private:
  double value_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace roundoff::metrics
