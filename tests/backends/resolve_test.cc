#include "backends/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roundoff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Environment made(const std::string& name, std::vector<std::string> frameworks) {
  Environment e;
  e.name = name;
  e.frameworks = std::move(frameworks);
  e.interpreter = "/usr/bin/python3";
  return e;
}

Environment missing(const std::string& name, std::vector<std::string> frameworks) {
  Environment e = made(name, std::move(frameworks));
  e.interpreter.clear();
  e.missing = "environment " + name + " is not made";
  e.remedy = "roundoff env create " + name;
  return e;
}

std::vector<std::string> labels(const Selection& selection) {
  std::vector<std::string> out;
  for (const Resolved& backend : selection.backends) out.push_back(backend.label + " = " + backend.name.str());
  return out;
}

Result<Selection> select(const std::vector<std::string>& names, const std::vector<Environment>& environments) {
  std::vector<BackendName> parsed;
  for (const std::string& name : names) parsed.push_back(*parse_backend_name(name));
  return resolve(parsed, environments);
}

const std::vector<Environment>& typical() {
  static const std::vector<Environment> all{made("numpy", {"numpy", "numba"}), missing("torch", {"torch"}),
                                            made("tf2", {"tensorflow"}),       made("tf1.2", {"tensorflow", "numpy"}),
                                            missing("jax", {"jax"}),           made("python3", {"torch"})};
  return all;
}

TEST(BackendName, IsReadAndWritten) {
  const auto name = parse_backend_name("tensorflow@tf1.15:session");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(*name, (BackendName{"tensorflow", "tf1.15", "session"}));
  for (const char* text : {"numpy", "numpy@tf1.2", "jax:jit", "tensorflow@tf1.15:session"})
    EXPECT_EQ(parse_backend_name(text)->str(), text);
  for (const char* text :
       {"", "@tf2", ":jit", "numpy@", "numpy:", "a b", "numpy@@x", "numpy:a:b", "numpy:a@b", "n/p", "numpy\n"}) {
    const auto bad = parse_backend_name(text);
    ASSERT_FALSE(bad.ok()) << text;
    EXPECT_EQ(bad.error().code, Code::usage);
  }
}

TEST(Resolve, FillsTheEnvironment) {
  const auto selection = select({"numpy", "numpy@tf1.2", "tensorflow:session", "numpy@numpy", "glibc"}, typical());
  ASSERT_TRUE(selection.ok()) << to_string(selection.error());
  EXPECT_THAT(labels(*selection), ElementsAre("numpy = numpy@numpy", "numpy@tf1.2 = numpy@tf1.2",
                                              "tensorflow:session = tensorflow@tf2:session", "glibc = glibc"));
  EXPECT_NE(selection->backends.back().native, nullptr);
  EXPECT_EQ(selection->backends.front().native, nullptr);
  EXPECT_TRUE(selection->skipped.empty());
}

TEST(Resolve, TakesTheNextEnvironmentWhereTheFirstIsNotMadeAndSaysSo) {
  const auto selection = select({"torch"}, typical());
  ASSERT_TRUE(selection.ok());
  EXPECT_THAT(labels(*selection), ElementsAre("torch@python3 = torch@python3"));
}

TEST(Resolve, SkipsWhatIsNotHereWithReasonAndRemedy) {
  const auto selection = select({"jax:jit", "torch@torch", "pytensor"}, typical());
  ASSERT_TRUE(selection.ok()) << to_string(selection.error());
  EXPECT_TRUE(selection->backends.empty());
  ASSERT_EQ(selection->skipped.size(), 3U);
  EXPECT_EQ(selection->skipped[0].name, "jax:jit");
  EXPECT_EQ(selection->skipped[0].reason, "environment jax is not made");
  EXPECT_EQ(selection->skipped[0].remedy, "roundoff env create jax");
  EXPECT_FALSE(selection->skipped[0].failed);
  EXPECT_EQ(selection->skipped[1].name, "torch");
  EXPECT_EQ(selection->skipped[2].name, "pytensor");
  EXPECT_THAT(selection->skipped[2].reason, HasSubstr("no environment here serves pytensor"));
}

TEST(Resolve, SuggestsNearNames) {
  const auto error = [](const std::string& name) {
    const auto selection = select({name}, typical());
    EXPECT_FALSE(selection.ok()) << name;
    EXPECT_EQ(selection.error().code, Code::usage);
    return to_string(selection.error());
  };
  EXPECT_THAT(error("nunpy"), HasSubstr("did you mean numpy"));
  EXPECT_THAT(error("glib"), HasSubstr("did you mean glibc"));
  EXPECT_THAT(error("zzzzzz"), HasSubstr("known: "));
  EXPECT_THAT(error("tensorflow@tf1.3"), HasSubstr("did you mean tf1.2"));
  EXPECT_THAT(error("numba@tf2"), HasSubstr("it serves tensorflow"));
  EXPECT_THAT(error("glibc@tf2"), HasSubstr("neither environments nor modes"));
  EXPECT_THAT(error("glibc:jit"), HasSubstr("neither environments nor modes"));
}

TEST(DefaultSelection, IsEveryLibraryAndEveryFrameworkOfEveryEnvironment) {
  const Selection selection = default_selection(typical());
  const auto all = labels(selection);
  for (const NativeLibrary& native : native_libraries())
    EXPECT_THAT(all, testing::Contains(native.name + " = " + native.name));
  const std::vector<std::string> frameworks(all.begin() + static_cast<std::ptrdiff_t>(native_libraries().size()),
                                            all.end());
  EXPECT_THAT(frameworks, ElementsAre("numpy = numpy@numpy", "numba = numba@numpy", "tensorflow = tensorflow@tf2",
                                      "tensorflow@tf1.2 = tensorflow@tf1.2", "numpy@tf1.2 = numpy@tf1.2",
                                      "torch@python3 = torch@python3"));
  ASSERT_EQ(selection.skipped.size(), 2U);
  EXPECT_EQ(selection.skipped[0].name, "torch");
  EXPECT_EQ(selection.skipped[1].name, "jax");
}

}  // namespace
}  // namespace roundoff
