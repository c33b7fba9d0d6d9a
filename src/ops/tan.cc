// tan(x), x in radians
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {

Op make_tan() {
  return {
      .name = "tan",
      .summary = "tangent",
      .body = Elementwise{.arity = 1, .ball = from_arb(arb_tan), .special = edges({.keeps_zero = true})},
      .allowance = opencl(5),
      .special_values =
          "tan(±0) = ±0, tan(±inf) = NaN, tan(NaN) = NaN (C17 F.10.1.7); no poles at floating-point numbers",
      .sample = {{{-1.5, 1.5}, {-100, 100}, {-1e5, 1e5}, {-3e38, 3e38}}},
      .derivative = {"g * (1 + square(out))"},
      .course = {.parity = Parity::odd, .series = from_arb_poly<arb_poly_tan_series>},
      .dtype = floating("tan"),
  };
}

}  // namespace roundoff::ops
