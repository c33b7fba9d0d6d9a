// roundoff sweep: every float of a range, or a sample, against certified truths.
#include "run/sweep.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <charconv>
#include <cmath>
#include <csignal>
#include <memory>

#include "backends/foreign.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/shared/console.h"
#include "cli/shared/deadline.h"
#include "cli/shared/sweep_output.h"

namespace roundoff::cli {
namespace {

constexpr int kInterrupted = 130;

struct SweepOptions {
  std::vector<std::string> functions;
  SweepPlan plan;
  std::string dtype = "float32", shards, samples;
  double deadline = 60;
  std::string config, view = "terminal";
  bool no_timing = false, quiet = false;
  std::size_t width = 0;
};

std::atomic<bool> interrupted{false};

void on_interrupt(int) { interrupted = true; }

/// From now on the first Ctrl-C (or SIGTERM) asks for a stop; a second ends the process.
void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

/// "exp, gelu(x, approximate='tanh')" at its commas outside brackets.
std::vector<std::string> functions_in(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) {
    int depth = 0;
    std::string function;
    for (const char c : word + ",") {
      if (c == ',' && depth == 0) {
        if (const auto text = trimmed(function); !text.empty()) out.emplace_back(text);
        function.clear();
        continue;
      }
      if (c == '(') ++depth;
      if (c == ')') --depth;
      function += c;
    }
    if (const auto rest = trimmed(function); !rest.empty()) out.emplace_back(rest);
  }
  return out;
}

/// "1e9", "65536".
Result<std::int64_t> count_in(const std::string& text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size() && value >= 1 && value <= 1e15 &&
      value == std::floor(value))
    return static_cast<std::int64_t>(value);
  return Error{Code::usage, fmt::format("'{}' is no number of samples", text), "--samples", "1e6, say"};
}

/// "2/4": this shard, from 1, and how many there are.
Status read_shards(const std::string& text, SweepPlan& plan) {
  const auto slash = text.find('/');
  const auto number = [](std::string_view digits, std::int64_t& into) {
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), into);
    return !digits.empty() && read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  };
  std::int64_t shard = 0;
  if (slash == std::string::npos || !number(std::string_view(text).substr(0, slash), shard) ||
      !number(std::string_view(text).substr(slash + 1), plan.shards))
    return Error{Code::usage, fmt::format("'{}' is no shard", text), "--shards", "i/N, as in 1/4"};
  plan.shard = shard - 1;
  return {};
}

Result<SweepPlan> plan_of(const SweepOptions& options) {
  SweepPlan plan = options.plan;
  plan.functions = functions_in(options.functions);
  const auto dtype = dtype_named(options.dtype);
  if (!dtype)
    return Error{Code::usage, fmt::format("there is no dtype '{}'", options.dtype), "--dtype",
                 "float16, bfloat16, float32 or float64"};
  plan.dtype = *dtype;
  if (!options.samples.empty()) {
    ROUNDOFF_TRY(plan.samples, count_in(options.samples));
  }
  if (!options.shards.empty()) ROUNDOFF_CHECK(read_shards(options.shards, plan));
  plan.timing = !options.no_timing;
  plan.deadline = milliseconds_of(options.deadline);
  plan.host = own_program();
  return plan;
}

Result<int> run(const SweepOptions& options) {
  watch_interrupts();
  ROUNDOFF_TRY(const SweepPlan plan, plan_of(options));
  ROUNDOFF_TRY(const std::vector<Environment> environments, load_environments(options.config));
  WorkerPool pool(environments);
  PoolWorkers workers(pool);
  const ViewOptions look{options.width > 0 ? options.width : terminal_width(), colours_wanted()};
  SweepOutput output(sweep_view_named(options.view), look, "");
  SweepListener listener;
  listener.progress = [&](const std::string& line) {
    if (!options.quiet) say(line);
  };
  listener.report = [&](const SweepFunction& function) {
    if (plan.shards == 1) output.add(function);
  };
  listener.stop = &interrupted;
  ROUNDOFF_TRY(const SweepOutcome outcome, run_sweep(plan, environments, workers, listener));
  if (outcome.stopped) {
    say(plan.state.empty() ? "roundoff: interrupted; nothing is kept (--state FILE keeps what is done)"
                           : "roundoff: interrupted; " + plan.state + " has what is done (--resume goes on)");
    return kInterrupted;
  }
  if (plan.shards > 1) {
    say(fmt::format("{}: shard {} of {} is done (roundoff merge makes the report)", plan.state, plan.shard + 1,
                    plan.shards));
    return outcome.failed ? static_cast<int>(Code::worker) : 0;
  }
  ROUNDOFF_CHECK(output.finish());
  return exit_code_of(outcome);
}

void declare(CLI::App& app, SweepOptions& o) {
  app.footer(
      "exit codes: 0 nothing beyond rounding, 1 something beyond it (a broken contract, other bits on a second call, "
      "an "
      "error above the op's allowance), 2 usage, 3 bad input, 4 a kernel or worker failed, 5 truth undecided, 6 "
      "resources, 7 unfit environment, 130 interrupted.");
  const auto each = [](CLI::Option* option) {
    return option->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  app.add_option("FUNCTION", o.functions, "elementwise ops by name or as calls, separated by commas; all: every one")
      ->required();
  each(app.add_option("-b,--backends,--backend", o.plan.backends,
                      "FRAMEWORK[@ENVIRONMENT][:MODE], separated by commas; the native libraries by default"))
      ->delimiter(',')
      ->type_name("LIST");
  each(app.add_option("--kernel", o.plan.kernels,
                      "your own: FILE.so:FUNCTION for float(float), FILE.so:FUNCTION:vector for void(const float*, "
                      "float*, size_t)"))
      ->type_name("KERNEL");
  app.add_option("--dtype", o.dtype, "float16, bfloat16, float32 (every float) or float64 (a sample)")
      ->type_name("DTYPE");
  each(app.add_option("--range", o.plan.ranges,
                      "'[LOW, HIGH]', of all arguments, or again for each; every float by default"))
      ->type_name("RANGE");
  app.add_option("--samples", o.samples, "a stratified sample of so many inputs (2^20 where every input is too many)")
      ->type_name("N");
  app.add_option("--seed", o.plan.seed, "of the sample (1)")->type_name("N");
  app.add_option("--state", o.plan.state, "keep what is done in this file")->type_name("FILE");
  app.add_flag("--resume", o.plan.resume, "go on with --state");
  app.add_option("--shards", o.shards, "do shard i of N only, into --state")->type_name("i/N");
  CLI::Option_group* views = app.add_option_group("views", "how the report is written");
  for (const SweepView& view : all_sweep_views()) {
    if (view.name != o.view)
      views->add_flag_callback(
          "--" + view.name, [&o, name = view.name] { o.view = name; }, view.summary);
  }
  views->require_option(0, 1);
  add_deadline(app, o.deadline, "seconds that a kernel or worker has for one call");
  app.add_option("--config", o.config, "a roundoff.toml other than the one found")->type_name("FILE");
  app.add_flag("--no-timing", o.no_timing, "leave seconds out of the report");
  app.add_flag("--quiet", o.quiet, "no progress on standard error");
  app.add_option("--width", o.width, "columns of the report (the terminal's, or 80)")
      ->check(CLI::Range(40, 400))
      ->type_name("N");
}

}  // namespace

Command make_sweep() {
  return {"sweep", "measure a function's accuracy over every float, or over a sample", [](CLI::App& app) {
            auto options = std::make_shared<SweepOptions>();
            declare(app, *options);
            return [=] { return run(*options); };
          }};
}

}  // namespace roundoff::cli
