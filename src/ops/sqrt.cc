// sqrt(x): the non-negative y with y² = x
#include <limits>

#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

std::optional<double> special(Numbers x, const Attrs&) {
  if (x[0] < 0) return std::numeric_limits<double>::quiet_NaN();
  if (x[0] == 0 || !std::isfinite(x[0])) return x[0];
  return std::nullopt;
}

}  // namespace

Op make_sqrt() {
  return {
      .name = "sqrt",
      .summary = "square root",
      .body = Elementwise{.arity = 1,
                          .ball = monotone_on(0, std::numeric_limits<double>::infinity(), arb_sqrt),
                          .special = special},
      .allowance = basic_operation(),
      .special_values = "sqrt(±0) = ±0, sqrt(x < 0) = NaN, sqrt(+inf) = +inf, sqrt(NaN) = NaN (IEEE 754-2019, 5.4.1)",
      .sample = {{{0, 100}, {1, 4}, {0, 3.4e38}, {1.2e-38, 1}, {0, 1.2e-38}}},
      .derivative = {"g / (2 * out)"},
  };
}

}  // namespace roundoff::ops
