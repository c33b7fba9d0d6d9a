#include "report/shared/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/format.h"
#include "base/text.h"

namespace roundoff::views {
namespace {

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

/// Says `text` of `name`, together with whoever it is said of already.
void say(std::vector<Group>& groups, const std::string& name, std::string text, Class verdict = Class::undetermined) {
  const auto same = [&](const Group& g) { return g.text == text && g.verdict == verdict; };
  const auto known = std::find_if(groups.begin(), groups.end(), same);
  if (known != groups.end()) {
    known->names.push_back(name);
  } else {
    groups.push_back({.names = {name}, .text = std::move(text), .verdict = verdict});
  }
}

std::string counted(std::int64_t n, std::string_view what) {
  const std::string_view plural = what.ends_with("ch") ? "es" : "s";
  return fmt::format("{} {}{}", grouped(n), what, n == 1 ? "" : plural);
}

std::int64_t mismatch_count(const MetricValues& m) {
  return m.nan_mismatches + m.inf_mismatches + m.zero_sign_mismatches;
}

/// Bytes of the first character of UTF-8 text (RFC 3629); 0 where they are none.
std::size_t character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i <= to; ++i) {
      if ((byte(i) & 0xC0U) != 0x80U) return false;
    }
    return true;
  };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1, 1) ? 2 : 0;
  // No overlong forms, no surrogates, nothing beyond U+10FFFF.
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if (first >= 0xE0 && first <= 0xEF) return continues(1, 2) ? 3 : 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  if (first >= 0xF0 && first <= 0xF4) return continues(1, 3) ? 4 : 0;
  return 0;
}

std::string cause_line(const CauseReport& cause) {
  std::string text = clean(cause.node.empty() ? cause.name : fmt::format("{}: {}", cause.node, cause.name));
  if (!cause.detail.empty()) text += fmt::format(" ({})", clean(cause.detail));
  text += fmt::format("; {} of {} bits", grouped(cause.matched), grouped(cause.of));
  if (!cause.proven) text += ", not proven";
  if (cause.also > 0) {
    text += cause.also == 1 ? "; 1 other hypothesis matches as well"
                            : fmt::format("; {} other hypotheses match as well", grouped(cause.also));
    if (!cause.also_names.empty()) text += fmt::format(": {}", clean(joined(cause.also_names)));
  }
  return text;
}

}  // namespace

// ---- figures ----------------------------------------------------------------------------------------------------

std::string error_figure(double x) {
  if (std::isnan(x)) return "-";
  return x == 0 ? "0" : fmt::format("{:.1e}", x);
}

std::string ulp_figure(double x) {
  if (std::isnan(x)) return "-";
  if (x == 0) return "0";
  constexpr double kShort = 0.005, kLong = 1e4;
  return x >= kShort && x < kLong ? fmt::format("{:.2f}", x) : fmt::format("{:.1e}", x);
}

std::string milliseconds(double seconds) {
  const double ms = seconds * 1000;
  if (std::isnan(ms) || ms <= 0) return "-";
  if (ms >= 100) return fmt::format("{:.0f}", ms);
  return ms >= 10 ? fmt::format("{:.1f}", ms) : ms >= 0.01 ? fmt::format("{:.2f}", ms) : fmt::format("{:.4f}", ms);
}

std::string share(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return "-";
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (part > 0 && percent < 0.5) return fmt::format("{} (<1 %)", grouped(part));
  const double shown = part < whole ? std::min(std::round(percent), 99.0) : 100.0;
  return fmt::format("{} ({:.0f} %)", grouped(part), shown);
}

std::string times(double factor) {
  if (factor >= 1e6) return fmt::format("{:.1e}", factor);
  return factor >= 10 ? grouped(std::llround(factor)) : fmt::format("{:.1f}", factor);
}

std::pair<std::string, std::string> both_forms(const Number& number) {
  if (!is_float(number.dtype)) return {fmt::format("{:.0f}", number.value), hex(number.value)};
  return {shortest(number.dtype, number.value), hex(number.value)};
}

