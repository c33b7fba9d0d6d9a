#include <fmt/format.h>

#include <algorithm>

#include "report/diff/shared/summary.h"
#include "report/diff/view.h"
#include "report/shared/layout.h"
#include "report/shared/summary.h"
#include "report/view.h"

namespace roundoff {
namespace {

using namespace views;

constexpr std::size_t kLabel = 9;   // columns of "Verdict  "
constexpr std::size_t kLeast = 72;  // a narrower terminal breaks the lines itself
constexpr std::size_t kMostRows = 40, kMostNames = 8;

class Terminal {
 public:
  Terminal(const DiffReport& report, const ViewOptions& options)
      : report_(report), width_(std::max(options.width, kLeast)), options_(options) {}

  std::string run() {
    if (report_.tensors.size() == 1) {
      pair(report_.tensors.front());
    } else {
      several();
    }
    list("Unpaired", unpaired_lines(report_, kMostNames));
    list("Notes", report_.notes);
    if (report_.function) function();
    if (!report_.repro.empty() && !report_.function) line(label_of("Again") + clean(report_.repro));
    return std::move(out_);
  }

 private:
  void line(std::string_view text) { out_.append(text).append("\n"); }
  [[nodiscard]] std::string bold(std::string_view text) const {
    return options_.colour ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
  }
  [[nodiscard]] std::string label_of(std::string_view label) const {
    return bold(label) + std::string(std::max(kLabel, columns(label) + 1) - columns(label), ' ');
  }
  void paragraph(std::string_view label, std::string_view text) {
    std::string head = label.empty() ? std::string(kLabel, ' ') : label_of(label);
    for (const std::string& part : wrapped(text, width_ - kLabel)) {
      line(head + part);
      head = std::string(kLabel, ' ');
    }
  }
  void list(std::string_view label, const Lines& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) paragraph(i == 0 ? label : "", clean(lines[i]));
  }
  void whole(std::string_view text) {
    for (const std::string& part : wrapped(text, width_)) line(part);
  }

  void pair(const TensorDiff& t) {
    whole("a  " + clean(t.a) + "  " + type_line(t.dtype_a, t.shape_a));
    whole("b  " + clean(t.b) + "  " + type_line(t.dtype_b, t.shape_b));
    if (t.dtype_a != t.dtype_b)
      whole(fmt::format("the dtypes differ: {} and {}, compared after exact widening", t.dtype_a, t.dtype_b));
    if (t.shape != t.shape_a) whole("a is compared as " + to_string(t.shape));
    line("");
    if (t.not_compared.empty()) figures(t);
    paragraph("Verdict", verdict_line(t));
    Lines why;
    for (const CauseReport& cause : t.causes) why.push_back(cause_line(cause));
    for (const DiffFinding& finding : t.findings) why.push_back(finding_line(finding));
    list("Found", why);
    if (!t.not_compared.empty()) return;
    list("Special", kind_lines(t.figures));
    worst(t);
  }

  void figures(const TensorDiff& t) {
    if (t.figures.identical < t.figures.of) whole(mismatch_line(t));
    const Fields fields = figure_fields(t);
    std::size_t names = 0;
    for (const auto& [name, text] : fields) names = std::max(names, columns(name));
    for (const auto& [name, text] : fields) line(fmt::format("{}  {}", padded(name, names), text));
    for (const std::string& definition : definition_lines(t)) whole(definition);
    line("");
  }

  void worst(const TensorDiff& t) {
    std::string_view label = "Worst";
    for (const DiffElement& element : t.worst) {
      for (const std::string& text : element_lines(element)) {
        paragraph(label, text);
        label = "";
      }
    }
  }

  void several() {
    whole("a  " + clean(report_.a));
    whole("b  " + clean(report_.b));
    whole(count_line(report_));
    line("");
    Table table(table_headings());
    const std::size_t shown = std::min(report_.tensors.size(), kMostRows);
    for (std::size_t i = 0; i < shown; ++i) table.add(table_row(report_.tensors[i]));
    if (shown > 0) {
      for (const std::string& row : table.lines(width_)) line(row);
    }
    if (shown < report_.tensors.size())
      line(fmt::format("… and {} more (--json has all)", report_.tensors.size() - shown));
    line("");
    if (const std::string first = first_line(report_); !first.empty()) paragraph("First", first);
    if (const std::string growth = growth_line(report_); !growth.empty()) paragraph("Growth", growth);
    Lines found;
    for (const TensorDiff& t : report_.tensors) {
      for (const DiffFinding& finding : t.findings) found.push_back(clean(t.a) + ": " + finding_line(finding));
    }
    if (found.size() > kMostNames) {
      const std::size_t rest = found.size() - kMostNames;
      found.resize(kMostNames);
      found.push_back(fmt::format("… and {} more (--json has all)", rest));
    }
    list("Found", found);
  }

  void function() {
    line("");
    out_ += view_named("terminal").render(*report_.function, options_);
  }

  const DiffReport& report_;
  std::size_t width_;
  ViewOptions options_;
  std::string out_;
};

}  // namespace

namespace diff_views {

DiffView make_terminal() {
  return {"terminal", "for people at a terminal",
          [](const DiffReport& report, const ViewOptions& options) { return Terminal(report, options).run(); }};
}

}  // namespace diff_views
}  // namespace roundoff
