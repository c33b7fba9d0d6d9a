// One backend against the truth: the rules of verdict.h, each with its sentence.
#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "verdict/verdict.h"
#include "verdict/words.h"

namespace roundoff {
namespace {

// An op that multiplies relative errors by kAmplifies at kAmplifiesShare of its elements makes a function
// ill-conditioned there; below kFewUlps no one needs to hear about it.
constexpr double kAmplifies = 1000;
constexpr double kAmplifiesShare = 0.01;
constexpr double kFewUlps = 16;

VerdictReport conclude(const Evidence& e, Class verdict, std::string reason) {
  if (e.certified && e.metrics->undecided > 0 && e.metrics->count > 0) {
    reason += fmt::format("; the truth of {} is undecided and left out", elements(e.metrics->undecided));
  }
  return {verdict, std::move(reason), e.standing.sound, e.standing.probable};
}

std::string dtype_of(const Evidence& e) { return std::string(name_of(e.truth->dtype)); }

bool all_correct(const Evidence& e) { return e.metrics->correctly_rounded == e.metrics->count; }

/// A floating result in another dtype than the function's. An index as int32 for int64 is the same answer.
bool other_dtype(const Evidence& e) {
  const DType mine = e.output->dtype();
  return mine != e.truth->dtype && (is_float(mine) || is_float(e.truth->dtype));
}

bool lowers_the_verdict(const Finding& f) {
  return f.report.proven &&
         (f.effect == Class::precision_mode || f.effect == Class::dtype || f.effect == Class::semantics);
}

const Finding* decisive(const Evidence& e) {
  for (const Finding& f : e.findings) {
    if (lowers_the_verdict(f)) return &f;
  }
  return nullptr;
}

bool inside(const Evidence& e) { return e.standing.sound <= 1; }
bool often_unbounded(const Evidence& e) {
  return e.standing.unbounded > 0 &&
         static_cast<double>(e.standing.unbounded) >= kAmplifiesShare * static_cast<double>(e.standing.decided);
}
bool usual(const Evidence& e) { return inside(e) && e.standing.probable <= 1; }

std::string proven_words(const Finding& f) {
  return fmt::format("{}: {} of {} reproduced bit for bit", f.report.name, grouped(f.report.matched),
                     f.report.of == 1 ? "1 output" : grouped(f.report.of) + " outputs");
}

VerdictReport uncertified(const Evidence& e) {
  if (e.metrics->count > 0 && all_correct(e) && !other_dtype(e)) {
    return conclude(e, Class::identical,
                    "not certified: every element is its own float64 rerun, rounded to " + dtype_of(e));
  }
  return conclude(e, Class::undetermined,
                  fmt::format("not certified: there is no expression, so the reference is the same code in float64; "
                              "the largest difference to it is "
                              "{:.3g} ulp",
                              e.metrics->max_ulp));
}

VerdictReport inside_usual(const Evidence& e) {
  const bool amplified =
      e.amplification != nullptr && e.amplification->factor >= kAmplifies && e.amplification->share >= kAmplifiesShare;
  if (e.metrics->max_ulp > kFewUlps && amplified) {
    return conclude(
        e, Class::ill_conditioned,
        fmt::format("{} multiplies relative errors by up to {}, so that rounding alone may cost this many ulp; the "
                    "largest error is {} of it",
                    e.amplification->op, factor_words(e.amplification->factor), share_words(e.standing.probable)));
  }
  if (often_unbounded(e)) {
    const std::string op =
        e.amplification != nullptr && !e.amplification->op.empty() ? e.amplification->op : "the function";
    return conclude(e, Class::ill_conditioned,
                    fmt::format("{} has no bound at {}: there rounding alone may give any result", op,
                                elements(e.standing.unbounded)));
  }
  std::string reason;
  if (e.standing.probable > 0) {
    reason = fmt::format("the largest error is {} of what {} rounding may do here", share_words(e.standing.probable),
                         dtype_of(e));
  } else {
    reason = all_correct(e) ? "every decided element is the correctly rounded truth"
                            : "every value is the correctly rounded truth";
  }
  if (e.metrics->zero_sign_mismatches > 0) {
    reason += fmt::format("; the sign of zero differs at {}", elements(e.metrics->zero_sign_mismatches));
  }
  if (e.standing.unbounded > 0) reason += fmt::format("; no bound holds at {}", elements(e.standing.unbounded));
  if (const Finding* f = decisive(e)) reason += fmt::format(" ({})", f->report.name);
  return conclude(e, Class::rounding, reason);
}

/// "outside the float32 budget at 12 of 100 elements, the largest error 28 times it"
std::string outside_words(const Evidence& e) {
  const MetricValues& m = *e.metrics;
  std::string words = fmt::format("outside the {} budget at {} of {}", dtype_of(e), grouped(e.standing.outside),
                                  elements(e.standing.decided));
  if (std::isinf(e.standing.sound) && m.nan_mismatches + m.inf_mismatches > 0) {
    words += fmt::format(" ({} NaN and {} infinite where the truth is not, or the other way round)",
                         grouped(m.nan_mismatches), grouped(m.inf_mismatches));
  } else if (std::isinf(e.standing.sound)) {
    words += ", which asks for the exact result";
  } else {
    words += fmt::format(", the largest error {} it", share_words(e.standing.sound));
  }
  return words;
}

VerdictReport outside(const Evidence& e) {
  if (const Finding* f = decisive(e))
    return conclude(e, f->effect, fmt::format("{}; proven: {}", outside_words(e), proven_words(*f)));
  const std::string own = std::string(name_of(e.output->dtype()));
  if (other_dtype(e) && e.standing.outside_own == 0) {
    return conclude(e, Class::dtype,
                    fmt::format("the result is {} where the function's is {}; its own rounding explains the error", own,
                                dtype_of(e)));
  }
  if (e.standing.flushed == e.standing.outside) {
    return conclude(e, Class::precision_mode,
                    fmt::format("subnormal results come out as 0 ({}); all others are inside the budget",
                                elements(e.standing.flushed)));
  }
  if (e.without_subnormals != nullptr && outside_both(*e.output, *e.truth, *e.without_subnormals) == 0) {
    return conclude(e, Class::precision_mode,
                    fmt::format("subnormal arguments count as 0 ({}); all others are inside the budget",
                                elements(e.standing.outside)));
  }
  for (const auto& [name, truth] : e.variants) {
    const Standing s = stand(*e.output, truth);
    if (s.decided == e.standing.decided && s.sound <= 1 && s.unbounded * 2 <= s.decided) {
      return conclude(
          e, Class::semantics,
          fmt::format("{}; it computes another function, inside the budget of: {}", outside_words(e), name));
    }
  }
  if (e.standing.weak <= 1) {
    return conclude(e, Class::large_rounding,
                    fmt::format("inside the budget only relative to the scale of the function, not to each value: up "
                                "to {:.3g} ulp where the result is small",
                                e.metrics->max_ulp));
  }
  return conclude(e, Class::unexplained, outside_words(e) + ", and no replay explains it: treat it as a bug");
}

}  // namespace

VerdictReport judge(const Evidence& e) {
  if (e.unstable > 0) {
    return conclude(e, Class::nondeterministic,
                    fmt::format("{} of {} changed bits between runs on the same input", grouped(e.unstable),
                                elements(e.output->size())));
  }
  if (!e.certified) return uncertified(e);
  if (e.metrics->count == 0 && e.metrics->undecided > 0) {
    return conclude(
        e, Class::undetermined,
        fmt::format("the truth of all {} is undecided at the precision cap", elements(e.metrics->undecided)));
  }
  if (all_correct(e) && e.metrics->undecided == 0 && !other_dtype(e)) {
    const bool same = e.output->dtype() == e.truth->dtype;
    return conclude(e, Class::identical,
                    "every element is the correctly rounded truth" +
                        (same ? "" : fmt::format(" (as {})", name_of(e.output->dtype()))));
  }
  if (!inside(e)) return outside(e);
  if (other_dtype(e)) {
    const Finding* f = decisive(e);
    std::string reason = fmt::format("the result is {} where the function's is {}; its error is inside the budget",
                                     name_of(e.output->dtype()), dtype_of(e));
    if (f != nullptr) reason += "; proven: " + proven_words(*f);
    return conclude(e, Class::dtype, reason);
  }
  if (usual(e)) return inside_usual(e);
  return conclude(e, Class::large_rounding,
                  fmt::format("the largest error is {} what {} rounding usually does here, and {} of the worst case",
                              share_words(e.standing.probable), dtype_of(e), share_words(e.standing.sound)));
}

bool wants_amplification(const Evidence& e) {
  return e.certified && e.unstable == 0 && usual(e) && (e.metrics->max_ulp > kFewUlps || often_unbounded(e));
}

bool wants_variants(const Evidence& e) {
  return e.certified && e.unstable == 0 && !inside(e) && decisive(e) == nullptr &&
         e.standing.flushed < e.standing.outside;
}

}  // namespace roundoff
