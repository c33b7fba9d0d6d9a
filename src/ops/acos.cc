// acos(x): the y in [0, π] with cos(y) = x
#include "ops/shared/elementwise.h"

namespace roundoff::ops {

Op make_acos() {
  return {
      .name = "acos",
      .summary = "inverse cosine",
      .body =
          Elementwise{
              .arity = 1, .ball = monotone_on(-1, 1, Ends::closed, arb_acos), .special = edges({.points = {{1, 0}}})},
      .allowance = opencl(4),
      .special_values = "acos(1) = +0, acos(|x| > 1) = NaN, acos(NaN) = NaN (C17 F.10.1.1)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {0.9, 1}}},
      .derivative = {"-g / sqrt(1 - square(x1))"},
      .dtype = floating("acos"),
  };
}

}  // namespace roundoff::ops
