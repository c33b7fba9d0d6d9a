// Suites, bindings, and the command that repeats a run.
#include "run/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace roundoff {
namespace {

using ::testing::HasSubstr;

std::string suite_file(const std::string& text) {
  const std::string folder = ::testing::TempDir() + "suites";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/suite.toml") << text;
  return folder + "/suite.toml";
}

std::string error_of(const std::string& text) {
  const auto plans = read_suite(suite_file(text));
  EXPECT_FALSE(plans.ok()) << text;
  if (plans.ok()) return "";
  EXPECT_EQ(plans.error().code, Code::input);
  return to_string(plans.error());
}

TEST(Suite, FunctionsWithTheirPathsBesideTheFile) {
  const auto plans = read_suite(suite_file(R"toml(
[[function]]
title = "a"
expression = "matmul(a, b)"
inputs.a = "uniform(0,1,shape=(10,10))"
inputs.b = "data/b.npy"
recorded."seed 002" = "../listing.txt"
backends = ["numpy", "torch"]
[[function]]
port = "chain.py"
)toml"));
  ASSERT_TRUE(plans.ok()) << to_string(plans.error());
  ASSERT_EQ(plans->size(), 2u);
  const FunctionPlan& first = (*plans)[0];
  EXPECT_EQ(first.title, "a");
  ASSERT_EQ(first.inputs.size(), 2u);
  EXPECT_EQ(first.inputs[0].value, "uniform(0,1,shape=(10,10))");
  EXPECT_EQ(first.inputs[1].value, ::testing::TempDir() + "suites/data/b.npy");
  EXPECT_EQ(first.recorded[0].name, "seed 002");
  EXPECT_EQ(first.recorded[0].value, ::testing::TempDir() + "listing.txt");
  EXPECT_EQ(first.backends.size(), 2u);
  EXPECT_EQ((*plans)[1].port, ::testing::TempDir() + "suites/chain.py");
}

TEST(Suite, EveryFaultHasItsLine) {
  EXPECT_THAT(error_of("[[function]]\nexpresion = \"exp(x)\"\n"),
              HasSubstr("suite.toml:2: unknown key 'expresion' (did you mean expression?)"));
  EXPECT_THAT(error_of("[[function]]\nexpression = 3\n"), HasSubstr("'expression' is not text"));
  EXPECT_THAT(error_of("[[function]]\ntitle = \"t\"\n"), HasSubstr("either an expression or a port"));
  EXPECT_THAT(error_of("[[function]]\nexpression = \"exp(x)\"\nport = \"a.py\"\n"),
              HasSubstr("either an expression or a port"));
  EXPECT_THAT(error_of("[[function]]\nexpression = \"exp(x)\"\ninputs = \"x\"\n"),
              HasSubstr("'inputs' is not a table"));
  EXPECT_THAT(error_of("[[function]]\nexpression = \"exp(x)\"\nbackends = [1]\n"), HasSubstr("'backends' is not text"));
  EXPECT_THAT(error_of("[[function]\n"), HasSubstr("suite.toml:1"));
  EXPECT_THAT(error_of("title = \"t\"\n[[function]]\nexpression = \"x\"\n"), HasSubstr("unknown key 'title'"));
  EXPECT_THAT(error_of(""), HasSubstr("there is no [[function]]"));
}

TEST(Suite, FilesThatAreNone) {
  EXPECT_FALSE(read_suite("/nonexistent/suite.toml").ok());
  EXPECT_FALSE(read_suite(::testing::TempDir()).ok());
}

TEST(Bindings, SplitAtTheFirstEquals) {
  EXPECT_EQ(parse_binding("x=uniform(0,1,shape=3)", "--input").value().value, "uniform(0,1,shape=3)");
  EXPECT_EQ(parse_binding("seed 002=a=b.txt", "--recorded").value().name, "seed 002");
  for (const char* bad : {"x", "=3", "x=", ""}) EXPECT_FALSE(parse_binding(bad, "--input").ok()) << bad;
}

TEST(Plans, WordsOfTheCommandLine) {
  EXPECT_EQ(plan_of("exp(x)").value()[0].expression, "exp(x)");
  EXPECT_EQ(plan_of("examples/chain.py").value()[0].port, "examples/chain.py");
  Plan plan;
  plan.inputs = {{"x", "b.npy"}, {"y", "c.npy"}};
  plan.backends = {"glibc"};
  const FunctionPlan function{"", "x + y", "", {{"x", "a.npy"}}, {}, {"numpy"}};
  const FunctionPlan both = merged(plan, function);
  ASSERT_EQ(both.inputs.size(), 2u);
  EXPECT_EQ(both.inputs[0].value, "b.npy");
  EXPECT_EQ(both.backends, (std::vector<std::string>{"glibc"}));
}

TEST(Repro, IsSafeInAShell) {
  EXPECT_EQ(shell_word("numpy,torch"), "numpy,torch");
  EXPECT_EQ(shell_word("exp(x)"), "'exp(x)'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
  Plan plan;
  plan.repeats = 5;
  const FunctionPlan function{"", "x[1:] @ w", "", {{"x", "a b.npy"}}, {{"seed 002", "l.txt"}}, {"numpy", "glibc"}};
  EXPECT_EQ(repro_of(plan, function),
            "roundoff compare 'x[1:] @ w' --input 'x=a b.npy' --recorded 'seed 002=l.txt' --backends numpy,glibc "
            "--repeats 5");
  EXPECT_EQ(repro_of({}, {"", "-x", "", {{"x", "a.npy"}}, {}, {}}), "roundoff compare --input x=a.npy -- -x");
}

}  // namespace
}  // namespace roundoff
