#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "models.h"
#include "validator.h"

namespace roundoff {
namespace {

Json schema() { return schema_named("compare-1"); }

TEST(JsonView, IsWhatTheSchemaSays) {
  for (const FunctionReport& report : {chain(), crowd(), FunctionReport{}}) {
    EXPECT_THAT(Validator(schema()).check(Json::parse(shown("json", report))), testing::IsEmpty());
  }
}

// The oracle itself must be able to fail.
TEST(JsonView, TheSchemaRefusesWhatIsNot) {
  const Json good = Json::parse(shown("json", chain()));
  const auto refuses = [&](const std::function<void(Json&)>& spoil) {
    Json bad = good;
    spoil(bad);
    return !Validator(schema()).check(bad).empty();
  };
  EXPECT_TRUE(refuses([](Json& j) { j.erase("repro"); }));
  EXPECT_TRUE(refuses([](Json& j) { j["more"] = 1; }));
  EXPECT_TRUE(refuses([](Json& j) { j["schema"] = "roundoff.compare/2"; }));
  EXPECT_TRUE(refuses([](Json& j) { j["backends"][0]["verdict"]["class"] = "fine"; }));
  EXPECT_TRUE(refuses([](Json& j) { j["backends"][0]["metrics"]["max_ulp"] = "nan"; }));
  EXPECT_TRUE(refuses([](Json& j) { j["backends"][0]["worst"]["truth"]["hex"] = "3.5"; }));
  EXPECT_TRUE(refuses([](Json& j) { j["pairs"][0]["identical"] = 0.5; }));
  EXPECT_TRUE(refuses([](Json& j) { j["count"] = -1; }));
}

TEST(JsonView, EveryKeyOfTheSchemaIsDescribed) {
  const Json root = schema();
  std::vector<std::string> bare;
  const std::function<void(const Json&, const std::string&)> walk = [&](const Json& node, const std::string& path) {
    if (!node.is_object()) return;
    const Json properties = node.value("properties", Json::object());
    for (const auto& [key, property] : properties.items()) {
      const bool refers = property.contains("$ref") || property.contains("items") || property.contains("anyOf");
      if (!property.contains("description") && !refers) bare.push_back(path + "." + key);
    }
    for (const auto& [key, child] : node.items()) walk(child, path + "/" + key);
  };
  walk(root, "");
  EXPECT_THAT(bare, testing::IsEmpty());
}

TEST(JsonView, HasTheKeysThatReadersRelyOn) {
  const Json json = Json::parse(shown("json", chain()));
  EXPECT_EQ(json["schema"], "roundoff.compare/1");
  EXPECT_EQ(json["inputs"][0]["name"], "x");
  EXPECT_EQ(json["backends"][1]["name"], "torch");
  EXPECT_EQ(json["backends"][1]["metrics"]["correctly_rounded"], 9943);
  EXPECT_EQ(json["backends"][1]["metrics"]["mean_abs"], 9.2e-5);
  EXPECT_EQ(json["backends"][1]["verdict"]["class"], "rounding");
  EXPECT_EQ(json["backends"][1]["causes"][0]["matched"], 10000);
  EXPECT_EQ(json["backends"][0]["worst"]["index"], Json::parse("[9998]"));
  EXPECT_EQ(json["pairs"][0]["verdict"], "b-nearer");
  EXPECT_EQ(json["skipped"][0]["remedy"], "install one: pyenv install 3.6.15");
  EXPECT_EQ(json["tolerance"]["rtol"], 1.2e-3);
  EXPECT_EQ(json["certified"], true);
}

TEST(JsonView, FiguresThatJsonLacks) {
  const Json json = Json::parse(shown("json", crowd()));
  EXPECT_TRUE(json["backends"][3]["metrics"]["mean_abs"].is_null());
  EXPECT_EQ(json["backends"][4]["metrics"]["max_abs"], "inf");
  EXPECT_EQ(json["backends"][5]["worst"]["output"]["value"], "nan");
  EXPECT_EQ(json["backends"][5]["worst"]["inputs"]["x"]["hex"], "-0x0p+0");
  EXPECT_TRUE(json["backends"][9]["seconds"].is_null());
}

TEST(JsonView, NumbersReadBackAsTheSameBits) {
  FunctionReport report = chain();
  for (const double x :
       {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, 9007199254740993.0, -0.0, 2.2250738585072014e-308}) {
    report.backends[0].metrics.mean_abs = x;
    const Json json = Json::parse(shown("json", report));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(json["backends"][0]["metrics"]["mean_abs"].get<double>()),
              std::bit_cast<std::uint64_t>(x));
  }
}

TEST(JsonView, IsOneLineOfValidJsonWhateverTheTextHolds) {
  FunctionReport report = chain();
  report.expression = "quotes \" and \\ and \n and \x01 and \xff\xfe and é";
  report.skipped[0].reason = std::string("a\0b", 3);
  const std::string text = shown("json", report);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_TRUE(text.ends_with("\n"));
  EXPECT_THAT(Validator(schema()).check(Json::parse(text)), testing::IsEmpty());
}

}  // namespace
}  // namespace roundoff
