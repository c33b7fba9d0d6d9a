#include "report/view.h"

#include <gtest/gtest.h>

#include <set>

#include "models.h"

namespace roundoff {
namespace {

TEST(Views, AreTheFilesOfTheFolder) {
  std::set<std::string> names;
  for (const View& view : all_views()) {
    EXPECT_TRUE(names.insert(view.name).second) << view.name;
    EXPECT_FALSE(view.summary.empty()) << view.name;
    for (const FunctionReport& report : {chain(), crowd(), FunctionReport{}}) {
      const std::string text = view.render(report, {});
      EXPECT_TRUE(text.ends_with("\n")) << view.name;
      EXPECT_EQ(text, view.render(report, {})) << view.name;
    }
  }
  for (const char* name : {"terminal", "json", "markdown"}) EXPECT_TRUE(names.contains(name)) << name;
}

}  // namespace
}  // namespace roundoff
