// maximum(x1, x2)
#include "ops/shared/order.h"

namespace roundoff::ops {

Op make_maximum() {
  return {
      .name = "maximum",
      .summary = "larger of two numbers",
      .body = extremum(1),
      .allowance = nothing_to_round(),
      .special_values = "NaN if an argument is NaN; -0 is below +0 (IEEE 754-2019, 9.6: maximum; array API maximum)",
      .sample = {{{-1, 1}, {-10, 10}}, {{-1, 1}, {-10, 10}}},
      .derivative = {"where(greater(x1, x2), g, where(equal(x1, x2), g / 2, 0))",
                     "where(greater(x2, x1), g, where(equal(x1, x2), g / 2, 0))"},
      .variants =
          {
              {.name = "ignores NaN",
               .expression = "where(not_equal(x1, x1), x2, where(not_equal(x2, x2), x1, maximum(x1, x2)))",
               .who = "C fmax and NumPy fmax (C17 F.10.9)"},
          },
      .dtype = numeric("maximum"),
  };
}

}  // namespace roundoff::ops
