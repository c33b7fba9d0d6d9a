// The walk over the graph that both tiers share the arguments of: nodes in order, each freed after its last user.
#pragma once

#include "truth/bulk.h"
#include "truth/truth.h"

namespace roundoff::truth {

/// The array of every input node, by node; other nodes' are empty. Code::input where one is missing or has another
/// signature.
[[nodiscard]] Result<std::vector<Array>> bind(const Graph& graph, const Inputs& inputs);
/// Whether the output depends on each node.
[[nodiscard]] std::vector<bool> needed_nodes(const Graph& graph);
/// A constant as it enters a computation of its dtype.
[[nodiscard]] double constant_value(const Node& node);

/// Seen of every op node: its step, its truth and budgets.
using Visit = std::function<void(int node, const Step& step, const NodeTruth& out)>;

/// Truth and (where asked) budgets of the output by the first tier.
[[nodiscard]] NodeTruth walk(const Graph& graph, const std::vector<Array>& arrays, bool budgets,
                             const Visit& visit = {});

}  // namespace roundoff::truth
