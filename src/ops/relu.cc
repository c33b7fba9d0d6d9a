// relu(x) = max(x, 0)
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long) {
  if (arb_is_nonnegative(in[0]->arb())) {
    arb_set(out.arb(), in[0]->arb());
  } else {
    arb_nonnegative_part(out.arb(), in[0]->arb());
  }
  out.settle();
}

std::optional<double> special(Numbers x, const Attrs&) { return x[0] > 0 || std::isnan(x[0]) ? x[0] : 0.0; }

std::optional<Rational> rational(Rationals x, const Attrs&) { return sgn(x[0]) > 0 ? x[0] : Rational(0); }

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong, slong) {
  const int sign = sign_of(x);
  if (sign == 0) return set_indeterminate(out);
  sign < 0 ? arb_poly_zero(out) : arb_poly_set(out, x);
}

}  // namespace

Op make_relu() {
  return {
      .name = "relu",
      .summary = "the number where positive, else zero",
      .body = Elementwise{.arity = 1, .ball = ball, .special = special, .rational = rational},
      .allowance = nothing_to_round(),
      .special_values =
          "relu(±0) = +0, relu(-inf) = +0, relu(+inf) = +inf, relu(NaN) = NaN (ONNX Relu as max(0, x), with NaN as in "
          "IEEE 754-2019 maximum)",
      .sample = {{{-1, 1}, {-1e6, 1e6}}},
      .derivative = {"where(greater(x1, 0), g, 0)"},
      .course = {.monotone = rises(), .tails = monotone_everywhere(), .series = series},
      .dtype = numeric("relu"),
  };
}

}  // namespace roundoff::ops