std::string clean(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character(text);
    const auto first = static_cast<unsigned char>(text[0]),
               second = static_cast<unsigned char>(length == 2 ? text[1] : 0);
    const bool control = first < 0x20 || first == 0x7F || (first == 0xC2 && second < 0xA0);
    if (length == 0) {
      out += "\uFFFD";
    } else if (control) {
      out += ' ';
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

// ---- the function -----------------------------------------------------------------------------------------------

std::string input_line(const InputReport& input) {
  std::string text = fmt::format("{}: {}{}", clean(input.name), name_of(input.dtype), to_string(input.shape));
  if (!input.source.empty()) text += " " + clean(input.source);
  return text;
}

std::string truth_line(const FunctionReport& report) {
  const std::string all = counted(report.count, "element");
  const std::string again =
      report.refined > 0 ? fmt::format(" ({} computed again at higher precision)", grouped(report.refined)) : "";
  if (report.undecided > 0) {
    return fmt::format("truth: certified for {} of {}; {} undecided{}", grouped(report.count - report.undecided), all,
                       grouped(report.undecided), again);
  }
  if (!report.certified) return "truth: NOT CERTIFIED; the reference is each function rerun in float64";
  return report.count == 1 ? "truth: certified" : fmt::format("truth: certified for all {}{}", all, again);
}

std::string ulp_line(const FunctionReport& report) {
  const Format& format = format_of(report.dtype);
  return fmt::format(
      "ulp: |y − t| / ulp(t), t the exact real result and ulp(t) = 2^(max(⌊log2 |t|⌋, −{}) − {}), as in {}",
      -format.emin, format.precision - 1, name_of(is_float(report.dtype) ? report.dtype : DType::float64));
}

std::string time_line(const FunctionReport& report) {
  const bool timed =
      std::any_of(report.backends.begin(), report.backends.end(), [](const BackendReport& b) { return b.seconds > 0; });
  if (!timed) return "";
  return fmt::format("ms: median of warm calls on this machine{}",
                     report.machine.empty() ? "" : ": " + clean(report.machine));
}

std::string conclusion(const FunctionReport& report) {
  if (report.backends.empty()) return "nothing ran, so nothing is concluded.";
  std::map<Class, std::int64_t> counts;
  std::vector<std::string> beyond;
  for (const BackendReport& b : report.backends) {
    ++counts[b.verdict.verdict];
    if (beyond_rounding(b.verdict.verdict))
      beyond.push_back(fmt::format("{} ({})", b.name, name_of(b.verdict.verdict)));
  }
  const auto all = static_cast<std::int64_t>(report.backends.size());
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : counts) {
    if (beyond_rounding(verdict)) continue;
    const std::string where = all == 1 ? "" : fmt::format(" in {}{}", count == all ? "all " : "", count);
    parts.push_back(name_of(verdict) + where);
  }
  std::string text = report.certified || report.undecided > 0 ? "" : "NOT CERTIFIED: ";
  if (!beyond.empty()) {
    text += fmt::format("beyond rounding: {}", joined(beyond));
    if (!parts.empty()) text += fmt::format("; {}", joined(parts));
  } else {
    text += joined(parts);
    if (!counts.contains(Class::undetermined)) text += "; no bug";
  }
  text += ".";
  const auto order = nearest_first(report);
  const auto measured = std::find_if(order.rbegin(), order.rend(),
                                     [](const BackendReport* b) { return std::isfinite(b->metrics.mean_abs); });
  if (measured == order.rend() || *measured == order.front()) return text;
  const double near = order.front()->metrics.mean_abs, far = (*measured)->metrics.mean_abs;
  if (near == 0 && far > 0) {
    text += fmt::format(" {} is exact; {} is farthest from the truth.", order.front()->name, (*measured)->name);
  } else if (far >= 2 * near && near > 0) {
    text += fmt::format(" {} is {} times nearer the truth than {}.", order.front()->name, times(far / near),
                        (*measured)->name);
  }
  return clean(text);
}

std::vector<std::string> tolerance_lines(const FunctionReport& report) {
  if (!report.tolerance) return {};
  const auto [rtol, atol, basis] = *report.tolerance;
  if (!std::isfinite(rtol) || !std::isfinite(atol)) return {};
  return {fmt::format("np.testing.assert_allclose(a, b, rtol={}, atol={})", rtol, atol),
          fmt::format("torch.testing.assert_close(a, b, rtol={}, atol={})", rtol, atol)};
}

// ---- backends ---------------------------------------------------------------------------------------------------

std::vector<const BackendReport*> nearest_first(const FunctionReport& report) {
  std::vector<const BackendReport*> order;
  for (const BackendReport& backend : report.backends) order.push_back(&backend);
  const auto key = [](const BackendReport* b) {
    const double mean = b->metrics.mean_abs, ulp = b->metrics.max_ulp;
    return std::pair(std::isnan(mean) ? HUGE_VAL : mean, std::isnan(ulp) ? HUGE_VAL : ulp);
  };
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) { return key(a) < key(b); });
  return order;
}

std::string label(const BackendReport& backend) {
  std::string text = backend.name;
  if (!backend.version.empty()) text += " " + backend.version;
  if (backend.recorded) text += " (recorded)";
  return clean(text);
}

const BackendReport* farthest(const FunctionReport& report) {
  const BackendReport* found = nullptr;
  const auto key = [](const BackendReport& b) {
    return std::pair(mismatch_count(b.metrics) > 0, std::isnan(b.metrics.max_ulp) ? 0.0 : b.metrics.max_ulp);
  };
  for (const BackendReport& b : report.backends) {
    if (!b.worst || b.metrics.correctly_rounded == b.metrics.count) continue;
    if (found == nullptr || key(b) > key(*found)) found = &b;
  }
  return found;
}

std::string worst_line(const BackendReport& backend) {
  const Worst& worst = *backend.worst;
  const std::string place = worst.index.empty() ? "" : fmt::format(" at [{}]", fmt::join(worst.index, ", "));
  const bool kinds = !std::isfinite(worst.output.value) || !std::isfinite(worst.truth.value);
  const std::string error = kinds ? "another kind of value" : ulp_figure(backend.metrics.max_ulp) + " ulp";
  return clean(fmt::format("{}{}: {}", backend.name, place, error));
}

