// One chain of additions in doubled precision, in plain C++: what sums.cc does in every lane.
#pragma once

#include "kernels/sums.h"

namespace roundoff {

struct Chain {
  double high = 0, low = 0, slip = 0, size = 0;
  void add(double x) {
    double error, dropped;
    high = two_sum(high, x, error);
    low = two_sum(low, error, dropped);
    slip += std::fabs(dropped);
    size += std::fabs(x);
  }
  /// Above what accumulating slip over 2^32 terms may have lost.
  [[nodiscard]] double radius() const { return slip * (1 + 0x1p-20); }
  [[nodiscard]] DoubleDouble sum() const {
    DoubleDouble out;
    out.hi = two_sum(high, low, out.lo);
    out.rad = radius();
    return out;
  }
};

/// Σ over chains, in order.
inline LongSum join(const Chain* chains, std::int64_t count) {
  LongSum out;
  for (std::int64_t j = 0; j < count; ++j) {
    out.sum = add(out.sum, chains[j].sum());
    out.size += chains[j].size;
  }
  return out;
}

}  // namespace roundoff
