// Foreign kernels: each of tests/backends/kernels has one fault, and each fault is named.
#include "backends/foreign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace roundoff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ForeignSpec kernel(const std::string& name) {
  const auto spec = parse_foreign(ROUNDOFF_BINARY_DIR "/kernels/kernel_" + name);
  EXPECT_TRUE(spec.ok()) << to_string(spec.error());
  return spec.value();
}

Result<std::unique_ptr<Evaluator>> start(const std::string& name, DType dtype = DType::float32, std::size_t arity = 1,
                                         int milliseconds = 20'000) {
  return foreign_evaluator(kernel(name), dtype, arity, ROUNDOFF_BINARY_DIR "/roundoff",
                           std::chrono::milliseconds(milliseconds));
}

Array numbers(std::initializer_list<double> x, DType dtype = DType::float32) {
  Array array = Array::make(dtype, {static_cast<std::int64_t>(x.size())}).value();
  std::int64_t i = 0;
  for (const double each : x) array.set(i++, each);
  return array;
}

/// What goes wrong at 0.5, 1.5.
std::string failure(const std::string& name, int milliseconds = 20'000) {
  const auto evaluator = start(name, DType::float32, 1, milliseconds);
  if (!evaluator) return "start: " + to_string(evaluator.error());
  const std::vector<Array> in{numbers({0.5, 1.5})};
  const auto y = (*evaluator)->evaluate(in, Layout::plain);
  if (y) return "";
  EXPECT_EQ(y.error().code, Code::worker);
  // And it stays so: nothing hangs on a process that is gone.
  if (y.error().what.find("SIG") != std::string::npos) {
    EXPECT_FALSE((*evaluator)->evaluate(in, Layout::plain).ok());
  }
  return y.error().what;
}

TEST(Foreign, BothFormsAndBothDtypes) {
  const std::vector<Array> in{numbers({0, 1, -2})};
  for (const char* name : {"sound.so:f", "sound.so:f:scalar", "sound.so:array:vector"}) {
    for (const Layout layout : {Layout::plain, Layout::shifted}) {
      const auto evaluator = start(name);
      ASSERT_TRUE(evaluator.ok()) << to_string(evaluator.error());
      const auto y = (*evaluator)->evaluate(in, layout);
      ASSERT_TRUE(y.ok()) << to_string(y.error());
      for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(y->get(i), std::exp(static_cast<float>(in[0].get(i))));
      EXPECT_THAT((*evaluator)->notes(), IsEmpty());
    }
  }
  const std::vector<Array> wide{numbers({0.25}, DType::float64)};
  const auto evaluator = start("sound.so:wide", DType::float64);
  ASSERT_TRUE(evaluator.ok());
  EXPECT_EQ((*evaluator)->evaluate(wide, Layout::plain)->get(0), std::exp(0.25));
}

TEST(Foreign, TwoArguments) {
  const std::vector<Array> in{numbers({1, 3}), numbers({4, 2})};
  const auto evaluator = start("sound.so:quotient", DType::float32, 2);
  ASSERT_TRUE(evaluator.ok());
  const auto y = (*evaluator)->evaluate(in, Layout::plain);
  ASSERT_TRUE(y.ok());
  EXPECT_EQ(y->get(0), 0.25);
  EXPECT_EQ(y->get(1), 1.5);
}

TEST(Foreign, ACrashNamesItsArgument) {
  EXPECT_THAT(failure("crashes.so:f"), HasSubstr("killed by SIGSEGV at 1.5 (0x1.8p+0)"));
  EXPECT_THAT(failure("crashes.so:aborting"), HasSubstr("killed by SIGABRT at 1.5 (0x1.8p+0)"));
  EXPECT_THAT(failure("crashes.so:leaving"), HasSubstr("exited with status 0 at 1.5 (0x1.8p+0)"));
}

TEST(Foreign, AHangIsEndedAtTheDeadline) {
  EXPECT_THAT(failure("hangs.so:f", 500), HasSubstr("no result in 0.5 s at 1.5 (0x1.8p+0)"));
}

TEST(Foreign, WritesAndReadsOutsideAreNamed) {
  EXPECT_THAT(failure("writes_beyond.so:behind:vector"), HasSubstr("writes beyond the end of its results"));
  EXPECT_THAT(failure("writes_beyond.so:before:vector"), HasSubstr("writes before the start of its results"));
  EXPECT_THAT(failure("writes_beyond.so:argument:vector"), HasSubstr("writes to its argument"));
  EXPECT_THAT(failure("writes_beyond.so:unfinished:vector"), HasSubstr("never writes result 1 of 2"));
  EXPECT_THAT(failure("writes_beyond.so:reads_on:vector"), HasSubstr("reads beyond the end of an argument"));
}

TEST(Foreign, ChangedArithmeticIsNamedAndMended) {
  const auto evaluator = start("changes_rounding.so:f");
  ASSERT_TRUE(evaluator.ok());
  const std::vector<Array> in{numbers({2})};
  ASSERT_TRUE((*evaluator)->evaluate(in, Layout::plain).ok());
  EXPECT_THAT((*evaluator)->notes(), ElementsAre("leaves the thread rounding upwards"));
#if defined(__SSE__)
  const auto flushing = start("flushes_when_loaded.so:f");
  ASSERT_TRUE(flushing.ok());
  EXPECT_THAT((*flushing)->notes(), ElementsAre("leaves the thread that loads it flushing subnormals"));
  const std::vector<Array> tiny{numbers({0x1p-140})};
  EXPECT_EQ((*flushing)->evaluate(tiny, Layout::plain)->get(0), 0);
  EXPECT_NE(numbers({0x1p-140}).get(0), 0);  // this process is as it was
#endif
}

TEST(Foreign, WhatCannotBeCalledIsRefused) {
  EXPECT_THAT(failure("sound.so:nothing"), HasSubstr("undefined symbol: nothing"));
  for (const char* text : {"", "x", "x:", ":f", "x:1f", "a.so:f g"}) {
    const auto spec = parse_foreign(text);
    ASSERT_FALSE(spec.ok()) << text;
    EXPECT_EQ(spec.error().code, Code::usage) << text;
  }
  EXPECT_EQ(parse_foreign("/nowhere/mine.so:f").error().code, Code::input);
  EXPECT_EQ(start("sound.so:f", DType::float16).error().code, Code::usage);
  // No shared object at all.
  const auto text = foreign_evaluator({"x", ROUNDOFF_SOURCE_DIR "/README.md", "f", false}, DType::float32, 1,
                                      ROUNDOFF_BINARY_DIR "/roundoff", std::chrono::seconds(20));
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, Code::environment);
}

}  // namespace
}  // namespace roundoff
