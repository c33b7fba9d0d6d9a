// roundoff env: what environments there are, and making them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "backends/environment.h"
#include "backends/worker_pool.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/shared/console.h"

namespace roundoff::cli {
namespace {

struct EnvOptions {
  std::string config;
  std::vector<std::string> names;
  bool interpreters = false;
};

/// All environments, or those named.
Result<std::vector<Environment>> chosen(const EnvOptions& options) {
  ROUNDOFF_TRY(const std::vector<Environment> all, load_environments(options.config));
  if (options.names.empty()) return all;
  std::vector<std::string> known;
  for (const Environment& e : all) known.push_back(e.name);
  std::vector<Environment> out;
  for (const std::string& name : options.names) {
    const auto found = std::ranges::find(all, name, &Environment::name);
    if (found == all.end()) {
      const std::vector<std::string> near = nearest(name, known);
      return Error{Code::usage, fmt::format("there is no environment '{}'", name), "",
                   near.empty() ? "environments: " + either(known) : "did you mean " + either(near) + "?"};
    }
    out.push_back(*found);
  }
  return out;
}

std::string state_of(const Environment& e) { return e.interpreter.empty() ? e.missing : e.interpreter.string(); }

Result<int> list(const EnvOptions& options) {
  ROUNDOFF_TRY(const std::vector<Environment> all, chosen(options));
  std::string text;
  for (const Environment& e : all) {
    if (options.interpreters) {
      if (!e.interpreter.empty()) text += e.name + "=" + e.interpreter.string() + "\n";
      continue;
    }
    text += fmt::format("{:<10} {}\n", e.name, fmt::join(e.frameworks, ", "));
    if (!e.packages.empty())
      text += fmt::format("{:<10} {}\n", "",
                          wrapped(fmt::format("{}", fmt::join(e.packages, " ")), terminal_width() - 11, 11));
    text += fmt::format("{:<10} {}\n", "", state_of(e));
    if (e.interpreter.empty() && !e.remedy.empty()) text += fmt::format("{:<10} {}\n", "", e.remedy);
  }
  ROUNDOFF_CHECK(print(text));
  return 0;
}

Result<int> create(const EnvOptions& options) {
  ROUNDOFF_TRY(std::vector<Environment> wanted, chosen(options));
  std::erase_if(wanted, [](const Environment& e) { return e.name == kOwnPython; });
  const std::vector<Status> made = create_environments(wanted, [](const std::string& line) { say(line); });
  int code = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (made[i].ok()) continue;
    say(fmt::format("roundoff: {}: {}", wanted[i].name, to_string(made[i].error())));
    code = static_cast<int>(Code::environment);
  }
  return code;
}

/// Starts each environment's interpreter and imports what it is for.
Result<int> check(const EnvOptions& options) {
  ROUNDOFF_TRY(const std::vector<Environment> wanted, chosen(options));
  std::vector<BackendName> names;
  for (const Environment& e : wanted) {
    for (const std::string& framework : e.frameworks) {
      if (!e.interpreter.empty()) names.push_back({framework, e.name, ""});
    }
  }
  WorkerPool pool(wanted);
  const std::vector<Result<Coverage>> answers = pool.coverage(names, {});
  std::string text;
  bool broken = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    broken = broken || !answers[i].ok();
    text += fmt::format("{:<24} {}\n", names[i].str(),
                        answers[i].ok() ? answers[i]->version : to_string(answers[i].error()));
  }
  for (const Environment& e : wanted) {
    if (e.interpreter.empty()) text += fmt::format("{:<24} {} ({})\n", e.name, e.missing, e.remedy);
  }
  ROUNDOFF_CHECK(print(text));
  return broken ? static_cast<int>(Code::environment) : 0;
}

}  // namespace

Command make_env() {
  return {"env", "environments: the Pythons that hold the frameworks", [](CLI::App& app) {
            auto options = std::make_shared<EnvOptions>();
            app.require_subcommand(1);
            const auto declare = [&](const char* name, const char* summary) {
              CLI::App* sub = app.add_subcommand(name, summary);
              sub->add_option("NAME", options->names, "environments; all where none is named");
              sub->add_option("--config", options->config, "a roundoff.toml other than the one found");
              return sub;
            };
            CLI::App* lists = declare("list", "what is declared, and what is made");
            lists->add_flag("--interpreters", options->interpreters,
                            "NAME=PATH of the interpreters that are here, nothing else");
            CLI::App* creates = declare("create", "make what is not made");
            declare("check", "start each one and import its frameworks");
            return [=]() -> Result<int> {
              return lists->parsed() ? list(*options) : creates->parsed() ? create(*options) : check(*options);
            };
          }};
}

}  // namespace roundoff::cli
