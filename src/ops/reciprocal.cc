// reciprocal(x) = 1/x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (arb_contains_zero(in[0]->arb())) return out.set_kind(Kind::undecided);
  set_monotone(out, *in[0], arb_inv, prec);
}

std::optional<double> special(Numbers x, const Attrs&) {
  if (x[0] == 0) return std::copysign(kInf, x[0]);
  if (!std::isfinite(x[0])) return 1 / x[0];
  return std::nullopt;
}

std::optional<Rational> rational(Rationals x, const Attrs&) {
  if (sgn(x[0]) == 0) return std::nullopt;
  return Rational(1 / x[0]);
}

}  // namespace

Op make_reciprocal() {
  return {
      .name = "reciprocal",
      .summary = "one divided by the number",
      .body = Elementwise{.arity = 1,
                          .ball = ball,
                          .special = special,
                          .rational = rational,
                          .pair =
                              [](const DoubleDouble* x) {
                                return divide({1, 0, 0}, x[0]);
                              }},
      .allowance = basic_operation(),
      .special_values =
          "reciprocal(±0) = ±inf, reciprocal(±inf) = ±0, reciprocal(NaN) = NaN (one division: IEEE 754-2019, 5.4.1 and "
          "7.3)",
      .sample = {{{0.5, 2}, {-100, 100}, {1e-30, 1e30}}},
      .derivative = {"-g * square(out)"},
      .course = {.parity = Parity::odd,
                 .monotone = {{-kInf, -0.0, false}, {0, kInf, false}},
                 .tails = monotone_everywhere(),
                 .series = from_arb_poly<arb_poly_inv_series>},
      .dtype = floating("reciprocal"),
  };
}

}  // namespace roundoff::ops
