// minimum(x1, x2)
#include "ops/shared/order.h"

namespace roundoff::ops {

Op make_minimum() {
  return {
      .name = "minimum",
      .summary = "smaller of two numbers",
      .body = extremum(-1),
      .allowance = nothing_to_round(),
      .special_values = "NaN if an argument is NaN; -0 is below +0 (IEEE 754-2019, 9.6: minimum; array API minimum)",
      .sample = {{{-1, 1}, {-10, 10}}, {{-1, 1}, {-10, 10}}},
      .derivative = {"where(less(x1, x2), g, where(equal(x1, x2), g / 2, 0))",
                     "where(less(x2, x1), g, where(equal(x1, x2), g / 2, 0))"},
      .variants =
          {
              {.name = "ignores NaN",
               .expression = "where(not_equal(x1, x1), x2, where(not_equal(x2, x2), x1, minimum(x1, x2)))",
               .who = "C fmin and NumPy fmin (C17 F.10.9)"},
          },
      .dtype = numeric("minimum"),
  };
}

}  // namespace roundoff::ops
