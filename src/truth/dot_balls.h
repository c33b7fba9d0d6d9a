// One inner product on balls of every Kind: for the elements that the kernels leave, and for higher precision.
#pragma once

#include "ops/shared/fibers.h"

namespace roundoff::truth {

class BallDot {
 public:
  explicit BallDot(long prec) : prec_(prec) {}
  void add(const Ball& x, const Ball& y);
  /// Σ of what was added, special values as IEEE 754 multiplies and adds them; a sum that is exactly zero is +0.
  void write(Ball& out) const;

 private:
  long prec_;
  ops::Census census_;
  Ball sum_;
};

}  // namespace roundoff::truth
