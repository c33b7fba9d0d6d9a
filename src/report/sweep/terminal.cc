#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/shared/layout.h"
#include "report/shared/summary.h"
#include "report/sweep/shared/summary.h"
#include "report/sweep/view.h"

namespace roundoff {
namespace {

using namespace views;

constexpr std::size_t kLabel = 9;   // columns of "Broken   "
constexpr std::size_t kLeast = 72;  // a narrower terminal breaks the lines itself

class Terminal {
 public:
  Terminal(const SweepFunction& function, const ViewOptions& options)
      : function_(function), width_(std::max(options.width, kLeast)), colour_(options.colour) {}

  std::string run() {
    for (std::size_t i = 0; i < function_.reports.size(); ++i) {
      if (i > 0) line("");
      one(function_.reports[i]);
    }
    if (!function_.skipped.empty() && !function_.reports.empty()) line("");
    for (const Skipped& s : function_.skipped) {
      paragraph("",
                fmt::format("{}: {} {}: {}{}", function_.op, s.name, s.failed ? "failed" : "not swept", s.reason,
                            s.remedy.empty() ? "" : " (" + s.remedy + ")"),
                0);
    }
    return std::move(out_);
  }

 private:
  void line(std::string_view text) { out_.append(text).append("\n"); }
  [[nodiscard]] std::string painted(std::string_view text, std::string_view colour) const {
    return colour_ ? fmt::format("{}{}\x1b[0m", colour, text) : std::string(text);
  }

  void paragraph(std::string_view label, std::string_view text, std::size_t margin = kLabel) {
    std::string head = label.empty() ? std::string(margin, ' ')
                                     : painted(label, "\x1b[1m") + std::string(margin - columns(label), ' ');
    for (const std::string& part : wrapped(text, width_ - margin)) {
      line(head + part);
      head = std::string(margin, ' ');
    }
  }

  void one(const SweepReport& r) {
    line(painted(fmt::format("{}", headline(r)), "\x1b[1m"));
    for (const std::string& part : wrapped(extent(r), width_)) line(part);
    line("");
    for (const std::string& row : plot(r, width_)) line(row);
    line("");
    if (r.worst) {
      paragraph("Worst", fmt::format("{} ulp", ulps(r.worst->ulps)));
      point(*r.worst);
    }
    paragraph("Mean", std::isnan(r.mean_ulp) ? "no input has an error" : fmt::format("{} ulp", ulps(r.mean_ulp)));
    paragraph("Shares", shares(r));
    paragraph("Bins", bins(r));
    for (const SweepBreak& b : r.contract_breaks) {
      paragraph(&b == &r.contract_breaks.front() ? "Broken" : "", fmt::format("{}: {}", b.text, inputs(b.count)));
      if (b.example) point(*b.example);
    }
    relation("Order", "monotone", r.monotonicity);
    relation("Mirror", "symmetric", r.symmetry);
    repeat("Again", "a second call", r.unstable);
    repeat("Layout", "shorter arrays and other places in them", r.layout);
    if (r.flushes.inputs + r.flushes.outputs > 0) paragraph("Flushes", flushes(r));
    if (const std::string same = twins(r); !same.empty()) paragraph("Same as", same);
    verdict(r);
    paragraph("Digest", r.digest.substr(0, 32));
    // One line, however long: it is there to be copied.
    line(painted("Repeat", "\x1b[1m") + "   " + clean(r.repro));
  }

  void point(const SweepPoint& p) {
    for (const std::string& row : point_rows(p)) line(std::string(kLabel, ' ') + row);
  }

  void relation(std::string_view label, const char* word, const SweepRelation& r) {
    if (!r.checked) return;
    paragraph(label, r.count == 0
                         ? fmt::format("{} for all {} pairs", word, grouped(r.of))
                         : fmt::format("not {} for {} of {} pairs, first", word, grouped(r.count), grouped(r.of)));
    for (const std::string& row : pair_rows(r)) line(std::string(kLabel, ' ') + row);
  }

  void repeat(std::string_view label, const char* what, const SweepRepeat& r) {
    if (r.of == 0) return;
    paragraph(label, r.count == 0 ? fmt::format("{}: the same bits, {} inputs tried", what, grouped(r.of))
                                  : fmt::format("{}: other bits for {} of {} inputs tried", what, grouped(r.count),
                                                grouped(r.of)));
    if (r.example) {
      for (const std::string& row : repeat_rows(*r.example)) line(std::string(kLabel, ' ') + row);
    }
  }

  void verdict(const SweepReport& r) {
    paragraph("Verdict", sweep_conclusion(r));
    for (const std::string& finding : r.findings) paragraph("", clean(finding));
  }

  const SweepFunction& function_;
  std::size_t width_;
  bool colour_;
  std::string out_;
};

/// Ops down, backends across: the largest error, or why there is none.
std::string coverage(const std::vector<SweepFunction>& all, const ViewOptions& options) {
  std::vector<std::string> backends;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(backends, name) == backends.end()) backends.push_back(name);
  };
  for (const SweepFunction& function : all) {
    for (const SweepReport& r : function.reports) add(r.backend);
    for (const Skipped& s : function.skipped) add(s.name);
  }
  if (all.size() < 2 && backends.size() < 2) return "";
  std::vector<std::string> headings{"max ulp"};
  headings.insert(headings.end(), backends.begin(), backends.end());
  Table table(headings);
  for (const SweepFunction& function : all) {
    std::vector<std::string> row{function.op};
    for (const std::string& backend : backends) row.push_back(cell(function, backend));
    table.add(row);
  }
  std::string text = "\n";
  for (const std::string& row : table.lines(std::max(options.width, kLeast))) text += row + "\n";
  return text;
}

}  // namespace

namespace sweep_views {

SweepView make_terminal() {
  return {.name = "terminal",
          .summary = "for people at a terminal",
          .render = [](const SweepFunction& function,
                       const ViewOptions& options) { return Terminal(function, options).run(); },
          .close = coverage};
}

}  // namespace sweep_views
}  // namespace roundoff
