// The ladder behind certify(), from bound arrays, with or without budgets.
#pragma once

#include <new>

#include "truth/truth.h"

namespace roundoff::truth {

/// `arrays`: by node, as bind() makes them.
[[nodiscard]] Truth certify_bound(const Graph& graph, const std::vector<Array>& arrays, const TruthOptions& options,
                                  bool budgets);

/// work(), or an Error where the function's arrays do not fit into memory.
template <class T, class F>
[[nodiscard]] Result<T> guarded(const Graph& graph, F work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Error{Code::resource, "not enough memory for the truth of every element", graph.text, "use smaller inputs"};
  }
}

}  // namespace roundoff::truth
