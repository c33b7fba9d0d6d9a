#include "run/sweep/function.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace roundoff::sweep {
namespace {

bool elementwise(const Op& op) { return std::holds_alternative<Elementwise>(op.body); }

std::vector<std::string> elementwise_names() {
  std::vector<std::string> names;
  for (const auto& [name, op] : all_ops()) {
    if (elementwise(op)) names.push_back(name);
  }
  return names;
}

/// "exp" -> "exp(x)", "pow" -> "pow(x1, x2)"; a call stays.
Result<std::string> call_of(const std::string& text) {
  if (!is_identifier(text)) return text;
  const Op* op = find_op(text);
  if (op == nullptr) {
    const auto near = nearest(text, elementwise_names());
    return Error{Code::usage, fmt::format("there is no op '{}'", text), "",
                 near.empty() ? "roundoff ops" : "did you mean " + either(near) + "?"};
  }
  if (op->arity_max == 1) return text + "(x)";
  std::string call = text + "(";
  for (int k = 1; k <= op->arity_max; ++k) call += fmt::format("{}x{}", k == 1 ? "" : ", ", k);
  return call + ")";
}

Error not_sweepable(const std::string& text, const std::string& what) {
  return {Code::usage, what, text, "an elementwise op (roundoff ops), by its name or as a call: exp, gelu(x)"};
}

std::map<std::string, Signature, std::less<>> signatures(const Function& function, std::int64_t n) {
  std::map<std::string, Signature, std::less<>> out;
  for (std::size_t k = 0; k < function.arity(); ++k) out[function.names[k]] = {function.dtypes[k], {n}};
  return out;
}

Status set_ranges(Function& function, const SweepPlan& plan) {
  const std::size_t given = plan.ranges.size();
  if (given > 1 && given != function.arity()) {
    return Error{Code::usage,
                 fmt::format("{} ranges for {} argument{}", given, function.arity(), function.arity() == 1 ? "" : "s"),
                 function.text, "one --range for all arguments, or one for each"};
  }
  for (std::size_t k = 0; k < function.arity(); ++k) {
    if (given == 0) {
      function.ranges.push_back(all_floats(plan.dtype));
    } else {
      ROUNDOFF_TRY(const FloatRange range, parse_float_range(plan.ranges[given == 1 ? 0 : k], plan.dtype));
      function.ranges.push_back(range);
    }
  }
  return {};
}

}  // namespace

Graph Function::sized(std::int64_t n) const { return infer(graph, signatures(*this, n)).value(); }

Result<Function> function_of(const std::string& text, const SweepPlan& plan) {
  Function function;
  function.text = text;
  ROUNDOFF_TRY(const std::string call, call_of(text));
  ROUNDOFF_TRY(function.graph, parse_expression(call));
  const Node& node = function.node();
  if (node.role != Node::Role::op || function.graph.nodes.size() != node.in.size() + 1 || node.in.empty())
    return not_sweepable(text, "it is not one op of arguments that are all inputs");
  if (!elementwise(*node.op)) return not_sweepable(text, fmt::format("{} is not elementwise", node.name));
  function.op = node.op;
  for (const int in : node.in) {
    const Node& argument = function.graph.nodes[static_cast<std::size_t>(in)];
    if (argument.role != Node::Role::input) return not_sweepable(text, "an argument is a constant");
    function.names.push_back(argument.name);
    function.dtypes.push_back(plan.dtype);
  }
  if (node.name == "where") function.dtypes.front() = DType::bool_;
  ROUNDOFF_TRY(const Graph inferred, infer(function.graph, signatures(function, 1)));
  function.result = inferred.nodes[static_cast<std::size_t>(inferred.output)].dtype;
  if (function.arity() == 1 && node.attrs.empty() && function.result == plan.dtype) {
    function.course = node.op->course;
  }
  ROUNDOFF_CHECK(set_ranges(function, plan));
  return function;
}

}  // namespace roundoff::sweep
