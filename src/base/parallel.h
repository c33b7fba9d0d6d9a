// Splitting work over threads. The split never shows in a result: callers write disjoint elements or merge exact state.
#pragma once

#include <cstdint>
#include <functional>

namespace roundoff {

/// Threads that parallel_for uses: ROUNDOFF_THREADS, else the processors this process may run on.
[[nodiscard]] int thread_count();

/// Calls body(begin, end) on ranges that cover [0, count) once; `grain` is the smallest range worth a thread.
/// Each thread runs with rounding to nearest and with subnormals kept.
void parallel_for(std::int64_t count, std::int64_t grain, const std::function<void(std::int64_t, std::int64_t)>& body);

}  // namespace roundoff
