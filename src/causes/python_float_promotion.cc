// A gradient by central difference, (f(x + h) − f(x − h)) / (2h), with h a Python float: which dtype each part is
// computed in is NumPy's promotion rule at work. NumPy 2 (NEP 50) keeps float32; NumPy 1 promotes 0-dimensional arrays,
// but no others, to float64.
#include <fmt/format.h>

#include <array>

#include "base/format.h"
#include "causes/replay/subject.h"

namespace roundoff::causes {
namespace {

/// The dtype of each part.
struct Parts {
  DType step;        ///< what h is rounded to
  DType shifted;     ///< x ± h
  DType function;    ///< f, every op correctly rounded
  DType difference;  ///< f(x + h) − f(x − h)
  DType quotient;    ///< … / (2h), 2h rounded to it: the result
};

double rounded(DType dtype, double x) { return round_to(format_of(dtype), x); }

/// The function under the gradient as a graph of its own.
Graph function_of(const Graph& graph) {
  Graph function = graph;
  function.output = graph.nodes[static_cast<std::size_t>(graph.output)].in[0];
  return function;
}

/// f(x + h) for one variable, the other inputs as they are.
Result<Array> shifted(const Subject& subject, const Parts& parts, double step) {
  const Graph& graph = *subject.graph;
  const int variable = graph.nodes[static_cast<std::size_t>(graph.output)].in[1];
  const std::vector<int> names = graph.inputs();
  ROUNDOFF_TRY(std::vector<Array> in, replay::cast_floats(subject.in, parts.function));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != variable) continue;
    ROUNDOFF_TRY(in[i], Array::make(parts.function, subject.in[i].shape()));  // copies of an array share its bytes
    // x and h have at most 24 bits each, or float64 adds them itself: the sum is rounded as it should be (Figueroa).
    for (std::int64_t k = 0; k < in[i].size(); ++k) in[i].set(k, rounded(parts.shifted, subject.in[i].get(k) + step));
  }
  const Graph function = replay::in_dtype(function_of(graph), replay::node_of(subject).dtype, parts.function);
  ROUNDOFF_TRY(std::vector<Array> value, replay::evaluate(function, in));
  return value[static_cast<std::size_t>(function.output)];
}

Result<Array> difference(const Subject& subject, const Parts& parts, double step) {
  const double h = rounded(parts.step, step);
  ROUNDOFF_TRY(const Array above, shifted(subject, parts, h));
  ROUNDOFF_TRY(const Array below, shifted(subject, parts, -h));
  if (above.size() != subject.out->size())
    return Error{Code::usage, "a difference of the whole array is no gradient here", subject.graph->text, ""};
  ROUNDOFF_TRY(Array out, Array::make(parts.quotient, subject.out->shape()));
  const double width = rounded(parts.quotient, 2 * h);
  for (std::int64_t i = 0; i < out.size(); ++i)
    out.set(i, rounded(parts.difference, above.get(i) - below.get(i)) / width);
  return out;
}

struct Rule {
  const char* name;
  const char* detail;
  Parts parts;
};

constexpr DType kSingle = DType::float32, kDouble = DType::float64;
constexpr std::array<Rule, 5> kRules{{
    {"central difference in float32",
     "the Python float step takes float32 (NEP 50, or an array with dimensions)",
     {kSingle, kSingle, kSingle, kSingle, kSingle}},
    {"central difference promoted to float64",
     "the Python float step promotes a 0-dimensional float32 array (NumPy 1)",
     {kDouble, kDouble, kDouble, kDouble, kDouble}},
    {"central difference, float32 step, function in float64",
     "Python numbers in the function promote its scalars (NumPy 1)",
     {kSingle, kSingle, kDouble, kDouble, kDouble}},
    {"central difference, float32 step promoted to float64", "", {kSingle, kDouble, kDouble, kDouble, kDouble}},
    {"central difference in float32, divided in float64", "", {kSingle, kSingle, kSingle, kSingle, kDouble}},
}};

bool is_gradient_of_input(const Subject& subject) {
  if (!subject.whole || subject.node != subject.graph->output) return false;
  const Node& node = replay::node_of(subject);
  if (node.role != Node::Role::gradient || node.in.size() != 2 || !is_float(node.dtype)) return false;
  const std::vector<Node>& nodes = subject.graph->nodes;
  const auto gradients = std::ranges::count(nodes, Node::Role::gradient, &Node::role);
  return gradients == 1 && nodes[static_cast<std::size_t>(node.in[1])].role == Node::Role::input;
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (!is_gradient_of_input(subject)) return {};
  const DType own = replay::node_of(subject).dtype, given = subject.out->dtype();
  std::vector<Hypothesis> all;
  for (const double step : {1e-6, 1e-3, 1e-4, 1e-5, 1e-7, 1e-8}) {
    for (const Rule& rule : kRules) {
      const bool all_double = rule.parts.step == kDouble;
      if (rule.parts.quotient != given || (own != kSingle && !all_double)) continue;
      if (step != 1e-6 && &rule != &kRules[0] && !all_double) continue;
      const std::string where = rule.detail[0] == '\0' || own != kSingle ? "" : fmt::format("; {}", rule.detail);
      all.push_back({.name = own == kSingle ? rule.name : "central difference in float64",
                     .detail = fmt::format("step {}{}", step, where),
                     .effect = own == kSingle ? Class::dtype : Class::semantics,
                     .replay = [parts = rule.parts, step](const Subject& s) { return difference(s, parts, step); }});
    }
  }
  return all;
}

}  // namespace

Cause make_python_float_promotion() {
  return {.name = "python_float_promotion",
          .summary =
              "A central difference instead of a derivative; a Python float step decides the dtype by NumPy's "
              "promotion rule.",
          .source = "NEP 50 (NumPy 2.0); numpy.result_type of NumPy 1.x (value-based casting)",
          .rank = 6,
          .whole_function = true,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
