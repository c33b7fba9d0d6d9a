#include "verdict/arrays.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "verdict/words.h"

namespace roundoff {
namespace {

std::string limits(const Beyond& beyond) {
  std::string text = fmt::format("rtol={:g}, atol={:g}", beyond.rtol, beyond.atol);
  if (beyond.max_ulp) text += fmt::format(", max_ulp={}", *beyond.max_ulp);
  return text;
}

std::string extent(const TensorDiff& diff) {
  const DiffFigures& f = diff.figures;
  return fmt::format("{} of {} differ", grouped(f.of - f.identical), elements(f.of));
}

}  // namespace

std::int64_t refused(const Beyond& beyond) { return std::max(beyond.numpy, beyond.ulp); }

void judge_arrays(TensorDiff& diff, bool asked) {
  const auto say = [&](Class verdict, Nearer nearer, std::string reason) {
    diff.verdict = verdict;
    diff.nearer = nearer;
    diff.reason = std::move(reason);
  };
  const auto proof = std::ranges::find_if(diff.findings, [](const DiffFinding& finding) {
    return finding.verdict != Class::undetermined && finding.matched == finding.of;
  });
  if (!diff.not_compared.empty()) {
    return proof == diff.findings.end()
               ? say(Class::unexplained, Nearer::unknown, diff.not_compared)
               : say(proof->verdict, Nearer::unknown, fmt::format("{}; {}", diff.not_compared, proof->name));
  }
  const DiffFigures& f = diff.figures;
  const bool same_dtype = diff.dtype_a == diff.dtype_b;
  if (f.identical == f.of) {
    return same_dtype ? say(Class::identical, Nearer::both, "every bit is the same")
                      : say(Class::dtype, Nearer::both,
                            fmt::format("the same values, as {} and as {}", diff.dtype_a, diff.dtype_b));
  }
  if (proof != diff.findings.end()) return say(proof->verdict, Nearer::unknown, proof->name);
  if (f.kind_mismatches > 0) {
    return say(Class::unexplained, Nearer::unknown,
               fmt::format("{} where only one side has NaN or this infinity", elements(f.kind_mismatches)));
  }
  const std::int64_t beyond = refused(diff.beyond);
  const std::string dtypes = same_dtype ? "" : fmt::format("{} against {}, ", diff.dtype_a, diff.dtype_b);
  say(Class::undetermined, Nearer::unknown,
      fmt::format("{}{}, {}; arrays alone do not show whether rounding explains it", dtypes, extent(diff),
                  beyond == 0 ? fmt::format("{} {}", asked ? "all within" : "all within the usual", limits(diff.beyond))
                              : fmt::format("{} beyond {}", grouped(beyond), limits(diff.beyond))));
}

}  // namespace roundoff
