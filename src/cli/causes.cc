// roundoff causes: the hypotheses that are replayed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "causes/cause.h"
#include "cli/command.h"
#include "cli/shared/console.h"

namespace roundoff::cli {
namespace {

Result<int> run(bool markdown) {
  std::string text = markdown ? "| cause | what is replayed | source |\n| --- | --- | --- |\n" : "";
  const std::size_t width = terminal_width();
  for (const Cause& cause : all_causes()) {
    if (markdown) {
      text += fmt::format("| `{}` | {} | {} |\n", cause.name, cause.summary, cause.source);
    } else {
      text += fmt::format("{}\n  {}\n", cause.name, wrapped(cause.summary, width - 2, 2));
      if (!cause.source.empty()) text += fmt::format("  {}\n", wrapped(cause.source, width - 2, 2));
    }
  }
  ROUNDOFF_CHECK(print(text));
  return 0;
}

}  // namespace

Command make_causes() {
  return {"causes", "the causes that can be named, each with what is replayed to prove it", [](CLI::App& app) {
            auto markdown = std::make_shared<bool>(false);
            app.add_flag("--markdown", *markdown, "as a table for the reference page");
            return [=] { return run(*markdown); };
          }};
}

}  // namespace roundoff::cli
