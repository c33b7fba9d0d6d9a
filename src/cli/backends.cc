// roundoff backends: what can run here, in which versions and modes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "backends/resolve.h"
#include "backends/worker_pool.h"
#include "cli/command.h"
#include "cli/shared/console.h"

namespace roundoff::cli {
namespace {

Result<int> run(const std::string& config) {
  ROUNDOFF_TRY(const std::vector<Environment> environments, load_environments(config));
  const Selection all = default_selection(environments);
  std::string text = fmt::format("{:<20} {:<22} {:<12} {}\n", "backend", "version", "environment", "modes");
  std::vector<BackendName> names;
  std::vector<std::string> labels;
  for (const Resolved& backend : all.backends) {
    if (backend.native != nullptr) {
      text += fmt::format("{:<20} {:<22} {:<12} {}\n", backend.label, backend.native->version, "native",
                          backend.native->summary);
    } else {
      names.push_back(backend.name);
      labels.push_back(backend.label);
    }
  }
  WorkerPool pool(environments);
  const std::vector<Result<Coverage>> answers = pool.coverage(names, {});
  std::string missing;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (answers[i].ok()) {
      text += fmt::format("{:<20} {:<22} {:<12} {}\n", labels[i], answers[i]->version, names[i].environment,
                          fmt::join(answers[i]->modes, ", "));
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
            auto config = std::make_shared<std::string>();
            app.add_option("--config", *config, "a roundoff.toml other than the one found");
            return [=] { return run(*config); };
          }};
}

}  // namespace roundoff::cli
