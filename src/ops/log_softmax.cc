// log_softmax(x, axis=-1): x − log Σ exp(x) along one axis
#include <cmath>

#include "ops/shared/elementwise.h"
#include "ops/shared/log_sum.h"

namespace roundoff::ops {
namespace {

void ball(std::span<Ball> out, std::span<const Ball> in, const Attrs&, long prec) {
  const Kind edge = edge_of_log_sum(census_of(in));
  if (edge != Kind::real) {
    const bool none = edge == Kind::nan || edge == Kind::pos_inf || edge == Kind::neg_inf;  // inf − inf
    for (Ball& each : out) each.set_kind(none ? Kind::nan : Kind::undecided);
    return;
  }
  const ExponentialSum exponentials(in, prec);
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i].kind() == Kind::neg_inf ? out[i].set_kind(Kind::neg_inf) : exponentials.logarithm_of_share(out[i], in[i]);
  }
}

void budget(std::span<double> out_rad, std::span<const double>, std::span<const double> mid,
            std::span<const double> rad, const Unit& unit, const Attrs&) {
  const LogSumBudget sum(mid, rad, unit);
  for (std::size_t i = 0; i < mid.size(); ++i) {
    out_rad[i] = (rad[i] + sum.inherited() + sum.rounding() + sum.depth(mid[i]) * unit.u) * slack(4);
  }
}

}  // namespace

Op make_log_softmax() {
  return {
      .name = "log_softmax",
      .summary = "logarithm of softmax",
      .body = Fiber{.scan = true, .ball = ball, .budget = budget},
      .attrs = {axis_attr(std::int64_t{-1})},
      .allowance =
          {.ulps = 1,
           .source = "one rounding of the difference; inside: exponentials of 4 ulp, a sum in any order (Rump 2012), a "
                     "logarithm of 4 ulp"},
      .special_values = "-inf for -inf beside a number; NaN where an argument is NaN or +inf, or all are -inf",
      .derivative = {"g - exp(out) * total(g)"},
      .shape = shape_along_one_axis,
      .dtype = floating("log_softmax"),
  };
}

}  // namespace roundoff::ops
