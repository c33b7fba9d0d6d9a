// roundoff ops: what there is of ops, who evaluates them, and all about one.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "backends/resolve.h"
#include "backends/worker_pool.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/shared/console.h"
#include "cli/shared/deadline.h"
#include "ops/op.h"

namespace roundoff::cli {
namespace {

struct OpsOptions {
  std::string name, config, dtype = "float32";
  double deadline = 60;
  bool markdown = false;
};

/// One backend and what it makes of each op.
struct Column {
  std::string label;
  std::set<std::string> supported;
  std::map<std::string, std::string> composed;  ///< how, where the framework has no function of its own
};

Attrs standard_attrs(const Op& op) {
  Attrs attrs;
  for (const AttrSpec& spec : op.attrs) {
    if (spec.standard) attrs[spec.name] = *spec.standard;
  }
  return attrs;
}

Column native_column(const NativeLibrary& library, DType dtype) {
  Column column{library.name, {}, {}};
  for (const auto& [name, op] : all_ops()) {
    const bool moves = std::holds_alternative<Movement>(op.body);
    if (moves || library.supports(op, dtype, standard_attrs(op))) column.supported.insert(name);
  }
  return column;
}

std::vector<Column> columns(const std::vector<Environment>& environments, DType dtype,
                            std::chrono::milliseconds deadline) {
  std::vector<Column> out;
  for (const NativeLibrary& library : native_libraries()) out.push_back(native_column(library, dtype));
  std::vector<BackendName> names;
  std::vector<std::string> labels, ops;
  for (const Resolved& backend : default_selection(environments).backends) {
    if (backend.native != nullptr) continue;
    names.push_back(backend.name);
    labels.push_back(backend.label);
  }
  for (const auto& [name, op] : all_ops()) ops.push_back(name);
  WorkerPool pool(environments);
  const std::vector<Result<Coverage>> answers = pool.coverage(names, ops, deadline);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!answers[i].ok()) {
      say("roundoff: " + labels[i] + ": " + to_string(answers[i].error()));
      continue;
    }
    out.push_back({labels[i], {answers[i]->supported.begin(), answers[i]->supported.end()}, answers[i]->composed});
  }
  return out;
}

std::string cell(const Column& column, const std::string& op) {
  if (!column.supported.contains(op)) return "-";
  return column.composed.contains(op) ? "composed" : "native";
}

/// Backends are numbered, so that the table fits a terminal.
std::string table(const std::vector<Column>& all) {
  std::string text = "N native, c composed of the framework's own ops, . unsupported\n\n";
  for (std::size_t i = 0; i < all.size(); ++i) text += fmt::format("{:>3} {}\n", i + 1, all[i].label);
  text += fmt::format("\n{:<18}", "");
  for (std::size_t i = 0; i < all.size(); ++i) text += fmt::format("{:>3}", i + 1);
  for (const auto& [name, op] : all_ops()) {
    text += fmt::format("\n{:<18}", name);
    for (const Column& column : all) {
      const std::string what = cell(column, name);
      text += fmt::format("{:>3}", what == "native" ? "N" : what == "composed" ? "c" : ".");
    }
  }
  return text + "\n";
}

std::string allowance_words(const Op& op) {
  const Allowance& a = op.allowance;
  if (a.ulps == 0 && a.scale_ulps == 0) return "none: the exact result";
  std::string words = fmt::format("{} ulp", a.ulps);
  if (a.scale_ulps > 0) words += fmt::format(", or {} ulp of {}", a.scale_ulps, a.scale);
  if (a.ieee754) words += "; correctly rounded by IEEE 754, which the conformance line checks";
  return words;
}

std::string signature(const Op& op) {
  std::string text = op.name + "(";
  for (int i = 1; i <= std::max(1, op.arity_min); ++i) text += (i == 1 ? "x" : ", x") + std::to_string(i);
  if (op.arity_max > op.arity_min) text += ", …";
  for (const AttrSpec& spec : op.attrs) text += ", " + spec.name + (spec.standard ? "" : "=…");
  return text + ")";
}

std::string kind_of(const Op& op) {
  if (const auto* fiber = std::get_if<Fiber>(&op.body)) return fiber->scan ? "scan along axes" : "reduction along axes";
  if (std::holds_alternative<Contraction>(op.body)) return "inner products";
  return std::holds_alternative<Movement>(op.body) ? "moves elements" : "elementwise";
}

