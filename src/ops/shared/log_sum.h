// What logsumexp, softmax and log_softmax share: log Σ exp(x), computed with the greatest x taken out.
#pragma once

#include "ops/shared/fibers.h"

namespace roundoff::ops {

/// e^(x_i − m) for each element and their sum, m the midpoint of the greatest.
class ExponentialSum {
 public:
  /// Only reals and −∞ (of which not all) come in: classify with edge_of() first.
  ExponentialSum(std::span<const Ball> in, long prec);
  [[nodiscard]] const std::vector<Ball>& terms() const { return terms_; }
  [[nodiscard]] const Ball& sum() const { return sum_; }
  /// m + log Σ e^(x − m).
  void logarithm(Ball& out) const;
  /// (x − m) − log Σ e^(x − m) for a real x.
  void logarithm_of_share(Ball& out, const Ball& x) const;

 private:
  long prec_;
  Ball greatest_, sum_;
  std::vector<Ball> terms_;
};

/// What log Σ exp(x) is where the reals do not decide it; Kind::real where they do. Of no elements: −∞.
[[nodiscard]] Kind edge_of_log_sum(const Census& census);

/// The budget of the logarithm, from midpoints and radii. Derivation: docs/budgets.md.
class LogSumBudget {
 public:
  LogSumBudget(std::span<const double> mid, std::span<const double> rad, const Unit& unit);
  /// What the arguments' radii make of log Σ e^x.
  [[nodiscard]] double inherited() const { return inherited_; }
  /// What evaluating it adds: shifted exponentials, a sum in any order, the logarithm, the shift back.
  [[nodiscard]] double rounding() const { return rounding_; }
  /// The same for a chain of logaddexp in any order.
  [[nodiscard]] double chain() const;
  /// Upper bound of how far x_i lies below the greatest argument, and of the relative error of e^(x_i − m).
  [[nodiscard]] double depth(double mid) const { return greatest_ - mid + reach_; }
  [[nodiscard]] double error_of_term(double mid) const;

 private:
  const Unit& unit_;
  double count_, greatest_, reach_ = 0, sum_ = 0, inherited_ = 0, rounding_ = 0;
};

}  // namespace roundoff::ops
