// The XML that continuous integration reads: a test case for each pair; what makes the exit code 1 is a failure.
// Source of the form: the JUnit reporter of Maven Surefire, as CI systems read it.
#include <fmt/format.h>

#include <algorithm>

#include "report/diff/shared/summary.h"
#include "report/diff/view.h"
#include "report/shared/summary.h"

namespace roundoff {
namespace {

using namespace views;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : clean(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

bool fails(const TensorDiff& t) { return t.exceeds || beyond_rounding(t.verdict); }

std::string junit_document(const DiffReport& report) {
  const auto failures =
      std::ranges::count_if(report.tensors, fails) + static_cast<std::ptrdiff_t>(report.unpaired.size());
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"roundoff diff {} {}\" tests=\"{}\" "
      "failures=\"{}\">\n",
      escaped(report.a), escaped(report.b), report.tensors.size() + report.unpaired.size(), failures);
  for (const TensorDiff& t : report.tensors) {
    out += fmt::format("  <testcase classname=\"roundoff.diff\" name=\"{}\">\n", escaped(t.a));
    const std::string text = verdict_line(t) + (t.not_compared.empty() ? "\n" + mismatch_line(t) : "");
    if (fails(t)) {
      out += fmt::format("    <failure type=\"{}\" message=\"{}\">{}</failure>\n", name_of(t.verdict),
                         escaped(t.reason), escaped(text));
    } else {
      out += fmt::format("    <system-out>{}</system-out>\n", escaped(text));
    }
    out += "  </testcase>\n";
  }
  for (const Unpaired& u : report.unpaired) {
    out += fmt::format(
        "  <testcase classname=\"roundoff.diff\" name=\"{}\">\n    <failure type=\"unpaired\" message=\"only in "
        "{}\"/>\n  </testcase>\n",
        escaped(u.name), u.in_a ? "a" : "b");
  }
  return out + "</testsuite>\n";
}

}  // namespace

namespace diff_views {

DiffView make_junit() {
  return {"junit", "JUnit XML for continuous integration",
          [](const DiffReport& report, const ViewOptions&) { return junit_document(report); }};
}

}  // namespace diff_views
}  // namespace roundoff
