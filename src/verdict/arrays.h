// What two arrays alone can show, without the function that made them.
#pragma once

#include "roundoff/diff.h"

namespace roundoff {

/// Fills verdict, nearer and reason from figures and findings. First match wins: identical · the class that a finding
/// proves of every element · unexplained where one has NaN or an infinity and the other a number · undetermined:
/// nothing but the truth says whether a difference of this size is rounding. `asked`: the tolerance is the user's.
void judge_arrays(TensorDiff& diff, bool asked);
/// Elements that the tolerance refuses, by the strictest of the rules that apply.
[[nodiscard]] std::int64_t refused(const Beyond& beyond);

}  // namespace roundoff
