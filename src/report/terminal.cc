#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/shared/layout.h"
#include "report/shared/summary.h"
#include "report/view.h"

namespace roundoff {
namespace {

using namespace views;

constexpr std::size_t kLabel = 9;   // columns of "Verdict  "
constexpr std::size_t kLeast = 72;  // a narrower terminal breaks the lines itself

std::string_view colour_of(Class verdict) {
  switch (verdict) {
    case Class::identical:
    case Class::rounding:
      return "\x1b[32m";
    case Class::large_rounding:
    case Class::ill_conditioned:
    case Class::undetermined:
      return "\x1b[33m";
    case Class::precision_mode:
    case Class::dtype:
    case Class::semantics:
      return "\x1b[35m";
    case Class::nondeterministic:
    case Class::unexplained:
      return "\x1b[31m";
  }
  return "";
}

class Terminal {
 public:
  Terminal(const FunctionReport& report, const ViewOptions& options)
      : report_(report), width_(std::max(options.width, kLeast)), colour_(options.colour) {}

  std::string run() {
    headline();
    table();
    verdict();
    section("Why", causes(report_));
    section("IEEE 754", conformance(report_));
    section("Special", mismatches(report_));
    section("Unstable", unstable(report_));
    worst();
    pair_table();
    section("Notes", notes(report_));
    section("Skipped", skipped(report_));
    tolerance();
    // One line, however long: it is there to be copied.
    if (!report_.repro.empty()) line(label_of("Again") + clean(report_.repro));
    return std::move(out_);
  }

 private:
  void line(std::string_view text) { out_.append(text).append("\n"); }

  [[nodiscard]] std::string painted(std::string_view text, std::string_view colour) const {
    return colour_ ? fmt::format("{}{}\x1b[0m", colour, text) : std::string(text);
  }
  [[nodiscard]] std::string bold(std::string_view text) const { return painted(text, "\x1b[1m"); }
  [[nodiscard]] std::string label_of(std::string_view label) const {
    return bold(label) + std::string(kLabel - columns(label), ' ');
  }

  /// Text beside a label, the following lines below the text.
  void paragraph(std::string_view label, std::string_view text, std::size_t indent = 0) {
    std::string head = label.empty() ? std::string(kLabel, ' ') : label_of(label);
    const std::size_t room = width_ - kLabel - indent;
    const auto all = wrapped(text, room);
    for (std::size_t i = 0; i < all.size(); ++i) {
      line(head + std::string(i > 0 ? indent : 0, ' ') + all[i]);
      head = std::string(kLabel, ' ');
    }
  }

  void section(std::string_view label, const std::vector<Group>& groups) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      paragraph(i == 0 ? label : "", fmt::format("{}: {}", groups[i].who(), groups[i].text), 2);
    }
  }

  void headline() {
    if (!report_.title.empty()) {
      for (const std::string& part : wrapped(clean(report_.title), width_)) line(bold(part));
    }
    const std::string expression = clean(report_.expression);
    constexpr std::size_t kGap = 6;
    const bool beside =
        report_.inputs.size() == 1 && columns(expression) + kGap + columns(input_line(report_.inputs[0])) <= width_;
    if (beside) {
      line(bold(expression) + std::string(kGap, ' ') + input_line(report_.inputs[0]));
    } else {
      for (const std::string& part : wrapped(expression, width_)) line(bold(part));
      for (const InputReport& input : report_.inputs) {
        for (const std::string& part : wrapped(input_line(input), width_ - 2)) line("  " + part);
      }
    }
    for (const std::string& part : wrapped(truth_line(report_), width_)) line(part);
  }

