// What the views for people have in common: orders, groups, sentences and figures. Nothing here knows how it is laid
// out.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "roundoff/report.h"

namespace roundoff::views {

// ---- figures ----------------------------------------------------------------------------------------------------

[[nodiscard]] std::string error_figure(double x);        ///< "9.2e-05", "0"; "-" where there is none
[[nodiscard]] std::string ulp_figure(double x);          ///< "3.23", "1.2e+06"
[[nodiscard]] std::string milliseconds(double seconds);  ///< "0.03"; "-" where not timed
[[nodiscard]] std::string share(std::int64_t part,
                                std::int64_t whole);  ///< "9,943 (99 %)"; 100 % is all and nothing less
[[nodiscard]] std::string times(double factor);       ///< "23", "2.5"
/// Decimal and hex.
[[nodiscard]] std::pair<std::string, std::string> both_forms(const Number& number);
/// On one line, without control characters.
[[nodiscard]] std::string clean(std::string_view text);

// ---- the function -----------------------------------------------------------------------------------------------

/// "x: float32[10000] uniform(0,1,…)".
[[nodiscard]] std::string input_line(const InputReport& input);
/// How far the truth is certified.
[[nodiscard]] std::string truth_line(const FunctionReport& report);
/// What "ulp" means in this report.
[[nodiscard]] std::string ulp_line(const FunctionReport& report);
/// What the times mean.
[[nodiscard]] std::string time_line(const FunctionReport& report);
/// The verdict in a sentence or two.
[[nodiscard]] std::string conclusion(const FunctionReport& report);
/// The assert_close lines; empty where no tolerance is justified.
[[nodiscard]] std::vector<std::string> tolerance_lines(const FunctionReport& report);

// ---- backends ---------------------------------------------------------------------------------------------------

/// By mean |error|, those without one last.
[[nodiscard]] std::vector<const BackendReport*> nearest_first(const FunctionReport& report);
/// "torch 2.13.0".
[[nodiscard]] std::string label(const BackendReport& backend);
/// The backend whose worst element says most; nullptr where all are correctly rounded.
[[nodiscard]] const BackendReport* farthest(const FunctionReport& report);
/// "numpy at [3, 1]: 20.3 ulp".
[[nodiscard]] std::string worst_line(const BackendReport& backend);

/// A thing said of several backends.
struct Group {
  std::vector<std::string> names;
  std::string text;
  Class verdict = Class::undetermined;    ///< of verdicts()
  [[nodiscard]] std::string who() const;  ///< "numpy, torch"
};

/// Verdicts with their reasons; those with the same stand together.
[[nodiscard]] std::vector<Group> verdicts(const FunctionReport& report);
/// "summed left to right in float32: 10,000 of 10,000 bits …".
[[nodiscard]] std::vector<Group> causes(const FunctionReport& report);
[[nodiscard]] std::vector<Group> conformance(const FunctionReport& report);
/// NaN, infinity, zero-sign and subnormal mismatches, where there are any.
[[nodiscard]] std::vector<Group> mismatches(const FunctionReport& report);
[[nodiscard]] std::vector<Group> unstable(const FunctionReport& report);
[[nodiscard]] std::vector<Group> notes(const FunctionReport& report);
[[nodiscard]] std::vector<Group> skipped(const FunctionReport& report);

// ---- pairs ------------------------------------------------------------------------------------------------------

struct PairSummary {
  std::vector<std::vector<std::string>> same_bits;  ///< groups of at least two
  std::vector<PairReport> different;                ///< one pair for each two groups, farthest apart first
};
[[nodiscard]] PairSummary pairs(const FunctionReport& report);
/// "a-nearer 23×".
[[nodiscard]] std::string pair_verdict(const PairReport& pair);

}  // namespace roundoff::views
