// Phase three: metrics, causes and truths to the result model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "run/function.h"

namespace roundoff {
namespace {

std::vector<std::int64_t> unravel(std::int64_t flat, const Shape& shape) {
  std::vector<std::int64_t> index(shape.size());
  for (std::size_t d = shape.size(); d-- > 0;) {
    index[d] = flat % shape[d];
    flat /= shape[d];
  }
  return index;
}

/// The element of an input that meets `index` of the output under broadcasting.
double element_at(const Array& input, const std::vector<std::int64_t>& index) {
  const Shape& shape = input.shape();
  std::int64_t flat = 0;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    const std::int64_t i = index[index.size() - shape.size() + d];
    flat = flat * shape[d] + (shape[d] == 1 ? 0 : i);
  }
  return input.get(flat);
}

bool elementwise(const Function& function) {
  return function.certified && std::ranges::all_of(function.plain.nodes, [](const Node& node) {
           return node.role != Node::Role::op || std::holds_alternative<Elementwise>(node.op->body);
         });
}

std::optional<Worst> worst_of(const Function& function, const Entry& entry, const Truth& truth) {
  const std::int64_t flat = entry.metrics.worst;
  if (flat < 0) return std::nullopt;
  const Array& output = entry.run->value().output;
  const Enclosure& t = truth.value[static_cast<std::size_t>(flat)];
  Worst worst;
  worst.index = unravel(flat, truth.shape);
  if (elementwise(function)) {
    for (const auto& [name, array] : function.ordered)
      worst.inputs.push_back({name, {element_at(array, worst.index), array.dtype()}});
  }
  worst.output = {output.get(flat), output.dtype()};
  worst.truth = {truth.nearest[static_cast<std::size_t>(flat)], truth.dtype};
  worst.truth_hi = midpoint(t);
  worst.truth_lo = std::isfinite(worst.truth_hi) ? std::ldexp(t.lo, t.exp) : 0;
  worst.truth_radius = std::ldexp(t.rad, t.exp);
  return worst;
}

std::optional<Conformance> conformance_of(const Function& function, const Entry& entry) {
  const Node* op = function.single_op();
  if (op == nullptr || !op->op->allowance.ieee754) return std::nullopt;
  const MetricValues& m = entry.metrics;
  return Conformance{op->op->name, m.correctly_rounded == m.count && entry.run->value().output.dtype() == op->dtype,
                     m.count - m.correctly_rounded, m.count};
}

/// What judging may need beyond the evidence at hand, made once and only when a backend asks for it.
class Background {
 public:
  explicit Background(const Function& function) : function_(function) {}
  const Amplification* amplification() {
    if (!looked_) {
      looked_ = true;
      if (Result<Amplification> found = roundoff::amplification(function_.plain, function_.inputs); found)
        amplification_ = std::move(found).value();
    }
    return amplification_ ? &*amplification_ : nullptr;
  }
  std::span<const std::pair<std::string, Truth>> variants() {
    if (!variants_) variants_ = variant_truths(function_);
    return *variants_;
  }
  const Truth* without_subnormals() {
    if (!zeroed_) zeroed_ = truth_without_subnormals(function_);
    return *zeroed_ ? &**zeroed_ : nullptr;
  }

