// Budgets, metrics and causes to conclusions.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "causes/cause.h"
#include "metrics/metric.h"
#include "truth/truth.h"

namespace roundoff {

/// Where an output stands against the budgets of a truth. A share is the largest |y − t| / radius over the decided
/// elements: 0 where an element is the correctly rounded truth or has no bound, +∞ where the radius is 0 or the kinds
/// differ (NaN, infinity) and the budget has no room for that.
struct Standing {
  double sound = 0;
  double probable = 0;
  double weak = 0;  ///< against the ops' scale allowances; the sound share where no op has one
  std::int64_t decided = 0;
  std::int64_t outside = 0;  ///< elements beyond their sound radius
  std::int64_t first_outside = -1;
  std::int64_t flushed = 0;      ///< of those outside: zeros where the truth rounds to a subnormal
  std::int64_t outside_own = 0;  ///< elements beyond their sound radius and an ulp of the output's own (narrower) dtype
  std::int64_t unbounded = 0;    ///< elements without a bound that are not correctly rounded
};
[[nodiscard]] Standing stand(const Array& output, const Truth& truth);
/// Elements beyond the sound radius of either truth, of the same dtype and shape; a zero where `a` rounds to a
/// subnormal is none.
[[nodiscard]] std::int64_t outside_both(const Array& output, const Truth& a, const Truth& b);

struct Evidence {
  const Array* output = nullptr;
  const Truth* truth = nullptr;
  const MetricValues* metrics = nullptr;
  Standing standing;      ///< stand(output, truth)
  bool certified = true;  ///< false: `truth` is only a rerun in float64
  std::int64_t unstable = 0;
  std::span<const Finding> findings;
  const Amplification* amplification = nullptr;  ///< nullptr: not looked at
  /// Truths of the variants of the function, tried only where the output is outside the budget.
  std::span<const std::pair<std::string, Truth>> variants;
  /// The truth for the inputs with their subnormals taken as 0, tried with the variants; nullptr: no input has any.
  const Truth* without_subnormals = nullptr;
};

/// One backend against the truth. The rules, first match wins:
/// nondeterministic · undetermined (nothing decided, or not certified) · identical · then by the budgets:
/// inside the probable one: ill-conditioned (an op amplifies) or rounding; inside the sound one, or only the weak one:
/// large-rounding; outside: the class of a proven cause, the output's own narrower dtype, flushed subnormals (arguments
/// or results, seen in the outputs themselves), a variant of the function, else unexplained. A floating output of
/// another dtype than the function's is never better than `dtype`.
[[nodiscard]] VerdictReport judge(const Evidence& evidence);
/// Whether judge() would want the amplification or the variants: they cost time, so the pipeline asks first.
[[nodiscard]] bool wants_amplification(const Evidence& evidence);
[[nodiscard]] bool wants_variants(const Evidence& evidence);

/// Two backends, from their reports and their difference. A backend counts as inside its budget where its sound share
/// is at most 1.
[[nodiscard]] PairReport judge_pair(const BackendReport& a, const BackendReport& b, const PairValues& values);

/// The tolerance within which two honest implementations agree: each is within the sound budget R of the truth t, so |a
/// − b| ≤ 2R, and assert_allclose grants atol + rtol·|b| with |b| ≥ |t| − R. Of all pairs (rtol, atol) that cover every
/// element it answers the one with the least geometric mean of what they grant: a vertex of the upper hull of the
/// points (|t| − R, 2R). Both are rounded up to two digits. nullopt where no element has a bound.
[[nodiscard]] std::optional<Tolerance> justified_tolerance(const Truth& truth);

}  // namespace roundoff
