// trunc(x): the integer part: rounded toward zero
#include "ops/shared/course.h"
#include "ops/shared/steps.h"

namespace roundoff::ops {

Op make_trunc() {
  return {
      .name = "trunc",
      .summary = "integer part: rounded toward zero",
      .body = integer_step(Direction::to_zero),
      .allowance = nothing_to_round(),
      .special_values = "±0, ±inf and NaN stay as they are; a zero result has the sign of x (C17 F.10.6.8)",
      .sample = {{{-10, 10}, {-0.5, 0.5}, {-1e7, 1e7}}},
      .derivative = {"0"},
      .course = {.parity = Parity::odd, .monotone = rises(), .tails = monotone_everywhere()},
      .dtype = numeric("trunc"),
  };
}

}  // namespace roundoff::ops
