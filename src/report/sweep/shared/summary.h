// What the views of a sweep for people have in common: sentences, figures and the plot. Nothing here knows where it
// stands on the page.
#pragma once

#include <string>
#include <vector>

#include "roundoff/sweep.h"

namespace roundoff::views {

[[nodiscard]] std::string ulps(double x);          ///< "0.5021", "1.2e+06"; signed as it is
[[nodiscard]] std::string inputs(std::int64_t n);  ///< "1 input", "1,234 inputs"

/// "exp in float32: glibc 2.36".
[[nodiscard]] std::string headline(const SweepReport& report);
/// "exhaustive: all 4,278,190,082 inputs", "sampled: …", "8,388,609 of 4,278,190,082 inputs …".
[[nodiscard]] std::string extent(const SweepReport& report);
/// Correctly rounded, and above 0.5, 1, 2 and 4 ulp.
[[nodiscard]] std::string shares(const SweepReport& report);
/// The signed errors in a few bins.
[[nodiscard]] std::string bins(const SweepReport& report);
[[nodiscard]] std::string flushes(const SweepReport& report);
[[nodiscard]] std::string twins(const SweepReport& report);
[[nodiscard]] std::string sweep_conclusion(const SweepReport& report);
/// The cell of the coverage table: the largest error, "unsupported", "failed".
[[nodiscard]] std::string cell(const SweepFunction& function, const std::string& backend);

/// Names, decimals and hex forms in columns.
[[nodiscard]] std::vector<std::string> point_rows(const SweepPoint& point);
[[nodiscard]] std::vector<std::string> pair_rows(const SweepRelation& relation);
[[nodiscard]] std::vector<std::string> repeat_rows(const SweepPoint& point);

/// Largest and mean error by binade, x from left to right; at most `width` columns. Empty where nothing was measured.
[[nodiscard]] std::vector<std::string> plot(const SweepReport& report, std::size_t width);

}  // namespace roundoff::views