std::vector<std::pair<std::string, std::string>> facts(const Op& op) {
  std::vector<std::pair<std::string, std::string>> out{{"shape of the op", kind_of(op)},
                                                       {"allowance", allowance_words(op)}};
  if (!op.allowance.source.empty()) out.emplace_back("source", op.allowance.source);
  if (!op.special_values.empty()) out.emplace_back("special values", op.special_values);
  for (const AttrSpec& spec : op.attrs) {
    std::string doc = spec.doc;
    if (!spec.choices.empty()) doc += " (" + either(spec.choices) + ")";
    out.emplace_back(spec.name, doc);
  }
  for (std::size_t i = 0; i < op.derivative.size(); ++i)
    out.emplace_back(fmt::format("adjoint of x{}", i + 1), op.derivative[i].empty() ? "none" : op.derivative[i]);
  for (const Variant& v : op.variants) out.emplace_back("variant", v.name + ": " + v.who);
  return out;
}

std::string page(const Op& op, const std::vector<Column>& all) {
  const std::size_t width = terminal_width();
  std::string text = fmt::format("{}\n  {}\n", signature(op), wrapped(op.summary, width - 2, 2));
  for (const auto& [name, what] : facts(op)) text += fmt::format("  {:<16} {}\n", name, wrapped(what, width - 19, 19));
  for (const Column& column : all) {
    const auto how = column.composed.find(op.name);
    text += fmt::format("  {:<16} {}\n", column.label,
                        how == column.composed.end() ? cell(column, op.name) : "composed: " + how->second);
  }
  return text;
}

std::string markdown_section(const Op& op) {
  std::string text = fmt::format("## {}\n\n`{}`: {}\n\n", op.name, signature(op), op.summary);
  for (const auto& [name, what] : facts(op)) text += fmt::format("- {}: {}\n", name, what);
  return text + "\n";
}

/// The reference page: from the registries alone, so that it is the same on every machine.
std::string markdown() {
  std::string text;
  for (const auto& [name, op] : all_ops()) text += markdown_section(op);
  return text;
}

Result<int> run(const OpsOptions& options) {
  const auto dtype = dtype_named(options.dtype);
  if (!dtype || !is_float(*dtype) || !is_computed(*dtype))
    return Error{Code::usage, "'" + options.dtype + "' is no floating dtype", "--dtype",
                 "float16, bfloat16, float32 or float64"};
  std::string text;
  if (!options.name.empty()) {
    const Op* op = find_op(options.name);
    if (op == nullptr) {
      std::vector<std::string> names;
      for (const auto& [name, known] : all_ops()) names.push_back(name);
      const std::vector<std::string> near = nearest(options.name, names);
      return Error{Code::usage, "there is no op '" + options.name + "'", "",
                   near.empty() ? "roundoff ops" : "did you mean " + either(near) + "?"};
    }
    if (options.markdown) {
      text = markdown_section(*op);
    } else {
      ROUNDOFF_TRY(const std::vector<Environment> environments, load_environments(options.config));
      text = page(*op, columns(environments, *dtype, milliseconds_of(options.deadline)));
    }
  } else if (options.markdown) {
    text = markdown();
  } else {
    ROUNDOFF_TRY(const std::vector<Environment> environments, load_environments(options.config));
    text = table(columns(environments, *dtype, milliseconds_of(options.deadline)));
  }
  ROUNDOFF_CHECK(print(text));
  return 0;
}

}  // namespace

Command make_ops() {
  return {"ops", "the ops, who evaluates which, and all about one of them", [](CLI::App& app) {
            auto options = std::make_shared<OpsOptions>();
            app.add_option("NAME", options->name, "one op; the coverage table without");
            app.add_option("--dtype", options->dtype, "the dtype that native libraries are asked about (float32)");
            app.add_option("--config", options->config, "a roundoff.toml other than the one found")->type_name("FILE");
            add_deadline(app, options->deadline, "seconds that a worker has for its answer");
            app.add_flag("--markdown", options->markdown, "the reference page, from the registries alone");
            return [=] { return run(*options); };
          }};
}

}  // namespace roundoff::cli
