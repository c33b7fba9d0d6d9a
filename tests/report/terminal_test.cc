#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <locale>

#include "models.h"
#include "report/shared/layout.h"
#include "report/shared/summary.h"

namespace roundoff {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

constexpr const char* kChain =
    R"(cumulative_sum(sin(exp(x)))      x: float32[10000] uniform(0,1) seed 1
truth: certified for all 10,000 elements

backend            mean |error|  max |error|  max ulp  correctly rounded    ms
torch 2.13.0            9.2e-05      4.9e-04     3.23       9,943 (99 %)  0.05
jax:jit 0.10.2          1.8e-04      1.5e-03     3.77       5,391 (54 %)  0.05
numpy 2.4.6             2.1e-03      9.9e-03    20.30          497 (5 %)  0.05
tensorflow 2.21.0       2.1e-03      1.1e-02    21.30          613 (6 %)  0.05
ulp: |y − t| / ulp(t), t the exact real result and ulp(t) = 2^(max(⌊log2 |t|⌋,
−126) − 23), as in float32
ms: median of warm calls on this machine: AMD EPYC 9R14, 2 threads

Verdict  rounding in all 4; no bug. torch is 23 times nearer the truth than
         tensorflow.
         rounding: torch, jax:jit, numpy, tensorflow: inside the probabilistic
           budget
Why      torch: cumulative_sum: float64 accumulator, rounded once; 10,000 of
           10,000 bits
         numpy, tensorflow: cumulative_sum: summed left to right in float32;
           10,000 of 10,000 bits
Worst    tensorflow at [9998]: 21.30 ulp
         output  6543.218  0x1.98f37cp+12
         truth   6543.21   0x1.98f35cp+12
Pairs    a – b               mean |Δ|     identical        verdict
         numpy – torch        2.1e-03     500 (5 %)   b-nearer 23×
         torch – tensorflow   2.1e-03     600 (6 %)  both-rounding
         numpy – tensorflow   3.3e-04  6,000 (60 %)     same-cause
Skipped  tensorflow@tf1.2: no Python 3.6 (install one: pyenv install 3.6.15)
Test it  np.testing.assert_allclose(a, b, rtol=0.0012, atol=7.5e-06)
         torch.testing.assert_close(a, b, rtol=0.0012, atol=7.5e-06)
         # the sound budget
Again    roundoff compare 'cumulative_sum(sin(exp(x)))' --input 'x=uniform(0,1,shape=10000,seed=1)'
)";

TEST(Terminal, ShowsTheSeedsChain) { EXPECT_EQ(shown("terminal", chain(), {.width = 80, .colour = false}), kChain); }

// The command at the end is one line, to be copied.
TEST(Terminal, FitsItsWidth) {
  for (const std::size_t width : {72UL, 80UL, 100UL, 200UL}) {
    for (const FunctionReport& report : {chain(), crowd()}) {
      for (const std::string& line : lines_of(shown("terminal", report, {.width = width, .colour = false}))) {
        if (line.starts_with("Again")) continue;
        EXPECT_LE(views::columns(line), width) << line;
      }
    }
  }
}

TEST(Terminal, ShowsEveryBackendHoweverMany) {
  const std::string text = shown("terminal", crowd(), {});
  for (const BackendReport& b : crowd().backends) EXPECT_THAT(text, HasSubstr("\n" + b.name)) << b.name;
}

TEST(Terminal, ColourOnlyWhenAskedAndNothingElseChanges) {
  for (const FunctionReport& report : {chain(), crowd()}) {
    const std::string plain = shown("terminal", report, {.width = 80, .colour = false});
    std::string coloured = shown("terminal", report, {.width = 80, .colour = true});
    EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
    EXPECT_THAT(coloured, HasSubstr("\x1b["));
    for (std::size_t at; (at = coloured.find('\x1b')) != std::string::npos;)
      coloured.erase(at, coloured.find('m', at) + 1 - at);
    EXPECT_EQ(coloured, plain);
  }
}

TEST(Terminal, TextFromElsewhereCannotDriveTheTerminal) {
  const std::string text = shown("terminal", crowd(), {.width = 80, .colour = false});
  for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  EXPECT_THAT(text, HasSubstr("\uFFFD")) << "the byte that is no UTF-8";
  EXPECT_EQ(views::clean("a\x1b[31mb\x7f\xc2\x9b\xff\xc3\xa9\xe2\x88\x92\xed\xa0\x80"),
            "a [31mb  \uFFFDé−\uFFFD\uFFFD\uFFFD");
}

TEST(Terminal, SpecialThingsShowOnlyWhereThereAreAny) {
  const std::string quiet = shown("terminal", chain(), {}), loud = shown("terminal", crowd(), {});
  for (const char* label : {"\nSpecial", "\nUnstable", "\nIEEE 754", "\nNotes"}) {
    EXPECT_THAT(quiet, Not(HasSubstr(label)));
    EXPECT_THAT(loud, HasSubstr(label));
  }
  EXPECT_THAT(loud, HasSubstr("not proven; 2 other"));
  EXPECT_THAT(loud, HasSubstr("another kind of value"));
  EXPECT_THAT(loud, HasSubstr("identical"));
}

