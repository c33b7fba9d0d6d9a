// negative(x) = −x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long) {
  arb_neg(out.arb(), in[0]->arb());
  out.settle();
}

std::optional<double> special(Numbers x, const Attrs&) { return -x[0]; }

std::optional<Rational> rational(Rationals x, const Attrs&) { return Rational(-x[0]); }

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong, slong) { arb_poly_neg(out, x); }

}  // namespace

Op make_negative() {
  return {
      .name = "negative",
      .summary = "the number with the other sign",
      .body = Elementwise{.arity = 1,
                          .ball = ball,
                          .special = special,
                          .rational = rational,
                          .pair = [](const DoubleDouble* x) { return -x[0]; }},
      .allowance = nothing_to_round(),
      .special_values = "negative(±0) = ∓0, negative(±inf) = ∓inf, negative(NaN) = NaN (IEEE 754-2019, 5.5.1)",
      .sample = {{{-1, 1}, {-1e6, 1e6}}},
      .derivative = {"-g"},
      .course = {.parity = Parity::odd, .monotone = falls(), .series = series},
      .dtype = numeric("negative"),
  };
}

}  // namespace roundoff::ops
