#include "truth/certify.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/large.h"
#include "base/parallel.h"
#include "truth/demand.h"

namespace roundoff {
namespace truth {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> owned(const Radii& radii, std::size_t count) { return radii ? *radii : std::vector<double>(count); }

/// Correct roundings of the first tier; answers which are open, ascending.
std::vector<std::int64_t> round_all(Truth& truth) {
  const Format& format = format_of(truth.dtype);
  resize_large(truth.nearest, truth.value.size());
  std::vector<char> open(truth.value.size());
  parallel_balls(static_cast<std::int64_t>(open.size()), 1024, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const auto value = rounded(truth.value[i], format);
      open[i] = !value;
      truth.nearest[i] = value.value_or(kNan);
    }
  });
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (open[i] != 0) out.push_back(static_cast<std::int64_t>(i));
  }
  return out;
}

/// Budgets hold round the midpoint that the walk knew.
void recentre(Budget& budget, std::size_t i, const Enclosure& before, const Enclosure& after) {
  const bool numbers = before.real() && after.real();
  for (auto* radii : {&budget.sound, &budget.probable, &budget.weak}) {
    if (radii->empty()) continue;
    double& radius = (*radii)[i];
    radius = numbers ? add_up(radius, distance(before, after)) : std::numeric_limits<double>::infinity();
  }
}

}  // namespace

Truth certify_bound(const Graph& graph, const std::vector<Array>& arrays, const TruthOptions& options, bool budgets) {
  const Node& output = graph.nodes[static_cast<std::size_t>(graph.output)];
  Truth truth;
  truth.dtype = output.dtype;
  truth.shape = output.shape;
  {
    NodeTruth last = walk(graph, arrays, budgets);
    truth.value = std::move(last.values).take();
    if (budgets) {
      truth.budget.sound = owned(last.sound, truth.value.size());
      truth.budget.probable = owned(last.probable, truth.value.size());
      for (std::size_t i = 0; i < truth.value.size(); ++i) {
        truth.budget.probable[i] = std::min(truth.budget.probable[i], truth.budget.sound[i]);
      }
      if (last.weak) truth.budget.weak = *last.weak;
    }
  }
  std::vector<std::int64_t> open = round_all(truth);
  truth.refined = static_cast<std::int64_t>(open.size());
  resolve(graph, arrays, std::move(open), options.cap, [&](std::int64_t index, const Ball& ball, bool decided) {
    const auto i = static_cast<std::size_t>(index);
    const Enclosure before = truth.value[i];
    truth.value[i] = enclosure_of(ball);
    recentre(truth.budget, i, before, truth.value[i]);
    truth.nearest[i] = rounded(ball, format_of(truth.dtype)).value_or(kNan);
    if (!decided) truth.undecided.push_back(index);
  });
  std::sort(truth.undecided.begin(), truth.undecided.end());
  return truth;
}

}  // namespace truth

Result<Truth> certify(const Graph& graph, const Inputs& inputs, const TruthOptions& options) {
  if (graph.has_gradient())
    return Error{Code::usage, "the graph still has gradient nodes", graph.text, "differentiate() it first"};
  ROUNDOFF_TRY(const auto arrays, truth::bind(graph, inputs));
  return truth::guarded<Truth>(graph, [&] { return truth::certify_bound(graph, arrays, options, true); });
}

}  // namespace roundoff
