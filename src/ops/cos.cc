// cos(x), x in radians
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {

Op make_cos() {
  return {
      .name = "cos",
      .summary = "cosine",
      .body = Elementwise{.arity = 1, .ball = from_arb(arb_cos), .special = edges({.zero = 1.0})},
      .allowance = opencl(4),
      .special_values = "cos(±0) = 1, cos(±inf) = NaN, cos(NaN) = NaN (C17 F.10.1.5)",
      .sample = {{{-3.2, 3.2}, {-100, 100}, {-1e5, 1e5}, {-3e38, 3e38}}},
      .derivative = {"-g * sin(x1)"},
      .course = {.parity = Parity::even, .series = from_arb_poly<arb_poly_cos_series>},
      .dtype = floating("cos"),
  };
}

}  // namespace roundoff::ops
