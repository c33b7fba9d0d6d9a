// round(x): the nearest integer, ties to the even one
#include "ops/shared/course.h"
#include "ops/shared/steps.h"

namespace roundoff::ops {

Op make_round() {
  return {
      .name = "round",
      .summary = "nearest integer, ties to the even one",
      .body = integer_step(Direction::to_even),
      .allowance = nothing_to_round(),
      .special_values =
          "±0, ±inf and NaN stay as they are; a zero result has the sign of x (IEEE 754-2019, 5.9: "
          "roundToIntegralTiesToEven; array API round)",
      .sample = {{{-10, 10}, {-0.5, 0.5}, {-1e7, 1e7}}},
      .derivative = {"0"},
      .course = {.parity = Parity::odd, .monotone = rises(), .tails = monotone_everywhere()},
      .variants =
          {
              {.name = "halves away from zero",
               .expression = "sign(x1) * floor(abs(x1) + 1 / 2)",
               .who = "C and C++ round(), MATLAB round, Rust f32::round (C17 7.12.9.6)"},
              {.name = "halves up",
               .expression = "floor(x1 + 1 / 2)",
               .who = "JavaScript Math.round (ECMA-262, 21.3.2.28)"},
          },
      .dtype = numeric("round"),
  };
}

}  // namespace roundoff::ops
