// logsumexp(x, axis=None, keepdims=False): log Σ exp(x) along axes
#include <cmath>

#include "ops/shared/elementwise.h"
#include "ops/shared/log_sum.h"

namespace roundoff::ops {
namespace {

void ball(std::span<Ball> out, std::span<const Ball> in, const Attrs&, long prec) {
  const Kind edge = edge_of_log_sum(census_of(in));
  if (edge != Kind::real) return out[0].set_kind(edge);
  ExponentialSum(in, prec).logarithm(out[0]);
}

void budget(std::span<double> out_rad, std::span<const double>, std::span<const double> mid,
            std::span<const double> rad, const Unit& unit, const Attrs&) {
  const LogSumBudget sum(mid, rad, unit);
  out_rad[0] = (sum.inherited() + sum.rounding() + sum.chain()) * slack(1);
}

}  // namespace

Op make_logsumexp() {
  return {
      .name = "logsumexp",
      .summary = "logarithm of the sum of exponentials along axes",
      .body = Fiber{.ball = ball, .budget = budget},
      .attrs = {axis_attr(std::monostate()), keepdims_attr()},
      .allowance = {.ulps = 1,
                    .source = "one rounding of the result; inside: exponentials of 4 ulp, a sum in any order (Rump "
                              "2012), a logarithm of "
                              "4 ulp; or a chain of logaddexp"},
      .special_values = "+inf where an argument is, -inf of -inf alone and of no elements, NaN propagates",
      .derivative = {"expand(g) * exp(x1 - expand(out))"},
      .dtype = floating("logsumexp"),
  };
}

}  // namespace roundoff::ops
