// Two backends: the closed list, each with a planted pair.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "verdict/verdict.h"

namespace roundoff {
namespace {

BackendReport backend(const std::string& name, double mean_abs, double share, Class verdict = Class::rounding) {
  BackendReport r;
  r.name = name;
  r.metrics.mean_abs = mean_abs;
  r.verdict = {verdict, "", share, share};
  return r;
}

CauseReport cause(const std::string& name, const std::string& node, bool proven = true) {
  CauseReport c;
  c.name = name;
  c.node = node;
  c.proven = proven;
  return c;
}

constexpr PairValues kDiffer{1e-6, 1e-5, 10, 100, 0};

TEST(JudgePair, IdenticalBits) {
  EXPECT_EQ(judge_pair(backend("a", 1, 0.1), backend("b", 1, 0.1), {0, 0, 100, 100, 0}).verdict, PairClass::identical);
  // Also where nothing is known of the truth.
  const auto open = [](const char* name) { return backend(name, 1, 0, Class::undetermined); };
  EXPECT_EQ(judge_pair(open("a"), open("b"), {0, 0, 100, 100, 0}).verdict, PairClass::identical);
  EXPECT_EQ(judge_pair(open("a"), backend("b", 1, 0.1), kDiffer).verdict, PairClass::undetermined);
}

TEST(JudgePair, BothRounding) {
  const PairReport p = judge_pair(backend("a", 1e-6, 0.1), backend("b", 2e-6, 0.2), kDiffer);
  EXPECT_EQ(p.verdict, PairClass::both_rounding);
  EXPECT_DOUBLE_EQ(p.factor, 2);
}

TEST(JudgePair, NearerByAFactor) {
  const PairReport p = judge_pair(backend("a", 1e-6, 0.1), backend("b", 23e-6, 0.2), kDiffer);
  EXPECT_EQ(p.verdict, PairClass::a_nearer);
  EXPECT_NEAR(p.factor, 23, 1e-12);
  EXPECT_THAT(p.reason, ::testing::HasSubstr("23 times smaller"));
  EXPECT_EQ(judge_pair(backend("a", 8e-6, 0.1), backend("b", 2e-6, 0.2), kDiffer).verdict, PairClass::b_nearer);
  const PairReport exact = judge_pair(backend("a", 1e-6, 0.1), backend("b", 0, 0), kDiffer);
  EXPECT_EQ(exact.verdict, PairClass::b_nearer);
  EXPECT_EQ(exact.factor, std::numeric_limits<double>::infinity());
}

TEST(JudgePair, NearerBecauseTheOtherIsOutside) {
  const BackendReport bug = backend("b", 1e-6, 28, Class::unexplained);
  EXPECT_EQ(judge_pair(backend("a", 1e-6, 0.1), bug, kDiffer).verdict, PairClass::a_nearer);
  EXPECT_EQ(judge_pair(bug, backend("a", 1e-6, 0.1), kDiffer).verdict, PairClass::b_nearer);
  EXPECT_EQ(judge_pair(bug, backend("a", 1e-9, 3, Class::precision_mode), kDiffer).verdict, PairClass::neither);
}

TEST(JudgePair, SameCauseForTheSameNode) {
  BackendReport a = backend("a", 1e-6, 0.1), b = backend("b", 1e-6, 0.1);
  a.causes = {cause("left to right", "cumulative_sum")};
  b.causes = {cause("correctly rounded", "exp"), cause("left to right", "cumulative_sum")};
  EXPECT_EQ(judge_pair(a, b, kDiffer).verdict, PairClass::same_cause);
  b.causes[1].proven = false;
  EXPECT_EQ(judge_pair(a, b, kDiffer).verdict, PairClass::both_rounding);
  b.causes[1] = cause("float64 accumulator", "cumulative_sum");
  EXPECT_EQ(judge_pair(a, b, kDiffer).verdict, PairClass::both_rounding);
  b.causes[1] = a.causes[0];
  b.metrics.mean_abs = 9e-6;
  EXPECT_EQ(judge_pair(a, b, kDiffer).verdict, PairClass::a_nearer) << "a factor says more than a common cause";
  a.verdict = b.verdict = {Class::precision_mode, "", 30, 30};
  EXPECT_EQ(judge_pair(a, b, kDiffer).verdict, PairClass::same_cause);
}

}  // namespace
}  // namespace roundoff
