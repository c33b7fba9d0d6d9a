// ceil(x): the smallest integer not below x
#include "ops/shared/course.h"
#include "ops/shared/steps.h"

namespace roundoff::ops {

Op make_ceil() {
  return {
      .name = "ceil",
      .summary = "smallest integer not below x",
      .body = integer_step(Direction::up),
      .allowance = nothing_to_round(),
      .special_values = "±0, ±inf and NaN stay as they are; a zero result has the sign of x (C17 F.10.6.1)",
      .sample = {{{-10, 10}, {-0.5, 0.5}, {-1e7, 1e7}}},
      .derivative = {"0"},
      .course = {.monotone = rises(), .tails = monotone_everywhere()},
      .dtype = numeric("ceil"),
  };
}

}  // namespace roundoff::ops