  void table() {
    if (report_.backends.empty()) return;
    Table table({"backend", "mean |error|", "max |error|", "max ulp", "correctly rounded", "ms"});
    for (const BackendReport* b : nearest_first(report_)) {
      const MetricValues& m = b->metrics;
      table.add({label(*b), error_figure(m.mean_abs), error_figure(m.max_abs), ulp_figure(m.max_ulp),
                 share(m.correctly_rounded, m.count), milliseconds(b->seconds)});
    }
    line("");
    for (const std::string& row : table.lines(width_)) line(row);
    for (const std::string& note : {ulp_line(report_), time_line(report_)}) {
      if (note.empty()) continue;
      for (const std::string& part : wrapped(note, width_)) line(part);
    }
    line("");
  }

  void verdict() {
    paragraph("Verdict", conclusion(report_));
    for (const Group& group : verdicts(report_)) {
      const std::string name = name_of(group.verdict);
      const std::string text = fmt::format("{}: {}{}{}", name, group.who(), group.text.empty() ? "" : ": ", group.text);
      const auto all = wrapped(text, width_ - kLabel - 2);
      for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string margin(kLabel + (i > 0 ? 2 : 0), ' ');
        line(i == 0 && all[i].starts_with(name)
                 ? margin + painted(name, colour_of(group.verdict)) + all[i].substr(name.size())
                 : margin + all[i]);
      }
    }
  }

  void worst() {
    const BackendReport* backend = farthest(report_);
    if (backend == nullptr) return;
    paragraph("Worst", worst_line(*backend));
    std::vector<std::pair<std::string, Number>> rows;
    for (const auto& [name, value] : backend->worst->inputs) rows.emplace_back(clean(name), value);
    rows.emplace_back("output", backend->worst->output);
    rows.emplace_back("truth", backend->worst->truth);
    std::size_t names = 0, decimals = 0;
    for (const auto& [name, value] : rows) {
      names = std::max(names, columns(name));
      decimals = std::max(decimals, both_forms(value).first.size());
    }
    for (const auto& [name, value] : rows) {
      const auto [decimal, hex] = both_forms(value);
      paragraph("", fmt::format("{}  {}  {}", padded(name, names), padded(decimal, decimals), hex), 2);
    }
  }

  void pair_table() {
    const PairSummary summary = pairs(report_);
    std::string_view label = "Pairs";
    for (const auto& names : summary.same_bits) {
      paragraph(label, clean(fmt::format("{}: identical bits", fmt::join(names, ", "))), 2);
      label = "";
    }
    if (summary.different.empty()) return;
    Table table({"a – b", "mean |Δ|", "identical", "verdict"});
    constexpr std::size_t kMost = 10;
    const std::size_t shown = std::min(summary.different.size(), kMost);
    for (std::size_t i = 0; i < shown; ++i) {
      const PairReport& p = summary.different[i];
      table.add({clean(fmt::format("{} – {}", p.a, p.b)), error_figure(p.values.mean_abs),
                 share(p.values.identical, p.values.of), pair_verdict(p)});
    }
    for (const std::string& row : table.lines(width_ - kLabel)) {
      line((label.empty() ? std::string(kLabel, ' ') : label_of(label)) + row);
      label = "";
    }
    if (shown < summary.different.size()) {
      paragraph("",
                fmt::format("… and {} pairs nearer to each other (--json has all)", summary.different.size() - shown));
    }
  }

  void tolerance() {
    const auto lines = tolerance_lines(report_);
    if (!report_.tolerance) return;
    if (lines.empty()) return paragraph("Test it", "no tolerance is justified: " + clean(report_.tolerance->basis));
    paragraph("Test it", lines[0]);
    for (std::size_t i = 1; i < lines.size(); ++i) paragraph("", lines[i]);
    if (!report_.tolerance->basis.empty()) paragraph("", "# " + clean(report_.tolerance->basis), 2);
  }

  const FunctionReport& report_;
  std::size_t width_;
  bool colour_;
  std::string out_;
};

}  // namespace

namespace views {

View make_terminal() {
  return {.name = "terminal",
          .summary = "for people at a terminal",
          .separate = true,
          .render = [](const FunctionReport& report, const ViewOptions& options) {
            return Terminal(report, options).run();
          }};
}

}  // namespace views
}  // namespace roundoff
