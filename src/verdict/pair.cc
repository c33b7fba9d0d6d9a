// Two backends: which one is nearer the truth, or why they are alike.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "verdict/verdict.h"
#include "verdict/words.h"

namespace roundoff {
namespace {

constexpr double kNearer = 4;  // a smaller factor of mean |error| is luck of the draw

/// How many times larger y is than x; 1 where neither says anything.
double factor_of(double x, double y) {
  if (std::isnan(x) || std::isnan(y) || x == y) return 1;
  return x == 0 ? std::numeric_limits<double>::infinity() : y / x;
}

bool inside(const BackendReport& r) { return r.verdict.sound_share <= 1; }

/// The first proven cause that both name for the same node.
const CauseReport* common_cause(const BackendReport& a, const BackendReport& b) {
  for (const CauseReport& mine : a.causes) {
    if (!mine.proven) continue;
    const auto same = std::find_if(b.causes.begin(), b.causes.end(), [&](const CauseReport& theirs) {
      return theirs.proven && theirs.node == mine.node;
    });
    return same != b.causes.end() && same->name == mine.name && same->detail == mine.detail ? &mine : nullptr;
  }
  return nullptr;
}

void nearer(PairReport& out, bool a, std::string why) {
  out.verdict = a ? PairClass::a_nearer : PairClass::b_nearer;
  out.reason = fmt::format("{} is nearer the truth: {}", a ? out.a : out.b, why);
}

}  // namespace

PairReport judge_pair(const BackendReport& a, const BackendReport& b, const PairValues& values) {
  PairReport out{a.name, b.name, values, PairClass::undetermined, 1, ""};
  const double a_better = factor_of(a.metrics.mean_abs, b.metrics.mean_abs);
  out.factor = std::max(a_better, a_better == 0 ? std::numeric_limits<double>::infinity() : 1 / a_better);
  if (values.identical == values.of) {
    out.verdict = PairClass::identical;
    out.reason = a.dtype == b.dtype ? "all bits are the same" : "all values are the same";
  } else if (a.verdict.verdict == Class::undetermined || b.verdict.verdict == Class::undetermined) {
    out.reason = "the truth does not say which is nearer";
  } else if (inside(a) != inside(b)) {
    nearer(out, inside(a), "it is inside its budget, the other is not");
  } else if (!inside(a)) {
    const CauseReport* cause = common_cause(a, b);
    out.verdict = cause != nullptr ? PairClass::same_cause : PairClass::neither;
    out.reason = cause != nullptr ? "both outside the budget, both by " + cause->name : "both are outside the budget";
  } else if (out.factor >= kNearer) {
    nearer(out, a_better > 1, fmt::format("its mean error is {} times smaller", factor_words(out.factor)));
  } else if (const CauseReport* cause = common_cause(a, b); cause != nullptr) {
    out.verdict = PairClass::same_cause;
    out.reason = fmt::format("both {}: {}", cause->node, cause->name);
  } else {
    out.verdict = PairClass::both_rounding;
    out.reason = "both are inside the budget";
  }
  return out;
}

}  // namespace roundoff