TEST(Terminal, WhatIsNotCertifiedSaysSo) {
  FunctionReport report = chain();
  report.certified = false;
  std::string text = shown("terminal", report, {});
  EXPECT_THAT(text, HasSubstr("truth: NOT CERTIFIED"));
  EXPECT_THAT(text, HasSubstr("Verdict  NOT CERTIFIED: "));
  report.undecided = 7;
  text = shown("terminal", report, {});
  EXPECT_THAT(text, HasSubstr("certified for 9,993 of 10,000 elements; 7 undecided"));
}

TEST(Terminal, VerdictSentences) {
  FunctionReport report = chain();
  report.backends[0].verdict.verdict = Class::unexplained;
  report.backends[3].verdict.verdict = Class::undetermined;
  EXPECT_THAT(views::conclusion(report),
              testing::StartsWith("beyond rounding: numpy (unexplained); rounding in 2, undetermined in 1."));
  for (BackendReport& b : report.backends) {
    b.verdict.verdict = Class::identical;
    b.metrics.mean_abs = 0;
  }
  EXPECT_EQ(views::conclusion(report), "identical in all 4; no bug.");
  report.backends.resize(1);
  EXPECT_EQ(views::conclusion(report), "identical; no bug.");
  report.backends.clear();
  EXPECT_THAT(views::conclusion(report), HasSubstr("nothing ran"));
  EXPECT_THAT(shown("terminal", report, {}), Not(HasSubstr("mean |error|")));
}

TEST(Terminal, PairsWithTheSameBitsStandTogether) {
  FunctionReport report = chain();
  report.pairs[1].values = {.mean_abs = 0, .max_abs = 0, .identical = 10000, .of = 10000};
  report.pairs.push_back(pair("jax:jit", "numpy", 1e-3, 9));
  report.pairs.push_back(pair("jax:jit", "tensorflow", 1e-3, 9));
  const auto summary = views::pairs(report);
  ASSERT_EQ(summary.same_bits.size(), 1u);
  EXPECT_THAT(summary.same_bits[0], testing::ElementsAre("numpy", "tensorflow"));
  EXPECT_EQ(summary.different.size(), 2u) << "one pair for each two groups that were compared";
}

TEST(Figures, AreShortAndNeverFlatter) {
  EXPECT_EQ(views::share(9999, 10000), "9,999 (99 %)") << "100 % is all";
  EXPECT_EQ(views::share(10000, 10000), "10,000 (100 %)");
  EXPECT_EQ(views::share(1, 10000), "1 (<1 %)") << "0 % is none";
  EXPECT_EQ(views::share(0, 10000), "0 (0 %)");
  EXPECT_EQ(views::share(0, 0), "-");
  EXPECT_EQ(views::error_figure(0), "0");
  EXPECT_EQ(views::error_figure(std::nan("")), "-");
  EXPECT_EQ(views::error_figure(9.24e-5), "9.2e-05");
  EXPECT_EQ(views::error_figure(HUGE_VAL), "inf");
  EXPECT_EQ(views::ulp_figure(0.5), "0.50");
  EXPECT_EQ(views::ulp_figure(1234567), "1.2e+06");
  EXPECT_EQ(views::ulp_figure(0.00112), "1.1e-03") << "not 0.00";
  EXPECT_EQ(views::milliseconds(0), "-");
  EXPECT_EQ(views::milliseconds(3e-5), "0.03");
  EXPECT_EQ(views::milliseconds(2.5e-7), "0.0003");
  EXPECT_EQ(views::milliseconds(1.5), "1500");
}

TEST(Layout, WrapsAtSpacesAndBreaksWhatIsTooLong) {
  EXPECT_THAT(views::wrapped("aa bb cc", 5), testing::ElementsAre("aa bb", "cc"));
  EXPECT_THAT(views::wrapped("abcdefgh ij", 3), testing::ElementsAre("abc", "def", "gh", "ij"));
  EXPECT_THAT(views::wrapped("", 5), testing::ElementsAre(""));
  EXPECT_THAT(views::wrapped("−−−−", 2), testing::ElementsAre("−−", "−−")) << "characters, not bytes";
  EXPECT_EQ(views::columns("|Δ| −"), 5u);
}

TEST(Layout, TablesMakeRoomForLongNames) {
  views::Table table({"who", "mean error", "n"});
  table.add({"short", "1.0", "5"});
  EXPECT_THAT(table.lines(30), testing::ElementsAre("who    mean error  n", "short         1.0  5"));
  table.add({"a name of 21 columns.", "2.0", "55"});
  EXPECT_THAT(table.lines(33), testing::ElementsAre("                        mean",      //
                                                    "who                    error   n",  //
                                                    "short                    1.0   5",  //
                                                    "a name of 21 columns.    2.0  55"));
  EXPECT_THAT(table.lines(28), testing::ElementsAre("                    mean",      //
                                                    "who                error   n",  //
                                                    "short                1.0   5",  //
                                                    "a name of 21 columns.",         //
                                                    "                     2.0  55"));
}

// Decimal commas and grouping of the user's locale must not reach a report.
TEST(Locale, NeverChangesAByte) {
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const std::string terminal = shown("terminal", crowd(), {}), json = shown("json", crowd()),
                    markdown = shown("markdown", crowd());
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Comma));
  std::setlocale(LC_ALL, "de_DE.UTF-8");
  EXPECT_EQ(shown("terminal", crowd(), {}), terminal);
  EXPECT_EQ(shown("json", crowd()), json);
  EXPECT_EQ(shown("markdown", crowd()), markdown);
  std::locale::global(before);
  std::setlocale(LC_ALL, "C");
}

}  // namespace
}  // namespace roundoff
