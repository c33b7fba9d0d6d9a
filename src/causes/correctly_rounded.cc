// A function of several ops, each of them correctly rounded: what no library does better, short of the exact result.
#include "causes/replay/subject.h"

namespace roundoff::causes {
namespace {

Result<Array> replay_ops(const Subject& subject) {
  ROUNDOFF_TRY(const Graph graph, subject.graph->has_gradient() ? differentiate(*subject.graph) : *subject.graph);
  ROUNDOFF_TRY(std::vector<Array> value, replay::evaluate(graph, subject.in));
  return value[static_cast<std::size_t>(graph.output)];
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (!subject.whole || replay::is_one_op(subject)) return {};
  return {{.name = "every op correctly rounded",
           .detail = subject.graph->has_gradient() ? "of the differentiated function" : "",
           .replay = replay_ops}};
}

}  // namespace

Cause make_correctly_rounded() {
  return {.name = "correctly_rounded",
          .summary = "Every op of the function is correctly rounded, one after the other.",
          .source = "IEEE 754-2019, 9.2",
          .rank = 12,
          .whole_function = true,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
