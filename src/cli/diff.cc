// roundoff diff: arrays from anywhere, pair by pair.
#include "run/diff.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>

#include "backends/framework_files.h"
#include "cli/command.h"
#include "cli/shared/console.h"
#include "report/diff/view.h"

namespace roundoff::cli {
namespace {

struct DiffOptions {
  std::string a, b, map, layout, transpose, dtype, shape, fail_on, config;
  std::optional<double> rtol, atol;
  std::optional<std::int64_t> max_ulp;
  std::vector<std::string> inputs;
  std::string expression, order = "file";
  std::string view = "terminal";
  bool no_findings = false, quiet = false;
  std::size_t width = 0, worst = 5;
};

Result<Shape> shape_of(const std::string& text) {
  Shape shape;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    std::int64_t size = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + comma, size);
    if (read.ec != std::errc() || read.ptr != text.data() + comma || size < 0)
      return Error{Code::usage, "'" + text + "' is no shape", "--shape", "sizes separated by commas: --shape 64,1000"};
    shape.push_back(size);
    at = comma + 1;
  }
  return shape;
}

Result<StoredType> type_of(const std::string& text) {
  if (text == "complex64") return StoredType{DType::float32, true};
  if (text == "complex128") return StoredType{DType::float64, true};
  if (const auto dtype = dtype_named(text)) return StoredType{*dtype, false};
  return Error{Code::usage, "'" + text + "' is no dtype", "--dtype", "float32, bfloat16, int8, complex64, …"};
}

std::string repro_of(const DiffOptions& o) {
  std::string line = "roundoff diff " + shell_word(o.a) + " " + shell_word(o.b);
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) line += " " + name + " " + shell_word(value);
  };
  add("--map", o.map);
  add("--layout", o.layout);
  add("--transpose", o.transpose);
  add("--dtype", o.dtype);
  add("--shape", o.shape);
  const auto number = [](double x) { return CLI::detail::to_string(x); };
  if (o.rtol) add("--rtol", number(*o.rtol));
  if (o.atol) add("--atol", number(*o.atol));
  if (o.max_ulp) add("--max-ulp", std::to_string(*o.max_ulp));
  add("--expr", o.expression);
  for (const std::string& input : o.inputs) add("--input", input);
  add("--config", o.config);
  return line;
}

Result<DiffPlan> plan_of(const DiffOptions& o) {
  DiffPlan plan;
  plan.a = o.a;
  plan.b = o.b;
  plan.rtol = o.rtol;
  plan.atol = o.atol;
  plan.max_ulp = o.max_ulp;
  plan.findings = !o.no_findings;
  plan.worst = o.worst;
  plan.expression = o.expression;
  plan.repro = repro_of(o);
  if (!o.dtype.empty()) {
    ROUNDOFF_TRY(plan.open.type, type_of(o.dtype));
  }
  if (!o.shape.empty()) {
    ROUNDOFF_TRY(plan.open.shape, shape_of(o.shape));
  }
  if (!o.map.empty()) {
    ROUNDOFF_TRY(plan.map, read_name_map(o.map));
  }
  if (!o.layout.empty()) {
    ROUNDOFF_TRY(plan.axes, axes_of_layout(o.layout));
  }
  if (!o.transpose.empty()) {
    ROUNDOFF_TRY(plan.axes, axes_of_list(o.transpose));
  }
  for (const std::string& text : o.inputs) {
    ROUNDOFF_TRY(Binding binding, parse_binding(text, "--input"));
    plan.compare.inputs.push_back(std::move(binding));
  }
  if (o.expression.empty() && !o.inputs.empty())
    return Error{Code::usage, "inputs need an expression", "--input", "--expr 'softmax(x)'"};
  return plan;
}

void put_in_order(DiffReport& report, const std::string& order) {
  if (order == "name") std::ranges::stable_sort(report.tensors, {}, &TensorDiff::a);
  if (order == "difference") {
    std::ranges::stable_sort(report.tensors, std::greater<>(), [](const TensorDiff& t) {
      return t.not_compared.empty() ? t.figures.max_scaled : HUGE_VAL;
    });
  }
}

