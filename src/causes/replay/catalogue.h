// The orders of reductions that are worth trying: those of real libraries first, then the plain family of lanes.
#pragma once

#include <string>
#include <vector>

#include "causes/replay/reduce.h"

namespace roundoff::replay {

struct NamedOrders {
  std::string name;  ///< "4 × 8 lanes"
  FiberOrders orders;
};

/// Orders that differ from each other, and from left to right, on these fibers; `inner` fibers lie side by side in
/// memory.
[[nodiscard]] std::vector<NamedOrders> orders_worth_trying(const Fibers& fibers, std::int64_t inner);

}  // namespace roundoff::replay
