#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models.h"

namespace roundoff {
namespace {

using testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// Bars that separate cells: those that no backslash precedes.
std::size_t cells(const std::string& line) {
  std::size_t bars = 0;
  for (std::size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
  return bars - 1;
}

TEST(Markdown, SaysWhatTheTerminalSays) {
  const std::string text = shown("markdown", chain());
  EXPECT_THAT(text,
              testing::StartsWith("### `cumulative_sum(sin(exp(x)))`\n\n- `x: float32[10000] uniform(0,1) seed 1`\n"));
  EXPECT_THAT(text, HasSubstr("- truth: certified for all 10,000 elements\n"));
  EXPECT_THAT(
      text,
      HasSubstr("\n| torch 2.13.0 | 9.2e-05 | 4.9e-04 | 9.2e-05 | 3.23 | 1.08 | 9,943 (99 %) | 0.05 | rounding |\n"));
  EXPECT_THAT(text,
              HasSubstr("**Verdict:** rounding in all 4; no bug. torch is 23 times nearer the truth than tensorflow."));
  EXPECT_THAT(
      text,
      HasSubstr("| numpy, tensorflow | cumulative\\_sum: summed left to right in float32; 10,000 of 10,000 bits |"));
  EXPECT_THAT(text, HasSubstr("| numpy | torch | 2.1e-03 | 8.4e-03 | 500 (5 %) | b-nearer 23× |"));
  EXPECT_THAT(text, HasSubstr("```python\nnp.testing.assert_allclose(a, b, rtol=0.0012, atol=7.5e-06)\n"));
  EXPECT_THAT(text, HasSubstr("```sh\nroundoff compare 'cumulative_sum(sin(exp(x)))' --input"));
  EXPECT_TRUE(text.ends_with("```\n"));
  EXPECT_FALSE(text.ends_with("\n\n"));
}

TEST(Markdown, TablesKeepTheirColumnsWhateverTheTextHolds) {
  FunctionReport report = crowd();
  report.backends[0].name = "a|b`c`<img src=x>";
  report.backends[0].causes = {{.name = "x | y\n| z",
                                .cause = "",
                                .node = "",
                                .matched = 1,
                                .of = 1,
                                .proven = true,
                                .evidence_bits = 0,
                                .also = 0,
                                .also_names = {},
                                .detail = ""}};
  std::size_t expected = 0;
  for (const std::string& line : lines_of(shown("markdown", report))) {
    if (!line.starts_with("|")) {
      expected = 0;
      continue;
    }
    if (expected == 0) expected = cells(line);
    EXPECT_EQ(cells(line), expected) << line;
  }
  EXPECT_FALSE(shown("markdown", report).find(" <img") != std::string::npos ||
               shown("markdown", report).find("|<img") != std::string::npos);
  EXPECT_THAT(shown("markdown", report), HasSubstr("\\<img src=x\\>"));
}

TEST(Markdown, CodeSurvivesBackticks) {
  FunctionReport report = chain();
  report.expression = "a ``` b";
  report.repro = "x ```\ny";
  const std::string text = shown("markdown", report);
  EXPECT_THAT(text, HasSubstr("### ````a ``` b````"));
  EXPECT_THAT(text, HasSubstr("````sh\nx ``` y\n````\n"));
}

TEST(Markdown, UncertifiedAndEmptyReports) {
  FunctionReport report = chain();
  report.certified = false;
  EXPECT_THAT(shown("markdown", report), HasSubstr("**Verdict:** NOT CERTIFIED: "));
  EXPECT_TRUE(shown("markdown", FunctionReport{}).ends_with("\n"));
}

}  // namespace
}  // namespace roundoff
