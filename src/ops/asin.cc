// asin(x): the y in [−π/2, π/2] with sin(y) = x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  root_integral(out, x, 1, -1, length, prec);
}

}  // namespace

Op make_asin() {
  return {
      .name = "asin",
      .summary = "inverse sine",
      .body =
          Elementwise{
              .arity = 1, .ball = monotone_on(-1, 1, Ends::closed, arb_asin), .special = edges({.keeps_zero = true})},
      .allowance = opencl(4),
      .special_values = "asin(±0) = ±0, asin(|x| > 1) = NaN, asin(NaN) = NaN (C17 F.10.1.2)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {0.9, 1}}},
      .derivative = {"g / sqrt(1 - square(x1))"},
      .course = {.parity = Parity::odd, .monotone = {{-1, 1, true}}, .series = series},
      .dtype = floating("asin"),
  };
}

}  // namespace roundoff::ops
