// The ladder behind certify(), from bound arrays, with or without budgets.
#pragma once

#include "truth/truth.h"

namespace roundoff::truth {

/// `arrays`: by node, as bind() makes them.
[[nodiscard]] Truth certify_bound(const Graph& graph, const std::vector<Array>& arrays, const TruthOptions& options,
                                  bool budgets);

}  // namespace roundoff::truth
