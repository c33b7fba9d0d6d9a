// The jury: replays every hypothesis, compares bits, and says how good the evidence is.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "causes/replay/evidence.h"
#include "causes/replay/reduce.h"
#include "causes/replay/subject.h"

namespace roundoff {
namespace causes {
std::vector<Cause> make_all();
}

namespace {

constexpr int kMostDraws = 64;        // further inputs for thin evidence
constexpr int kDrawsToTellApart = 8;  // further inputs to tell equally matching hypotheses apart, once proven
constexpr std::int64_t kElementsDrawn =
    4'000'000;  // input elements over all further inputs: above, what one call gives must do
constexpr std::size_t kMostNames = 8;

struct Match {
  const Cause* cause;
  Hypothesis hypothesis;
  double evidence = 0;
};

struct Partial {
  const Cause* cause = nullptr;
  Hypothesis hypothesis;
  std::int64_t matched = 0;
};

struct Trial {
  std::vector<Match> matches;
  Partial best;
  std::int64_t tried = 0;
  std::int64_t draws = 0;  ///< further inputs that all matches agreed with
};

/// The last op of a whole function of several ops, from correctly rounded arguments; nullopt where that is no op or
/// cannot be had.
std::optional<Subject> last_op_of(const Subject& subject, std::vector<Array>& arguments) {
  if (replay::is_one_op(subject) || subject.graph->has_gradient()) return std::nullopt;
  Result<std::vector<Array>> in = replay::arguments_of(subject);
  if (!in) return std::nullopt;
  arguments = std::move(*in);
  Subject node = subject;
  node.whole = false;
  node.in = arguments;
  node.probe = {};
  return node;
}

Finding finding_of(const Subject& subject, const Cause& cause, const Hypothesis& hypothesis, std::int64_t matched) {
  Finding finding;
  finding.report.name = hypothesis.name;
  finding.report.cause = cause.name;
  finding.report.node = subject.whole && !replay::is_one_op(subject) ? expression_of(*subject.graph, subject.node)
                                                                     : std::string(replay::op_of(subject));
  finding.report.matched = matched;
  finding.report.of = subject.out->size();
  finding.report.detail = hypothesis.detail;
  finding.effect = hypothesis.effect;
  finding.node = subject.node;
  return finding;
}

/// How many of the elements that are not correctly rounded the replay gets right, and how many there are.
std::pair<std::int64_t, std::int64_t> odd_ones(const Subject& subject, const Array& replay) {
  std::int64_t right = 0, odd = 0;
  for (std::int64_t i = 0; i < replay.size(); ++i) {
    if (subject.out->get(i) == subject.exact->get(i)) continue;
    ++odd;
    right += replay.bits(i) == subject.out->bits(i);
  }
  return {right, odd};
}

/// What the replay's bits say, against correct rounding or against the arithmetic that the hypothesis denies.
double evidence_of(const Subject& subject, const Hypothesis& hypothesis, const Array& replay) {
  const double odd = replay::evidence_bits(replay, *subject.exact);
  if (!hypothesis.against) return odd;
  const Result<Array> plain = hypothesis.against(subject);
  return plain ? std::max(odd, replay::evidence_bits(replay, *plain)) : odd;
}

void consider(const Subject& subject, const Cause& cause, const Hypothesis& hypothesis, Trial& trial) {
  ++trial.tried;
  if (hypothesis.screen && !hypothesis.screen(subject)) return;
  const Result<Array> replay = hypothesis.replay(subject);
  if (!replay) return;
  const std::int64_t matched = count_same_bits(*replay, *subject.out);
  if (matched == subject.out->size()) {
    trial.matches.push_back({&cause, hypothesis, evidence_of(subject, hypothesis, *replay)});
  } else if (matched > trial.best.matched && 10 * matched > 9 * subject.out->size()) {
    const auto [right, odd] = odd_ones(subject, *replay);
    if (10 * right > 9 * odd) trial.best = {&cause, hypothesis, matched};
  }
}

bool settled(const Trial& trial) {
  const Match& first = trial.matches.front();
  if (first.hypothesis.only_here) return true;
  const bool proven = first.evidence >= replay::threshold_bits(trial.tried);
  return proven && (trial.matches.size() == 1 || trial.draws >= kDrawsToTellApart);
}

/// One further input: the hypotheses that fail on it are dropped. An Error, or false, where the probe gives nothing to
/// compare.
Result<bool> draw_once(const Subject& subject, std::uint64_t draw, Trial& trial) {
  ROUNDOFF_TRY(const std::vector<Array> in, replay::further_inputs(subject.in, draw));
  ROUNDOFF_TRY(const Array out, subject.probe(in));
  if (out.shape() != subject.out->shape() || out.dtype() != subject.out->dtype()) return false;
  const Subject drawn = replay::with_arrays(subject, in, out, out);  // what is exact is not known yet
  ROUNDOFF_TRY(const std::vector<Array> arguments, replay::arguments_of(drawn));
  std::int64_t undecided = 0;
  ROUNDOFF_TRY(const Array exact, correctly_rounded(*subject.graph, subject.node, arguments, &undecided));
  if (undecided > 0) return false;
  const Subject complete = replay::with_arrays(subject, in, out, exact);
  std::vector<Match> alive;
  for (Match& match : trial.matches) {
    if (match.hypothesis.only_here) {
      alive.push_back(std::move(match));
      continue;
    }
    const Result<Array> replay = match.hypothesis.replay(complete);
    if (!replay || count_same_bits(*replay, out) != out.size()) continue;
    match.evidence += evidence_of(complete, match.hypothesis, *replay);
    alive.push_back(std::move(match));
  }
  trial.matches = std::move(alive);
  ++trial.draws;
  return true;
}

/// More inputs while the evidence is thin or several hypotheses match. The matches that are refuted are gone
/// afterwards.
void thicken(const Subject& subject, Trial& trial) {
  if (!subject.probe || !replay::is_one_op(subject)) return;
  std::int64_t elements = 0;
  for (const Array& array : subject.in) elements += array.size();
  const std::int64_t most = std::min<std::int64_t>(kMostDraws, kElementsDrawn / std::max<std::int64_t>(elements, 1));
  for (std::int64_t draw = 0; draw < most && !trial.matches.empty() && !settled(trial); ++draw) {
    const Result<bool> drawn = draw_once(subject, static_cast<std::uint64_t>(draw), trial);
    if (!drawn || !*drawn) return;
  }
}

/// Tries the causes of one round on the whole function, or on its last op; then collects more evidence.
void try_causes(const Subject& subject, const std::optional<Subject>& last_op, bool last_resort, Trial& trial) {
  trial.draws = 0;
  for (const Cause& cause : all_causes()) {
    if (cause.last_resort != last_resort) continue;
    if (!cause.whole_function && !last_op && !replay::is_one_op(subject)) continue;
    const Subject& seen = cause.whole_function || !last_op ? subject : *last_op;
    for (Hypothesis& hypothesis : cause.hypotheses(seen)) {
      if (&seen != &subject) {
        hypothesis.detail +=
            hypothesis.detail.empty() ? "from correctly rounded arguments" : ", from correctly rounded arguments";
      }
      consider(seen, cause, hypothesis, trial);
    }
  }
  if (!trial.matches.empty()) thicken(subject, trial);
}

std::string full_name(const Match& match) {
  return match.hypothesis.detail.empty() ? match.hypothesis.name
                                         : match.hypothesis.name + ", " + match.hypothesis.detail;
}

Finding named(const Subject& subject, const Trial& trial) {
  const Match& first = trial.matches.front();
  Finding finding = finding_of(subject, *first.cause, first.hypothesis, subject.out->size());
  finding.report.evidence_bits = first.evidence;
  finding.report.proven = first.evidence >= replay::threshold_bits(trial.tried);
  // Who else has these bits is no other hypothesis of how they came about: the pairs say it.
  std::span<const Match> others = std::span(trial.matches).subspan(1);
  if (!first.hypothesis.only_here) {
    others = others.first(static_cast<std::size_t>(
        std::ranges::find_if(others, [](const Match& match) { return match.hypothesis.only_here; }) - others.begin()));
  }
  finding.report.also = static_cast<std::int64_t>(others.size());
  for (const Match& match : others.first(std::min(others.size(), kMostNames)))
    finding.report.also_names.push_back(full_name(match));
  if (trial.draws > 0 && !first.hypothesis.only_here) {
    const std::string more = fmt::format("{} of {}, and {} of {} further inputs", grouped(subject.out->size()),
                                         grouped(subject.out->size()), trial.draws, trial.draws);
    finding.report.detail += finding.report.detail.empty() ? more : "; " + more;
  }
  return finding;
}

/// Of a subject that is correctly rounded throughout: the wider accumulator that it shows, or just that.
Finding correct_throughout(const Subject& subject) {
  static const Cause kCorrect{.name = "correctly_rounded", .summary = {}, .source = {}};
  const Hypothesis correctly{.name = "correctly rounded"};
  Trial trial;
  Subject quiet = subject;  // no probing: the bits at hand say enough or nothing
  quiet.probe = {};
  if (replay::is_one_op(subject)) {
    for (const Cause& cause : all_causes()) {
      for (const Hypothesis& hypothesis : cause.hypotheses(quiet)) {
        if (hypothesis.against) consider(quiet, cause, hypothesis, trial);
      }
    }
  }
  if (!trial.matches.empty() && trial.matches.front().evidence >= replay::threshold_bits(trial.tried)) {
    trial.matches.push_back({&kCorrect, correctly});
    return named(quiet, trial);
  }
  Finding finding = finding_of(subject, kCorrect, correctly, subject.out->size());
  finding.report.proven = true;
  return finding;
}

/// What comes nearest, said to be no explanation; of a sum of which nothing comes near, that its order is unexplained.
std::vector<Finding> unexplained(const Subject& subject, const Trial& trial) {
  if (trial.best.cause != nullptr && trial.draws == 0) {
    Hypothesis nearest = trial.best.hypothesis;
    nearest.name = "unexplained; nearest: " + nearest.name;
    return {finding_of(subject, *trial.best.cause, nearest, trial.best.matched)};
  }
  static const Cause kUnexplained{.name = "unexplained", .summary = {}, .source = {}};
  const bool sums = replay::is_a<Contraction>(subject) || replay::is_reduction(subject) || replay::is_scan(subject);
  if (!sums || !replay::is_one_op(subject)) return {};
  return {finding_of(subject, kUnexplained, {.name = "unexplained order; nearest: correctly rounded"},
                     count_same_bits(*subject.exact, *subject.out))};
}

Status check(const Subject& subject) {
  if (subject.graph == nullptr || subject.out == nullptr || subject.exact == nullptr || subject.node < 0 ||
      subject.node >= static_cast<int>(subject.graph->nodes.size())) {
    return Error{Code::usage, "a subject needs a graph, a node, an output and what is correct", "explain", ""};
  }
  if (subject.out->shape() != subject.exact->shape()) {
    return Error{Code::usage,
                 "the output's shape " + to_string(subject.out->shape()) + " is not the function's " +
                     to_string(subject.exact->shape()),
                 "explain", ""};
  }
  const std::size_t wanted = subject.whole ? subject.graph->inputs().size() : replay::node_of(subject).in.size();
  if (wanted != subject.in.size())
    return Error{Code::usage, fmt::format("{} arrays for {} arguments", subject.in.size(), wanted), "explain", ""};
  return {};
}

}  // namespace

const std::vector<Cause>& all_causes() {
  static const std::vector<Cause> all = [] {
    std::vector<Cause> made = causes::make_all();
    std::ranges::stable_sort(made, {}, &Cause::rank);
    return made;
  }();
  return all;
}

Result<std::vector<Finding>> explain(const Subject& subject) {
  ROUNDOFF_CHECK(check(subject));
  if (subject.out->size() == 0) return std::vector<Finding>{};
  if (count_same_bits(*subject.out, *subject.exact) == subject.out->size())
    return std::vector<Finding>{correct_throughout(subject)};
  Trial trial;
  std::vector<Array> arguments;
  const std::optional<Subject> last_op = last_op_of(subject, arguments);
  for (const bool last_resort : {false, true}) {
    if (trial.matches.empty()) try_causes(subject, last_op, last_resort, trial);
  }
  if (!trial.matches.empty()) return std::vector<Finding>{named(subject, trial)};
  return unexplained(subject, trial);
}

}  // namespace roundoff
