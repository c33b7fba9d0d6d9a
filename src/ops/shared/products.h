// What prod and cumulative_prod share.
#pragma once

#include "ops/shared/fibers.h"

namespace roundoff::ops {

/// A running product of balls, special values as IEEE 754 multiplies them.
class BallProduct {
 public:
  BallProduct();
  void take(const Ball& factor, long prec);
  [[nodiscard]] const Ball& value() const { return product_; }

 private:
  const Elementwise& multiply_;
  Ball product_;
};

/// A running product's budget. With relative radii t_i = r_i / |x_i| and n − 1 roundings in any order the computed
/// product is within a factor Π(1 + t_i)·(1 + u)^(n−1) of the real one, partial products staying in range.
class ProductBudget {
 public:
  explicit ProductBudget(const Unit& unit);
  void take(double mid, double rad);
  /// Radius round the product, its final rounding apart; +∞ where some order overflows.
  [[nodiscard]] double radius(double product) const;

 private:
  const Unit& unit_;
  double largest_, smallest_;  ///< logarithms of the range in which nothing over- or underflows
  double count_ = 0, relative_ = 0, squares_ = 0;
  double above_ = 0, below_ = 0;  ///< Σ log of the factors above 1, and of those below, as far out as their radii allow
  bool zero_ = false, unsure_ = false;  ///< an exact 0; a factor whose radius reaches 0
};

}  // namespace roundoff::ops
