#include "report/shared/markdown.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/shared/summary.h"
#include "report/view.h"

namespace roundoff {
namespace {

using namespace views;

/// Code in a line: the fence is longer than any run of backticks inside. Tables need their bars escaped even there.
std::string code(std::string_view text, bool in_table = false) {
  std::string inside = clean(text), fence = "`";
  while (inside.find(fence) != std::string::npos) fence += '`';
  if (in_table) {
    for (std::size_t at = 0; (at = inside.find('|', at)) != std::string::npos; at += 2) inside.insert(at, "\\");
  }
  const bool touches = inside.empty() || inside.front() == '`' || inside.back() == '`';
  return fence + (touches ? " " : "") + inside + (touches ? " " : "") + fence;
}

class Markdown {
 public:
  explicit Markdown(const FunctionReport& report) : report_(report) {}

  std::string run() {
    headline();
    backends();
    verdict();
    groups("Why", "cause", causes(report_));
    groups("IEEE 754", "basic operation", conformance(report_));
    groups("Special values", "what differs", mismatches(report_));
    groups("Unstable", "what differs", unstable(report_));
    worst();
    pair_tables();
    groups("Notes", "note", notes(report_));
    groups("Skipped", "reason", skipped(report_));
    tolerance();
    if (!report_.repro.empty()) out_ += "Again:\n\n" + block({report_.repro}, "sh");
    out_.pop_back();  // one of the two newlines that every part ends with
    return std::move(out_);
  }

 private:
  void row(const std::vector<std::string>& cells) { out_ += fmt::format("| {} |\n", fmt::join(cells, " | ")); }

  void groups(std::string_view title, std::string_view column, const std::vector<Group>& list) {
    if (list.empty()) return;
    out_ += fmt::format("**{}**\n\n", title);
    row({"backend", std::string(column)});
    row({"---", "---"});
    for (const Group& group : list) row({plain(group.who()), plain(group.text)});
    out_ += "\n";
  }

  void headline() {
    out_ +=
        fmt::format("### {}{}\n\n", report_.title.empty() ? "" : plain(report_.title) + ": ", code(report_.expression));
    for (const InputReport& input : report_.inputs) out_ += fmt::format("- {}\n", code(input_line(input)));
    out_ += fmt::format("- {}\n\n", plain(truth_line(report_)));
  }

  void backends() {
    if (report_.backends.empty()) return;
    row({"backend", "mean \\|error\\|", "max \\|error\\|", "RMS", "max ulp", "mean ulp", "correctly rounded", "ms",
         "verdict"});
    row({"---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---"});
    for (const BackendReport* b : nearest_first(report_)) {
      const MetricValues& m = b->metrics;
      row({plain(label(*b)), error_figure(m.mean_abs), error_figure(m.max_abs), error_figure(m.rms),
           ulp_figure(m.max_ulp), ulp_figure(m.mean_ulp), plain(share(m.correctly_rounded, m.count)),
           milliseconds(b->seconds), name_of(b->verdict.verdict)});
    }
    out_ += "\n" + plain(ulp_line(report_)) + ".\n";
    if (const std::string times = time_line(report_); !times.empty()) out_ += plain(times) + ".\n";
    out_ += "\n";
  }

  void verdict() {
    out_ += fmt::format("**Verdict:** {}\n\n", plain(conclusion(report_)));
    for (const Group& group : verdicts(report_)) {
      out_ += fmt::format("- **{}**: {}{}\n", name_of(group.verdict), plain(group.who()),
                          group.text.empty() ? "" : ": " + plain(group.text));
    }
    out_ += "\n";
  }

  void worst() {
    const BackendReport* backend = farthest(report_);
    if (backend == nullptr) return;
    out_ += fmt::format("**Worst element:** {}\n\n", plain(worst_line(*backend)));
    row({"", "decimal", "hex"});
    row({"---", "---:", "---:"});
    const auto add = [this](const std::string& name, const Number& value) {
      const auto [decimal, hex] = both_forms(value);
      row({plain(name), code(decimal), code(hex)});
    };
    for (const auto& [name, value] : backend->worst->inputs) add(name, value);
    add("output", backend->worst->output);
    add("truth", backend->worst->truth);
    out_ += "\n";
  }

  void pair_tables() {
    const PairSummary summary = pairs(report_);
    if (summary.same_bits.empty() && summary.different.empty()) return;
    out_ += "<details><summary>Pairs</summary>\n\n";
    for (const auto& names : summary.same_bits) {
      out_ += fmt::format("- identical bits: {}\n", plain(fmt::format("{}", fmt::join(names, ", "))));
    }
    if (!summary.same_bits.empty()) out_ += "\n";
    if (!summary.different.empty()) {
      row({"a", "b", "mean \\|Δ\\|", "max \\|Δ\\|", "identical", "verdict"});
      row({"---", "---", "---:", "---:", "---:", "---"});
    }
    for (const PairReport& p : summary.different) {
      row({plain(p.a), plain(p.b), error_figure(p.values.mean_abs), error_figure(p.values.max_abs),
           plain(share(p.values.identical, p.values.of)), pair_verdict(p)});
    }
    out_ += summary.different.empty() ? "</details>\n\n" : "\n</details>\n\n";
  }

  void tolerance() {
    if (!report_.tolerance) return;
    const auto lines = tolerance_lines(report_);
    if (lines.empty()) {
      out_ += fmt::format("No tolerance is justified: {}\n\n", plain(report_.tolerance->basis));
    } else {
      out_ += fmt::format("Test it ({}):\n\n", plain(report_.tolerance->basis)) + block(lines, "python");
    }
  }

  const FunctionReport& report_;
  std::string out_;
};

}  // namespace

namespace views {

View make_markdown() {
  return {.name = "markdown",
          .summary = "for a page or an issue",
          .separate = true,
          .render = [](const FunctionReport& report, const ViewOptions&) { return Markdown(report).run(); }};
}

}  // namespace views
}  // namespace roundoff
