#include <cmath>
#include <limits>

#include "truth/certify.h"
#include "truth/walk.h"

namespace roundoff {
namespace truth {
namespace {

constexpr double kChange = 0x1p-40;  // relative change of an argument: small, so that the answer is the derivative's
constexpr double kMuch = 1000;

/// Relative changes of an argument's elements: of all of them, or of those that carry rounding errors.
Radii changes(const NodeTruth& in, std::int64_t count, bool all) {
  if (!all && !in.sound) return nullptr;
  auto radii = std::make_shared<std::vector<double>>(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const double mid = std::fabs(in.values.mid(i));
    if ((all || radius_at(in.sound, i) > 0) && std::isfinite(mid))
      (*radii)[static_cast<std::size_t>(i)] = mid * kChange;
  }
  return radii;
}

/// The worst relative change of the node's result over kChange.
Amplification amplify(int index, const Step& step, const NodeTruth& out, bool all) {
  Amplification found{.node = index, .op = step.node.op->name, .factor = 0, .share = 0};
  ArgumentRadii in;
  const bool inside =
      !std::holds_alternative<Elementwise>(step.node.op->body);  // its own roundings are changes of its arguments
  for (std::size_t k = 0; k < step.in.size(); ++k) {
    in.push_back(changes(*step.in[k], count_of(step.shapes[k]).value(), all || inside));
  }
  const Radii radii = radii_of(step, out, in, {.propagate_only = true});
  const std::int64_t count = count_of(step.node.shape).value();
  std::int64_t much = 0;
  for (std::int64_t i = 0; i < count && radii; ++i) {
    const double mid = std::fabs(out.values.mid(i)), radius = radius_at(radii, i);
    if (!(mid > 0) || !std::isfinite(mid) || !std::isfinite(radius)) continue;
    const double factor = radius / mid / kChange;
    found.factor = std::max(found.factor, factor);
    if (factor >= kMuch) ++much;
  }
  if (count > 0) found.share = static_cast<double>(much) / static_cast<double>(count);
  return found;
}

Amplification worst(const Graph& graph, const std::vector<Array>& arrays, bool all) {
  Amplification best;
  (void)walk(graph, arrays, true, [&](int node, const Step& step, const NodeTruth& out) {
    if (std::holds_alternative<Movement>(step.node.op->body)) return;
    const Amplification here = amplify(node, step, out, all);
    if (here.factor > best.factor || (best.node < 0 && here.factor > 0)) best = here;
  });
  return best;
}

}  // namespace
}  // namespace truth

Result<Amplification> amplification(const Graph& graph, const Inputs& inputs) {
  if (graph.has_gradient())
    return Error{Code::usage, "the graph still has gradient nodes", graph.text, "differentiate() it first"};
  ROUNDOFF_TRY(const auto arrays, truth::bind(graph, inputs));
  return truth::guarded<Amplification>(graph, [&] {
    const Amplification carried = truth::worst(graph, arrays, false);
    return carried.node >= 0 ? carried : truth::worst(graph, arrays, true);
  });
}

}  // namespace roundoff
