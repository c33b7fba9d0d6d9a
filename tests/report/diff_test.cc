#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "report/diff/view.h"
#include "validator.h"

namespace roundoff {
namespace {

using ::testing::HasSubstr;

TensorDiff one(const std::string& name, double max_abs) {
  TensorDiff t;
  t.a = t.b = name;
  t.dtype_a = t.dtype_b = "float32";
  t.shape_a = t.shape_b = t.shape = {2, 3};
  t.figures.of = t.figures.numbers = 6;
  t.figures.identical = max_abs == 0 ? 6 : 5;
  t.figures.max_abs = t.figures.mean_abs = max_abs;
  t.figures.max_scaled = max_abs;
  t.figures.kinds[0][0] = 6;
  t.figures.quantiles = {{0.5, 0, 0}, {0.99, max_abs / 2, max_abs}};
  t.figures.cosine = std::nan("");
  t.figures.sqnr_db = HUGE_VAL;
  t.worst = {{{1, 2},
              "",
              {1.5, DType::float32},
              {std::nan(""), DType::float32},
              "0x3fc00000",
              "0x7fc00000",
              HUGE_VAL,
              std::nan(""),
              1}};
  t.findings = {{"rounded", "b is a rounded to bfloat16, to nearest even", 6, 6, "", Class::dtype}};
  t.verdict = Class::undetermined;
  t.reason = "1 of 6 elements differ";
  return t;
}

DiffReport report_of(std::vector<TensorDiff> tensors) {
  DiffReport report;
  report.a = "old <1>.npz";
  report.b = "new.npz";
  report.tensors = std::move(tensors);
  report.unpaired = {{"lost|tensor", "float16", {3}, true}};
  report.repro = "roundoff diff 'old <1>.npz' new.npz";
  return report;
}

std::string shown(const std::string& view, const DiffReport& report) {
  return std::ranges::find(all_diff_views(), view, &DiffView::name)->render(report, {});
}

std::vector<DiffReport> reports() {
  return {report_of({one("x", 1e-3)}), report_of({one("l1", 1e-7), one("l2", 1e-5), one("l3", 3e-2)}), report_of({})};
}

TEST(DiffViews, JsonIsWhatTheSchemaSays) {
  for (const DiffReport& report : reports()) {
    EXPECT_THAT(Validator(schema_named("diff-1")).check(Json::parse(shown("json", report))), testing::IsEmpty());
  }
  Json bad = Json::parse(shown("json", reports()[0]));
  bad["tensors"][0].erase("cosine");
  EXPECT_THAT(Validator(schema_named("diff-1")).check(bad), testing::Not(testing::IsEmpty()));
}

TEST(DiffViews, TheTerminalHasEightyColumns) {
  for (const DiffReport& report : reports()) {
    const std::string text = shown("terminal", report);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      const std::string line = text.substr(at, end - at);
      at = end + 1;
      const auto columns = std::count_if(line.begin(), line.end(),
                                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
      if (line.starts_with("Again")) continue;
      EXPECT_LE(columns, 80) << line;
    }
  }
}

TEST(DiffViews, SeveralTensorsNameTheFirstBeyondAndTheGrowth) {
  DiffReport report = reports()[1];
  report.tensors[1].beyond.numpy = 2;
  const std::string text = shown("terminal", report);
  EXPECT_THAT(text, HasSubstr("First    l2"));
  EXPECT_THAT(text, HasSubstr("steepest at l3"));
  EXPECT_THAT(text, HasSubstr("1 only in a: lost|tensor"));
}

TEST(DiffViews, JunitEscapesAndCountsFailures) {
  DiffReport report = reports()[1];
  report.tensors[2].exceeds = true;
  const std::string text = shown("junit", report);
  EXPECT_THAT(text, HasSubstr("tests=\"4\" failures=\"2\""));
  EXPECT_THAT(text, HasSubstr("old &lt;1&gt;.npz"));
}

TEST(DiffViews, MarkdownSaysHowToRunItAgainOnce) {
  DiffReport report = reports()[0];
  report.repro = "roundoff diff a b";
  EXPECT_THAT(shown("markdown", report), ::testing::EndsWith("Again:\n\n```sh\nroundoff diff a b\n```\n"));
  report.function = FunctionReport{};
  report.function->repro = report.repro;
  const std::string text = shown("markdown", report);
  EXPECT_EQ(text.find("Again:"), text.rfind("Again:"));
}

TEST(DiffViews, MarkdownEscapesTables) { EXPECT_THAT(shown("markdown", reports()[1]), HasSubstr("lost\\|tensor")); }

}  // namespace
}  // namespace roundoff
