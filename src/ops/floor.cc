// floor(x): the largest integer not above x
#include "ops/shared/course.h"
#include "ops/shared/steps.h"

namespace roundoff::ops {

Op make_floor() {
  return {
      .name = "floor",
      .summary = "largest integer not above x",
      .body = integer_step(Direction::down),
      .allowance = nothing_to_round(),
      .special_values = "±0, ±inf and NaN stay as they are; a zero result has the sign of x (C17 F.10.6.2)",
      .sample = {{{-10, 10}, {-0.5, 0.5}, {-1e7, 1e7}}},
      .derivative = {"0"},
      .course = {.monotone = rises(), .tails = monotone_everywhere()},
      .dtype = numeric("floor"),
  };
}

}  // namespace roundoff::ops
