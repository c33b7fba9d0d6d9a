// acos(x): the y in [0, π] with cos(y) = x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  root_integral(out, x, 1, -1, length, prec);
  arb_poly_neg(out, out);
}

}  // namespace

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
      .course = {.monotone = {{-1, 1, false}}, .series = series},
      .dtype = floating("acos"),
  };
}

}  // namespace roundoff::ops
