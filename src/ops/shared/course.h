// The usual courses of a function of one argument.
#pragma once

#include <limits>

#include "ops/op.h"

namespace roundoff::ops {

inline std::vector<Monotone> rises(double from = -std::numeric_limits<double>::infinity()) {
  return {{from, std::numeric_limits<double>::infinity(), true}};
}
inline std::vector<Monotone> falls() {
  return {{-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(), false}};
}
/// Down to 0 and up again.
inline std::vector<Monotone> valley() {
  return {{-std::numeric_limits<double>::infinity(), -0.0, false}, {0, std::numeric_limits<double>::infinity(), true}};
}

inline Tails monotone_everywhere() { return {0, 0}; }
inline Tails monotone_above(double x) { return {std::numeric_limits<double>::quiet_NaN(), x}; }

}  // namespace roundoff::ops
