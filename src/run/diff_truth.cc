// Both arrays as recorded outputs of one function: its truth, verdicts and causes, through the pipeline of compare().
#include <fmt/format.h>

#include "run/diff.h"

namespace roundoff {
namespace {

Nearer nearer_of(PairClass pair) {
  switch (pair) {
    case PairClass::a_nearer:
      return Nearer::a;
    case PairClass::b_nearer:
      return Nearer::b;
    case PairClass::neither:
      return Nearer::neither;
    case PairClass::undetermined:
      return Nearer::unknown;
    case PairClass::identical:
    case PairClass::both_rounding:
    case PairClass::same_cause:
      break;
  }
  return Nearer::both;
}

}  // namespace

Status add_truth(DiffReport& report, const DiffPlan& plan, const TensorFile& a, const TensorFile& b,
                 const std::pair<std::size_t, std::size_t>& pair, const std::vector<Environment>& environments,
                 Workers& workers, const DiffListener& listener) {
  FunctionPlan function;
  function.expression = plan.expression;
  function.recorded_only = true;
  ROUNDOFF_TRY(const Array x, read_tensor(a, pair.first));
  ROUNDOFF_TRY(const Array y, read_tensor(b, pair.second));
  function.arrays = {{"a", x}, {"b", y}};
  Plan compared = plan.compare;
  compared.functions = {function};
  compared.timing = false;
  ROUNDOFF_CHECK(compare(compared, environments, workers,
                         {listener.progress, [&](const FunctionReport& f) {
                            report.function = f;
                            report.function->repro = plan.repro;  // that of compare() would lack the recorded arrays
                          }}));
  TensorDiff& tensor = report.tensors.front();
  if (!report.function || report.function->backends.size() != 2) return {};
  const BackendReport &p = report.function->backends[0], &q = report.function->backends[1];
  const auto rank = [](const BackendReport& backend) {
    return beyond_rounding(backend.verdict.verdict) ? 2 : backend.verdict.verdict == Class::identical ? 0 : 1;
  };
  const BackendReport& worse = rank(q) >= rank(p) ? q : p;
  tensor.verdict = worse.verdict.verdict;
  tensor.causes = worse.causes;
  tensor.reason =
      fmt::format("a: {}{}{}; b: {}{}{}", name_of(p.verdict.verdict), p.verdict.reason.empty() ? "" : ", ",
                  p.verdict.reason, name_of(q.verdict.verdict), q.verdict.reason.empty() ? "" : ", ", q.verdict.reason);
  if (!report.function->pairs.empty()) tensor.nearer = nearer_of(report.function->pairs.front().verdict);
  return {};
}

}  // namespace roundoff
