// roundoff kernel-host: the process of a foreign kernel, started by roundoff sweep alone.
#include <CLI/CLI.hpp>
#include <memory>

#include "backends/foreign.h"
#include "cli/command.h"

namespace roundoff::cli {

Command make_kernel_host() {
  return {"kernel-host", "runs a foreign kernel for roundoff sweep", [](CLI::App& app) {
            auto arguments = std::make_shared<std::vector<std::string>>();
            app.group("");  // not for people: left out of --help
            app.add_option("ARGUMENTS", *arguments);
            return [=]() -> Result<int> { return serve_foreign(*arguments); };
          }};
}

}  // namespace roundoff::cli
