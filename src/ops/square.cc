// square(x) = x·x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void square(arb_t out, const arb_t x, slong prec) { arb_mul(out, x, x, prec); }

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  Ball size;
  set_abs(size, *in[0]);
  set_monotone(out, size, square, prec);
}

std::optional<Rational> rational(Rationals x, const Attrs&) { return Rational(x[0] * x[0]); }

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  arb_poly_mullow(out, x, x, length, prec);
}

}  // namespace

Op make_square() {
  return {
      .name = "square",
      .summary = "the number times itself",
      .body = Elementwise{.arity = 1,
                          .ball = ball,
                          .special = edges({.zero = 0.0, .neg_inf = kInf, .pos_inf = kInf}),
                          .rational = rational,
                          .pair = [](const DoubleDouble* x) { return multiply(x[0], x[0]); }},
      .allowance = basic_operation(),
      .special_values =
          "square(±0) = +0, square(±inf) = +inf, square(NaN) = NaN (one multiplication: IEEE 754-2019, 5.4.1)",
      .sample = {{{-1, 1}, {-1e3, 1e3}, {-1e19, 1e19}}},
      .derivative = {"2 * g * x1"},
      .course = {.parity = Parity::even, .monotone = valley(), .tails = monotone_everywhere(), .series = series},
      .dtype = numeric("square"),
  };
}

}  // namespace roundoff::ops
