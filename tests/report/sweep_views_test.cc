#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "report/sweep/shared/summary.h"
#include "report/sweep/view.h"
#include "validator.h"

namespace roundoff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Number number(double x) { return {x, DType::float32}; }

SweepPoint point(double x, double y, double t, double ulps) { return {{number(x)}, number(y), number(t), ulps}; }

/// A report with something in every part.
SweepReport report() {
  SweepReport r;
  r.op = "exp";
  r.backend = "lib|b";
  r.version = "1";
  r.ranges = {"[-1, 1]"};
  r.exhaustive = true;
  r.count = r.of = 1000;
  r.chunks = r.chunks_of = 3;
  r.measured = 990;
  r.correctly_rounded = 900;
  r.above_half = 90;
  r.above_1 = 1;
  r.mean_ulp = 0.25;
  r.worst = point(0.5, 1.6, 1.7, -1.5);
  for (int e = -20; e <= 0; ++e) {
    for (const bool negative : {true, false})
      r.binades.push_back({negative, e, 20, 0.25, 1.5 + e * 0.01, point(0.5, 1, 1, 0.5)});
  }
  r.histogram = {{-HUGE_VAL, -4, 1}, {-0.125, 0.125, 900}};
  r.contract_breaks = {{"nan", "NaN where the truth is a number", 10, point(1, NAN, 2, NAN)}};
  r.monotonicity = {true, 1, 999, {point(1, 2, 2, NAN), point(1.5, 1, 2, NAN)}};
  r.symmetry = {true, 0, 500, {}};
  r.unstable = {2, 100, point(1, 2, 3, NAN)};
  r.layout = {0, 50, std::nullopt};
  r.flushes = {3, 4};
  r.twins = {{"other", 3, 3}, {"far", 1, 3}};
  r.digest = std::string(64, 'a');
  r.allowance = 3;
  r.allowance_source = "somewhere";
  r.beyond = true;
  r.findings = {"other bits on a second call"};
  r.tiers = {{"block", 1000}};
  r.provenance = {{"cpu", "a"}};
  r.repro = "roundoff sweep exp";
  return r;
}

SweepFunction function() {
  SweepFunction f{.op = "exp", .dtype = DType::float32, .reports = {report()}, .skipped = {}};
  f.skipped.push_back({"none", "there is none", "make one", true});
  return f;
}

const SweepView& view(const std::string& name) { return *std::ranges::find(all_sweep_views(), name, &SweepView::name); }

std::vector<Json> documents(const SweepFunction& f) {
  std::vector<Json> out;
  std::istringstream lines(view("json").render(f, {}));
  for (std::string line; std::getline(lines, line);) out.push_back(Json::parse(line));
  return out;
}

TEST(SweepJson, FitsItsSchema) {
  Validator validator(schema_named("sweep-1"));
  SweepFunction f = function();
  f.reports.emplace_back();  // nothing tried, nothing found
  f.reports.back().mean_ulp = NAN;
  f.reports.back().digest = std::string(64, '0');
  SweepReport two = report();
  two.sampled = true;
  two.exhaustive = false;
  two.worst->inputs.push_back(number(2));
  two.seconds = 1.5;
  f.reports.push_back(two);
  const auto all = documents(f);
  ASSERT_EQ(all.size(), 4U);
  for (const Json& document : all) EXPECT_THAT(validator.check(document), IsEmpty()) << document;
}

TEST(SweepJson, SaysWhatTheModelSays) {
  const Json json = documents(function())[0];
  EXPECT_EQ(json["schema"], "roundoff.sweep/1");
  EXPECT_EQ(json["max_ulp"]["value"], 1.5);
  EXPECT_EQ(json["max_ulp"]["signed"], -1.5);
  EXPECT_EQ(json["max_ulp"]["input"]["hex"], "0x1p-1");
  EXPECT_EQ(json["histogram"][0]["low"], "-inf");
  EXPECT_EQ(json["contract_breaks"][0]["example"]["output"]["value"], "nan");
  EXPECT_EQ(json["seconds"], nullptr);
  EXPECT_EQ(json["exhaustive"], true);
}

TEST(SweepTerminal, ShowsEverythingThatSaysSomething) {
  const std::string text = view("terminal").render(function(), {.width = 80, .colour = false});
  EXPECT_THAT(text, AllOf(HasSubstr("exhaustive: all 1,000 inputs"), HasSubstr("-1.5000 ulp"),
                          HasSubstr("NaN where the truth is a number"), HasSubstr("not monotone for 1 of 999 pairs"),
                          HasSubstr("symmetric for all 500 pairs"), HasSubstr("other bits for 2 of 100"),
                          HasSubstr("other: all"), Not(HasSubstr("far:")), HasSubstr("beyond rounding"),
                          HasSubstr("none failed: there is none (make one)")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(SweepTerminal, LinesFitTheTerminal) {
  std::istringstream lines(view("terminal").render(function(), {.width = 90, .colour = false}));
  for (std::string line; std::getline(lines, line);) {
    std::size_t columns = 0;
    for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    EXPECT_LE(columns, 90U) << line;
  }
}

TEST(SweepTerminal, ASampleIsNeverCalledExhaustive) {
  SweepFunction f = function();
  f.reports[0].sampled = true;
  f.reports[0].exhaustive = false;
  const std::string text = view("terminal").render(f, {});
  EXPECT_THAT(text, AllOf(HasSubstr("sampled"), Not(HasSubstr("exhaustive"))));
}

TEST(SweepTerminal, TheTableOfAllShowsWhatIsMissing) {
  SweepFunction other = function();
  other.op = "log";
  other.skipped = {{"none", "no such op", "", false}};
  const std::string text = view("terminal").close({function(), other}, {.width = 80, .colour = false});
  EXPECT_THAT(text, AllOf(HasSubstr("failed"), HasSubstr("unsupported"), HasSubstr("log"), HasSubstr("1.5000")));
}

TEST(SweepMarkdown, EscapesNames) {
  EXPECT_THAT(view("markdown").render(function(), {}), AllOf(HasSubstr("lib\\|b"), HasSubstr("```")));
}

TEST(SweepPlot, HasARowForEveryLevelAndNeverNothing) {
  const auto lines = views::plot(report(), 80);
  EXPECT_EQ(lines.size(), 11U);
  SweepReport empty;
  EXPECT_THAT(views::plot(empty, 80), IsEmpty());
  SweepReport exact = report();
  for (auto& binade : exact.binades) binade.max_ulp = binade.mean_ulp = 0;
  EXPECT_EQ(views::plot(exact, 80).size(), 11U);
  SweepReport wild = report();
  wild.binades[3].max_ulp = 1e30;
  EXPECT_THAT(views::plot(wild, 80)[1], HasSubstr("e+"));
}

}  // namespace
}  // namespace roundoff
