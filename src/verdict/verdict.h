// Budgets, metrics and causes to conclusions.
#pragma once

#include <span>
#include <vector>

#include "causes/cause.h"
#include "metrics/metric.h"
#include "truth/truth.h"

namespace roundoff {

struct Evidence {
  const Array* output = nullptr;
  const Truth* truth = nullptr;
  const MetricValues* metrics = nullptr;
  std::int64_t unstable = 0;
  std::span<const Finding> findings;
  const Amplification* amplification = nullptr;  ///< nullptr: not looked at
  /// Truths of the variants of the function, tried only where the output is outside the budget.
  std::span<const std::pair<std::string, Truth>> variants;
};

/// One backend against the truth.
[[nodiscard]] VerdictReport judge(const Evidence& evidence);
/// Whether judge() would want the amplification or the variants: they cost time, so the pipeline asks first.
[[nodiscard]] bool wants_amplification(const Evidence& evidence);
[[nodiscard]] bool wants_variants(const Evidence& evidence);

/// Two backends, from their reports and their difference.
[[nodiscard]] PairReport judge_pair(const BackendReport& a, const BackendReport& b, const PairValues& values);

/// The tolerance that the sound budget justifies: the smallest rtol (rounded up to two digits), and atol for what lies near zero.
[[nodiscard]] Tolerance justified_tolerance(const Truth& truth);

}  // namespace roundoff