Result<int> run(const DiffOptions& o) {
  ROUNDOFF_TRY(DiffPlan plan, plan_of(o));
  ROUNDOFF_TRY(const std::set<Class> fail_on, o.fail_on.empty() ? Result(default_fail_on()) : parse_fail_on(o.fail_on));
  ROUNDOFF_TRY(const std::vector<Environment> environments, load_environments(o.config));
  WorkerPool pool(environments);
  plan.open.further = framework_formats(pool);
  PoolWorkers workers(pool);
  DiffListener listener;
  listener.progress = [&](const std::string& line) {
    if (!o.quiet) say(line);
  };
  ROUNDOFF_TRY(DiffReport report, diff(plan, environments, workers, listener));
  put_in_order(report, o.order);
  const DiffView& view = *std::ranges::find(all_diff_views(), o.view, &DiffView::name);
  ROUNDOFF_CHECK(print(view.render(report, {o.width > 0 ? o.width : terminal_width(), colours_wanted()})));
  return exit_code_of(report, plan, fail_on);
}

void declare(CLI::App& app, DiffOptions& o) {
  app.footer(
      "exit codes: 0 identical, or within the tolerance that was asked for; 1 beyond it, a verdict of --fail-on, "
      "another shape, a tensor without partner; 2 usage; 3 bad input; 4 a worker failed; 5 different, and nobody said "
      "how far they may be; 6 resources; 7 unfit environment.");
  app.add_option("A", o.a, "a file, archive or directory")->required();
  app.add_option("B", o.b, "what it is compared with: the reference of relative figures")->required();
  app.add_option("--map", o.map, "lines 'FROM -> TO': what a's tensors are called in b; globs, or /regex/ and $1")
      ->type_name("FILE");
  CLI::Option* layout = app.add_option("--layout", o.layout, "axes of a and of b: NHWC:NCHW")->type_name("A:B");
  app.add_option("--transpose", o.transpose, "the axes of a in the order of b's: 0,3,1,2")
      ->type_name("AXES")
      ->excludes(layout);
  app.add_option("--rtol", o.rtol, "|a − b| ≤ atol + rtol·|b|, as np.testing.assert_allclose has it")
      ->check(CLI::NonNegativeNumber)
      ->type_name("X");
  app.add_option("--atol", o.atol, "likewise; one that is given alone leaves the other 0")
      ->check(CLI::NonNegativeNumber)
      ->type_name("X");
  app.add_option("--max-ulp", o.max_ulp, "floats that may lie between, as np.testing.assert_array_max_ulp has it")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  app.add_option("--fail-on", o.fail_on, "verdicts that make the exit code 1, separated by commas, or none")
      ->type_name("LIST");
  app.add_option("--expr", o.expression, "the function that both claim to be: gives the truth, its verdict and causes")
      ->type_name("EXPR");
  app.add_option("-i,--input", o.inputs, "NAME=GENERATOR(…) or NAME=FILE.npy, for --expr")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("NAME=SOURCE");
  app.add_option("--dtype", o.dtype, "what raw files hold")->type_name("DTYPE");
  app.add_option("--shape", o.shape, "the shape of a raw file's array: 64,1000")->type_name("SIZES");
  app.add_option("--sort", o.order, "order of many tensors: file, name or difference")
      ->check(CLI::IsMember({"file", "name", "difference"}))
      ->type_name("ORDER");
  app.add_option("--worst", o.worst, "elements shown of each pair (5)")->check(CLI::Range(0, 1000))->type_name("N");
  CLI::Option_group* views = app.add_option_group("views", "how the report is written");
  for (const DiffView& view : all_diff_views()) {
    if (view.name != o.view)
      views->add_flag_callback(
          "--" + view.name, [&o, name = view.name] { o.view = name; }, view.summary);
  }
  views->require_option(0, 1);
  app.add_flag("--no-findings", o.no_findings, "figures only: do not look for structure");
  app.add_option("--config", o.config, "a roundoff.toml other than the one found")->type_name("FILE");
  app.add_flag("--quiet", o.quiet, "no progress on standard error");
  app.add_option("--width", o.width, "columns of the report (the terminal's, or 80)")
      ->check(CLI::Range(40, 400))
      ->type_name("N");
}

}  // namespace

Command make_diff() {
  return {"diff", "compare arrays from files, pair by pair", [](CLI::App& app) {
            auto options = std::make_shared<DiffOptions>();
            declare(app, *options);
            return [=] { return run(*options); };
          }};
}

}  // namespace roundoff::cli
