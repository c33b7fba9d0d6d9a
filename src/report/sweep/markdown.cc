#include "report/shared/markdown.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "report/shared/summary.h"
#include "report/sweep/shared/summary.h"
#include "report/sweep/view.h"

namespace roundoff {
namespace {

using namespace views;

std::string item(std::string_view label, std::string_view text) {
  return fmt::format("- **{}:** {}\n", label, plain(text));
}

std::string markdown_document(const SweepReport& r) {
  std::string out = fmt::format("### {}\n\n{}\n\n", plain(headline(r)), plain(extent(r)));
  if (const auto lines = plot(r, 100); !lines.empty()) out += block(lines);
  if (r.worst) out += item("Worst", ulps(r.worst->ulps) + " ulp");
  if (!std::isnan(r.mean_ulp)) out += item("Mean", ulps(r.mean_ulp) + " ulp");
  out += item("Shares", shares(r)) + item("Bins", bins(r));
  for (const SweepBreak& b : r.contract_breaks) out += item("Broken", fmt::format("{}: {}", b.text, inputs(b.count)));
  if (r.monotonicity.checked)
    out +=
        item("Not monotone", fmt::format("{} of {} pairs", grouped(r.monotonicity.count), grouped(r.monotonicity.of)));
  if (r.symmetry.checked)
    out += item("Not symmetric", fmt::format("{} of {} pairs", grouped(r.symmetry.count), grouped(r.symmetry.of)));
  if (r.flushes.inputs + r.flushes.outputs > 0) out += item("Flushes", flushes(r));
  if (const std::string same = twins(r); !same.empty()) out += item("Same bits as", same);
  out += item("Verdict", sweep_conclusion(r));
  for (const std::string& finding : r.findings) out += "  - " + plain(finding) + "\n";
  out += "\n";
  if (r.worst) out += "Worst input:\n\n" + block(point_rows(*r.worst));
  return out + "Again:\n\n" + block({r.repro}, "sh");
}

std::string markdown_documents(const SweepFunction& function) {
  std::string out;
  for (const SweepReport& report : function.reports) out += markdown_document(report);
  for (const Skipped& s : function.skipped)
    out += fmt::format("- {} has no {}: {}\n", plain(s.name), plain(function.op), plain(s.reason));
  return out;
}

}  // namespace

namespace sweep_views {

SweepView make_markdown() {
  return {.name = "markdown",
          .summary = "for a page or an issue",
          .render = [](const SweepFunction& function, const ViewOptions&) { return markdown_documents(function); }};
}

}  // namespace sweep_views
}  // namespace roundoff
