// How two certified numbers compare, and the truth values that follow.
#pragma once

#include "ops/shared/elementwise.h"

namespace roundoff::ops {

/// Which of a < b, a = b, a > b, and "unordered" (a NaN) are possible. Exactly one where it is decided.
struct Order {
  bool less = false, equal = false, greater = false, unordered = false;
};
[[nodiscard]] Order order(const Ball& a, const Ball& b);

/// The body of a comparison: `holds` says which outcomes make it true. Undecided: the ball from 0 to 1.
[[nodiscard]] Elementwise comparison(Order holds);
/// bool, after a check that the arguments have a common dtype.
[[nodiscard]] DTypeRule truth_value();

/// out = 1, 0, or the ball that holds both.
void set_truth(Ball& out, bool maybe_false, bool maybe_true);

/// The body of maximum (sign 1) and minimum (sign −1): IEEE 754-2019 clause 9.6, NaN if any argument is NaN, −0 < +0.
[[nodiscard]] Elementwise extremum(int sign);

}  // namespace roundoff::ops