std::string Group::who() const { return clean(joined(names)); }

std::vector<Group> verdicts(const FunctionReport& report) {
  std::vector<Group> groups;
  for (const BackendReport* b : nearest_first(report))
    say(groups, b->name, clean(b->verdict.reason), b->verdict.verdict);
  return groups;
}

std::vector<Group> causes(const FunctionReport& report) {
  std::vector<Group> groups;
  for (const BackendReport* b : nearest_first(report)) {
    for (const CauseReport& cause : b->causes) say(groups, b->name, cause_line(cause));
  }
  return groups;
}

std::vector<Group> conformance(const FunctionReport& report) {
  std::vector<Group> groups;
  for (const BackendReport* b : nearest_first(report)) {
    if (!b->ieee754) continue;
    const auto& [op, conforms, wrong, of] = *b->ieee754;
    say(groups, b->name,
        conforms ? fmt::format("{} conforms: {} correctly rounded", op, grouped(of))
                 : fmt::format("{} does not conform: {} of {} not correctly rounded", op, grouped(wrong), grouped(of)));
  }
  return groups;
}

std::vector<Group> mismatches(const FunctionReport& report) {
  std::vector<Group> groups;
  for (const BackendReport* b : nearest_first(report)) {
    std::vector<std::string> kinds;
    const auto add = [&kinds](std::int64_t n, std::string_view what) {
      if (n > 0) kinds.push_back(fmt::format("{} of {}", grouped(n), what));
    };
    add(b->metrics.nan_mismatches, "NaN");
    add(b->metrics.inf_mismatches, "infinity");
    add(b->metrics.zero_sign_mismatches, "the sign of zero");
    add(b->metrics.subnormal_mismatches, "subnormals");
    if (!kinds.empty()) say(groups, b->name, "mismatches: " + joined(kinds));
  }
  return groups;
}

std::vector<Group> unstable(const FunctionReport& report) {
  std::vector<Group> groups;
  for (const BackendReport* b : nearest_first(report)) {
    if (b->unstable > 0)
      say(groups, b->name, fmt::format("{} differ between {} runs", counted(b->unstable, "element"), b->repeats));
  }
  return groups;
}

std::vector<Group> notes(const FunctionReport& report) {
  std::vector<Group> groups;
  for (const BackendReport* b : nearest_first(report)) {
    for (const std::string& note : b->notes) say(groups, b->name, clean(note));
  }
  return groups;
}

std::vector<Group> skipped(const FunctionReport& report) {
  std::vector<Group> groups;
  for (const Skipped& s : report.skipped) {
    say(groups, s.name, clean(s.remedy.empty() ? s.reason : fmt::format("{} ({})", s.reason, s.remedy)));
  }
  return groups;
}

// ---- pairs ------------------------------------------------------------------------------------------------------

PairSummary pairs(const FunctionReport& report) {
  // The first of the backends with the same bits, in the order of the table, stands for all of them.
  std::map<std::string, std::string> leader;
  std::vector<std::string> order;
  for (const BackendReport* b : nearest_first(report)) order.push_back(b->name);
  const auto same = [&report](const std::string& a, const std::string& b) {
    return std::any_of(report.pairs.begin(), report.pairs.end(), [&](const PairReport& p) {
      return ((p.a == a && p.b == b) || (p.a == b && p.b == a)) && p.values.of > 0 && p.values.identical == p.values.of;
    });
  };
  PairSummary summary;
  std::vector<std::vector<std::string>> groups;
  for (const std::string& name : order) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return same(g.front(), name); });
    leader[name] = group == groups.end() ? name : group->front();
    if (group == groups.end()) {
      groups.push_back({name});
    } else {
      group->push_back(name);
    }
  }
  for (auto& group : groups) {
    if (group.size() > 1) summary.same_bits.push_back(std::move(group));
  }
  for (const PairReport& pair : report.pairs) {
    if (leader[pair.a] == pair.a && leader[pair.b] == pair.b) summary.different.push_back(pair);
  }
  const auto size = [](const PairReport& p) { return std::isnan(p.values.mean_abs) ? -1.0 : p.values.mean_abs; };
  std::stable_sort(summary.different.begin(), summary.different.end(),
                   [&](const PairReport& a, const PairReport& b) { return size(a) > size(b); });
  return summary;
}

std::string pair_verdict(const PairReport& pair) {
  std::string text = name_of(pair.verdict);
  const bool nearer = pair.verdict == PairClass::a_nearer || pair.verdict == PairClass::b_nearer;
  if (nearer && std::isfinite(pair.factor) && pair.factor > 1) text += fmt::format(" {}×", times(pair.factor));
  if (pair.values.mismatches > 0) text += fmt::format(", {}", counted(pair.values.mismatches, "mismatch"));
  return text;
}

}  // namespace roundoff::views
