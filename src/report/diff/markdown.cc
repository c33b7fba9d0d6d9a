#include "report/shared/markdown.h"

#include <fmt/format.h>

#include "report/diff/shared/summary.h"
#include "report/diff/view.h"
#include "report/shared/summary.h"
#include "report/view.h"

namespace roundoff {
namespace {

using namespace views;

std::string row(const Lines& cells) {
  std::string out = "|";
  for (const std::string& cell : cells) out += " " + plain(cell) + " |";
  return out + "\n";
}

std::string rule(std::size_t columns) {
  std::string out = "|";
  for (std::size_t i = 0; i < columns; ++i) out += i == 0 ? " --- |" : " ---: |";
  return out + "\n";
}

std::string list(std::string_view title, const Lines& lines) {
  if (lines.empty()) return {};
  std::string out = fmt::format("**{}**\n\n", title);
  for (const std::string& line : lines) out += "- " + plain(line) + "\n";
  return out + "\n";
}

std::string pair(const TensorDiff& t) {
  std::string out = fmt::format("- a: {} {}\n- b: {} {}\n\n", plain(t.a), plain(type_line(t.dtype_a, t.shape_a)),
                                plain(t.b), plain(type_line(t.dtype_b, t.shape_b)));
  out += fmt::format("**Verdict:** {}\n\n", plain(verdict_line(t)));
  if (t.not_compared.empty()) {
    if (t.figures.identical < t.figures.of) out += plain(mismatch_line(t)) + "\n\n";
    out += row({"figure", ""}) + "| --- | --- |\n";
    for (const auto& [name, text] : figure_fields(t)) out += row({name, text});
    out += "\n";
    for (const std::string& line : definition_lines(t)) out += plain(line) + ".\n\n";
  }
  Lines found;
  for (const CauseReport& cause : t.causes) found.push_back(cause_line(cause));
  for (const DiffFinding& finding : t.findings) found.push_back(finding_line(finding));
  out += list("Found", found) + list("Special values", kind_lines(t.figures));
  if (!t.worst.empty()) {
    out += "**Worst elements**\n\n" + row({"index", "a", "b", "|a − b|", "ulp"}) + rule(5);
    for (const DiffElement& e : t.worst) {
      out +=
          row({to_string(Shape(e.index)) + (e.part.empty() ? "" : " " + e.part), both_forms(e.a).first + " " + e.bits_a,
               both_forms(e.b).first + " " + e.bits_b, error_figure(e.abs), ulp_figure(e.ulp)});
    }
    out += "\n";
  }
  return out;
}

std::string markdown_document(const DiffReport& report, const ViewOptions& options) {
  std::string out = fmt::format("### {} and {}\n\n", plain(report.a), plain(report.b));
  if (report.tensors.size() == 1) {
    out += pair(report.tensors.front());
  } else {
    out += plain(count_line(report)) + ".\n\n";
    const Lines headings = table_headings();
    out += row(headings) + rule(headings.size());
    for (const TensorDiff& t : report.tensors) out += row(table_row(t));
    out += "\n";
    if (const std::string first = first_line(report); !first.empty())
      out += "First beyond its tolerance: " + plain(first) + "\n\n";
    if (const std::string growth = growth_line(report); !growth.empty()) out += "Growth: " + plain(growth) + "\n\n";
    Lines found;
    for (const TensorDiff& t : report.tensors) {
      for (const DiffFinding& finding : t.findings) found.push_back(t.a + ": " + finding_line(finding));
    }
    out += list("Found", found);
  }
  out += list("Unpaired", unpaired_lines(report, report.unpaired.size())) + list("Notes", report.notes);
  if (report.function) return out + view_named("markdown").render(*report.function, options);
  if (!report.repro.empty()) out += "Again:\n\n" + block({report.repro}, "sh");
  out.pop_back();  // one of the two newlines that every part ends with
  return out;
}

}  // namespace

namespace diff_views {

DiffView make_markdown() { return {"markdown", "for a page or an issue", markdown_document}; }

}  // namespace diff_views
}  // namespace roundoff
