// less(x1, x2): whether x1 < x2
#include "ops/shared/order.h"

namespace roundoff::ops {

Op make_less() {
  return {
      .name = "less",
      .summary = "whether x1 < x2",
      .body = comparison({.less = true}),
      .allowance = nothing_to_round(),
      .special_values = "false if an argument is NaN; -0 and +0 are equal, so false (IEEE 754-2019, 5.11)",
      .sample = {{{-1, 1}, {-10, 10}}, {{-1, 1}, {-10, 10}}},
      .derivative = {"0", "0"},
      .dtype = truth_value(),
  };
}

}  // namespace roundoff::ops
