// roundoff backends: what can run here, in which versions and modes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "backends/resolve.h"
#include "backends/worker_pool.h"
#include "cli/command.h"
#include "cli/shared/console.h"
#include "cli/shared/deadline.h"

namespace roundoff::cli {
namespace {

struct BackendsOptions {
  std::string config;
  double deadline = 60;
};

std::string row(const std::string& label, const std::string& version, const std::string& environment,
                const std::string& last) {
  const std::string head = fmt::format("{:<19} {:<12} {:<11} ", label, version, environment);
  const std::size_t room = terminal_width() - std::min(terminal_width(), head.size());
  return head + wrapped(last, std::max<std::size_t>(room, 20), head.size()) + "\n";
}

Result<int> run(const BackendsOptions& options) {
  ROUNDOFF_TRY(const std::vector<Environment> environments, load_environments(options.config));
  const Selection all = default_selection(environments);
  std::string text = row("backend", "version", "environment", "modes, or what it is");
  std::vector<BackendName> names;
  std::vector<std::string> labels;
  for (const Resolved& backend : all.backends) {
    if (backend.native != nullptr) {
      text += row(backend.label, backend.native->version, "native", backend.native->summary);
    } else {
      names.push_back(backend.name);
      labels.push_back(backend.label);
    }
  }
  WorkerPool pool(environments);
  const std::vector<Result<Coverage>> answers = pool.coverage(names, {}, milliseconds_of(options.deadline));
  std::string missing;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (answers[i].ok()) {
      text += row(labels[i], answers[i]->version, names[i].environment,
                  fmt::format("{}", fmt::join(answers[i]->modes, ", ")));
    } else {
      missing += fmt::format("  {}: {}\n", labels[i], to_string(answers[i].error()));
    }
  }
  for (const Skipped& skipped : all.skipped) {
    missing += fmt::format("  {}: {}{}\n", skipped.name, skipped.reason,
                           skipped.remedy.empty() ? "" : " (" + skipped.remedy + ")");
  }
  if (!missing.empty()) text += "\nnot here\n" + missing;
  ROUNDOFF_CHECK(print(text));
  return 0;
}

}  // namespace

Command make_backends() {
  return {"backends", "what can run a function here: libraries and frameworks, versions, modes", [](CLI::App& app) {
            auto options = std::make_shared<BackendsOptions>();
            app.add_option("--config", options->config, "a roundoff.toml other than the one found")->type_name("FILE");
            add_deadline(app, options->deadline, "seconds that a worker has for its answer");
            return [=] { return run(*options); };
          }};
}

}  // namespace roundoff::cli