 private:
  const Function& function_;
  bool looked_ = false;
  std::optional<Amplification> amplification_;
  std::optional<std::vector<std::pair<std::string, Truth>>> variants_;
  std::optional<std::optional<Truth>> zeroed_;
};

VerdictReport verdict_of(const Function& function, const Entry& entry, const Truth& truth,
                         std::span<const Finding> findings, Background& background) {
  Evidence evidence;
  evidence.output = &entry.run->value().output;
  evidence.truth = &truth;
  evidence.metrics = &entry.metrics;
  evidence.standing = entry.standing;
  evidence.certified = function.certified;
  evidence.unstable = entry.run->value().unstable;
  evidence.findings = findings;
  if (wants_amplification(evidence)) evidence.amplification = background.amplification();
  if (wants_variants(evidence)) {
    evidence.variants = background.variants();
    evidence.without_subnormals = background.without_subnormals();
  }
  return judge(evidence);
}

BackendReport backend_report(const Function& function, const Entry& entry, const Explanation& explanation,
                             Background& background) {
  const Run& run = entry.run->value();
  const Truth& truth = *function.truth_of(entry);
  BackendReport report;
  report.name = entry.label;
  report.framework = entry.name.framework;
  report.version = run.version;
  report.mode = run.name.mode;
  report.environment = entry.name.environment;
  report.recorded = entry.recorded;
  report.dtype = run.output.dtype();
  report.shape = run.output.shape();
  report.metrics = entry.metrics;
  report.worst = worst_of(function, entry, truth);
  report.verdict = verdict_of(function, entry, truth, explanation.findings, background);
  for (const Finding& finding : explanation.findings) report.causes.push_back(finding.report);
  report.ieee754 = conformance_of(function, entry);
  report.unstable = run.unstable;
  report.repeats = run.repeats;
  report.seconds = run.seconds;
  report.provenance = run.provenance;
  report.notes = run.notes;
  if (entry.native != nullptr && function.graph.has_gradient())
    report.notes.emplace_back("the derivative is roundoff's own expression");
  if (!explanation.note.empty()) report.notes.push_back(explanation.note);
  return report;
}

/// Why an entry has no row. Lacking an op or a Python is no failure; nor is it one that a port was written for another
/// release of its framework.
Skipped skipped_of(const Entry& entry) {
  if (!entry.unfit.empty()) return {entry.label, entry.unfit, "", !entry.extra};
  const Error& error = entry.run->error();
  const bool itself =
      error.place == entry.label || error.place == entry.name.framework || error.place == entry.name.str();
  const bool failed = error.code != Code::usage && error.code != Code::environment && !entry.extra;
  return {entry.label, error.place.empty() || itself ? error.what : error.place + ": " + error.what, error.remedy,
          failed};
}

void add_pairs(const Function& function, FunctionReport& report) {
  std::vector<const Entry*> answered;
  for (const Entry& entry : function.entries) {
    if (entry.answered()) answered.push_back(&entry);
  }
  for (std::size_t i = 0; i < answered.size(); ++i) {
    for (std::size_t j = i + 1; j < answered.size(); ++j) {
      const Array& a = answered[i]->run->value().output;
      const Array& b = answered[j]->run->value().output;
      if (a.size() != b.size()) continue;
      report.pairs.push_back(judge_pair(report.backends[i], report.backends[j], measure_pair(a, b)));
    }
  }
}

}  // namespace

FunctionReport report_of(const Function& function, const Plan& plan, Workers& workers) {
  FunctionReport report;
  report.title = function.plan.title;
  report.expression = function.plan.expression.empty() ? function.plan.port : function.plan.expression;
  report.certified = function.certified;
  report.inputs = function.input_reports;
  report.skipped = function.skipped;
  report.machine = machine_text();
  report.repro = repro_of(plan, function.plan);
  const std::vector<Explanation> explanations = explain_all(function, plan, workers);
  Background background(function);
  for (std::size_t i = 0; i < function.entries.size(); ++i) {
    const Entry& entry = function.entries[i];
    if (!entry.answered()) {
      report.skipped.push_back(skipped_of(entry));
      continue;
    }
    report.backends.push_back(backend_report(function, entry, explanations[i], background));
  }
  if (function.truth) {
    report.dtype = function.truth->dtype;
    report.count = static_cast<std::int64_t>(function.truth->value.size());
    report.undecided = static_cast<std::int64_t>(function.truth->undecided.size());
    report.refined = function.truth->refined;
    report.tolerance = justified_tolerance(*function.truth);
  } else if (!report.backends.empty()) {
    report.dtype = report.backends.front().dtype;
    report.count = report.backends.front().metrics.count;
  }
  add_pairs(function, report);
  return report;
}

}  // namespace roundoff
