// softmax(x, axis=-1): exp(x) / Σ exp(x) along one axis
#include <cmath>

#include "ops/shared/elementwise.h"
#include "ops/shared/log_sum.h"

namespace roundoff::ops {
namespace {

void ball(std::span<Ball> out, std::span<const Ball> in, const Attrs&, long prec) {
  const Kind edge = edge_of_log_sum(census_of(in));
  if (edge != Kind::real) {
    const bool none = edge == Kind::nan || edge == Kind::pos_inf || edge == Kind::neg_inf;  // inf / inf, 0 / 0
    for (Ball& each : out) each.set_kind(none ? Kind::nan : Kind::undecided);
    return;
  }
  const ExponentialSum exponentials(in, prec);
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!exponentials.sum().real()) {
      out[i].set_kind(Kind::undecided);
      continue;
    }
    arb_div(out[i].arb(), exponentials.terms()[i].arb(), exponentials.sum().arb(), prec);
    out[i].settle();
  }
}

void budget(std::span<double> out_rad, std::span<const double> out_mid, std::span<const double> mid,
            std::span<const double> rad, const Unit& unit, const Attrs&) {
  const LogSumBudget sum(mid, rad, unit);
  for (std::size_t i = 0; i < mid.size(); ++i) {
    if (std::isinf(mid[i]) && rad[i] == 0) {
      out_rad[i] = 0;
      continue;
    }
    const double logarithm = rad[i] + sum.inherited() + sum.rounding();
    const double term = sum.error_of_term(mid[i]);
    const double relative = std::expm1(logarithm) * (1 + term) + term;
    out_rad[i] = (std::fabs(out_mid[i]) * relative + 2 * unit.eta) * slack(8);
  }
}

}  // namespace

Op make_softmax() {
  return {
      .name = "softmax",
      .summary = "exponentials along an axis, divided by their sum",
      .body = Fiber{.scan = true, .ball = ball, .budget = budget},
      .attrs = {axis_attr(std::int64_t{-1})},
      .allowance = {.ulps = 2,
                    .source = "a quotient, or a reciprocal and a product; inside: exponentials of 4 ulp, a sum in any "
                              "order (Rump 2012)"},
      .special_values =
          "exactly 0 for -inf beside a number; NaN where an argument is NaN or +inf, or all are -inf (inf / inf, 0 / "
          "0)",
      .derivative = {"out * (g - total(g * out))"},
      .shape = shape_along_one_axis,
      .dtype = floating("softmax"),
  };
}

}  // namespace roundoff::ops
