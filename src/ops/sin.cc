// sin(x), x in radians
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {

Op make_sin() {
  return {
      .name = "sin",
      .summary = "sine",
      .body = Elementwise{.arity = 1, .ball = from_arb(arb_sin), .special = edges({.keeps_zero = true})},
      .allowance = opencl(4),
      .special_values = "sin(±0) = ±0, sin(±inf) = NaN, sin(NaN) = NaN (C17 F.10.1.6)",
      .sample = {{{-3.2, 3.2}, {-100, 100}, {-1e5, 1e5}, {-3e38, 3e38}}},
      .derivative = {"g * cos(x1)"},
      .course = {.parity = Parity::odd, .series = from_arb_poly<arb_poly_sin_series>},
      .dtype = floating("sin"),
  };
}

}  // namespace roundoff::ops
