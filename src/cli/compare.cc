// roundoff compare: functions in every backend against their certified truths.
#include "run/compare.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/command.h"
#include "cli/shared/console.h"
#include "cli/shared/deadline.h"
#include "report/view.h"

namespace roundoff::cli {
namespace {

struct CompareOptions {
  std::vector<std::string> functions, inputs, recorded;
  Plan plan;
  double deadline = 60;
  std::string fail_on;
  std::string view = "terminal";
  bool no_causes = false, no_timing = false, quiet = false;
  std::size_t width = 0;
};

Result<std::vector<Binding>> bindings(const std::vector<std::string>& texts, const std::string& option) {
  std::vector<Binding> out;
  for (const std::string& text : texts) {
    ROUNDOFF_TRY(Binding binding, parse_binding(text, option));
    if (std::ranges::find(out, binding.name, &Binding::name) != out.end())
      return Error{Code::usage, "'" + binding.name + "' is given twice", option, "give each name once"};
    out.push_back(std::move(binding));
  }
  return out;
}

Result<Plan> plan_of(const CompareOptions& options) {
  Plan plan = options.plan;
  for (const std::string& word : options.functions) {
    ROUNDOFF_TRY(const std::vector<FunctionPlan> functions, roundoff::plan_of(word));
    plan.functions.insert(plan.functions.end(), functions.begin(), functions.end());
  }
  ROUNDOFF_TRY(plan.inputs, bindings(options.inputs, "--input"));
  ROUNDOFF_TRY(plan.recorded, bindings(options.recorded, "--recorded"));
  plan.causes = !options.no_causes;
  plan.timing = !options.no_timing;
  plan.deadline = milliseconds_of(options.deadline);
  return plan;
}

const View& chosen_view(const CompareOptions& options) { return view_named(options.view); }

Result<int> run(const CompareOptions& options) {
  ROUNDOFF_TRY(const Plan plan, plan_of(options));
  ROUNDOFF_TRY(const std::set<Class> fail_on,
               options.fail_on.empty() ? Result(default_fail_on()) : parse_fail_on(options.fail_on));
  ROUNDOFF_TRY(const std::vector<Environment> environments, load_environments(options.plan.config));
  WorkerPool pool(environments);
  PoolWorkers workers(pool);
  ExitCode code(fail_on);
  Status printed;
  bool first = true;
  Listener listener;
  listener.progress = [&](const std::string& line) {
    if (!options.quiet) say(line);
  };
  const View& view = chosen_view(options);
  const ViewOptions look{options.width > 0 ? options.width : terminal_width(), colours_wanted()};
  listener.report = [&](const FunctionReport& report) {
    code.add(report);
    const std::string gap = view.separate && !first ? "\n" : "";
    if (const Status now = print(gap + view.render(report, look)); !now) printed = now;
    first = false;
  };
  ROUNDOFF_CHECK(compare(plan, environments, workers, listener));
  ROUNDOFF_CHECK(std::move(printed));
  return code.value();
}

void declare(CLI::App& app, CompareOptions& o) {
  app.footer(
      "exit codes: 0 nothing beyond rounding, 1 something beyond it, 2 usage, 3 bad input, 4 a worker failed, 5 truth "
      "undecided or not certified, "
      "6 resources, 7 unfit environment or no backend that could answer. Where several hold, the first of 7, 6, 4, 1, "
      "5.");
  app.add_option("FUNCTION", o.functions, "expressions, ports (*.py: one function per framework) or suites (*.toml)")
      ->required();
  const auto each = [](CLI::Option* option) {
    return option->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  each(app.add_option("-i,--input", o.inputs, "NAME=GENERATOR(…) or NAME=FILE.npy; again for each input"))
      ->type_name("NAME=SOURCE");
  each(app.add_option("-b,--backends", o.plan.backends,
                      "FRAMEWORK[@ENVIRONMENT][:MODE], separated by commas; all that there are by default"))
      ->delimiter(',')
      ->type_name("LIST");
  each(app.add_option("--recorded", o.recorded,
                      "outputs from elsewhere: a .npy file, or a listing of one number a line"))
      ->type_name("NAME=FILE");
  app.add_option("--save", o.plan.save, "write inputs, outputs and truth as .npy files")->type_name("DIR");
  CLI::Option_group* views = app.add_option_group("views", "how the report is written");
  for (const View& view : all_views()) {
    if (view.name != o.view)
      views->add_flag_callback(
          "--" + view.name, [&o, name = view.name] { o.view = name; }, view.summary);
  }
  views->require_option(0, 1);
  app.add_option("--fail-on", o.fail_on, "verdicts that make the exit code 1, separated by commas, or none")
      ->type_name("LIST");
  app.add_option("--repeats", o.plan.repeats, "runs whose bits are compared (2)")
      ->check(CLI::Range(2, 1000))
      ->type_name("N");
  add_deadline(app, o.deadline, "seconds that a worker has for one request");
  app.add_option("--config", o.plan.config, "a roundoff.toml other than the one found")->type_name("FILE");
  app.add_flag("--no-causes", o.no_causes, "do not look for causes");
  app.add_flag("--no-timing", o.no_timing, "do not time calls");
  app.add_flag("--quiet", o.quiet, "no progress on standard error");
  app.add_option("--width", o.width, "columns of the report (the terminal's, or 80)")
      ->check(CLI::Range(40, 400))
      ->type_name("N");
}

}  // namespace

Command make_compare() {
  return {"compare", "run functions in every backend and say what their differences are", [](CLI::App& app) {
            auto options = std::make_shared<CompareOptions>();
            declare(app, *options);
            return [=] { return run(*options); };
          }};
}

}  // namespace roundoff::cli
