// roundoff merge: the report of a sweep that was split over machines, from its state files.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/shared/console.h"
#include "cli/shared/sweep_output.h"

namespace roundoff::cli {
namespace {

struct MergeOptions {
  std::vector<std::string> files;
  std::string json, markdown;
  std::size_t width = 0;
};

Result<int> run(const MergeOptions& options) {
  const std::string view = !options.json.empty() ? "json" : !options.markdown.empty() ? "markdown" : "terminal";
  const std::string file = !options.json.empty() ? options.json : options.markdown;
  const ViewOptions look{options.width > 0 ? options.width : terminal_width(), file.empty() && colours_wanted()};
  SweepOutput output(sweep_view_named(view), look, file == "-" ? "" : file);
  SweepListener listener;
  listener.progress = [](const std::string& line) { say(line); };
  listener.report = [&](const SweepFunction& function) { output.add(function); };
  ROUNDOFF_TRY(const SweepOutcome outcome, merge_states(options.files, listener));
  ROUNDOFF_CHECK(output.finish());
  return exit_code_of(outcome);
}

}  // namespace

Command make_merge() {
  return {
      "merge", "one report of a sweep's shards", [](CLI::App& app) {
        auto options = std::make_shared<MergeOptions>();
        app.footer("exit codes: as of roundoff sweep.");
        app.add_option("STATE", options->files, "state files of one sweep, each shard once, in any order")->required();
        CLI::Option* json = app.add_option("--json", options->json, "write JSON to this file; -: standard output");
        json->type_name("FILE");
        app.add_option("--markdown", options->markdown, "write Markdown to this file; -: standard output")
            ->type_name("FILE")
            ->excludes(json);
        app.add_option("--width", options->width, "columns of the report (the terminal's, or 80)")
            ->check(CLI::Range(40, 400))
            ->type_name("N");
        return [=] { return run(*options); };
      }};
}

}  // namespace roundoff::cli
