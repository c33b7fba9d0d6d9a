// min(x, axis=None, keepdims=False): the least element along axes
#include "ops/shared/extremum.h"

namespace roundoff::ops {

Op make_min() {
  return {
      .name = "min",
      .summary = "least element along axes",
      .body = extremum(End::least),
      .attrs = {axis_attr(std::monostate()), keepdims_attr()},
      .allowance = {.source = "the result is an argument: nothing to round"},
      .special_values = "NaN propagates; among zeros of both signs +0 (array API 2023.12, which leaves the zero open)",
      .derivative = {"where(equal(x1, expand(out)), expand(g) / total(where(equal(x1, expand(out)), 1, 0)), 0)"},
      .variants = {{.name = "ignores NaN",
                    .expression = "min(where(not_equal(x1, x1), 1 / 0, x1))",
                    .who = "TensorFlow 1 (comparisons of SSE: MAXPS and MINPS), numpy.nanmin (its reference page)"}},
      .shape = shape_of_nonempty,
  };
}

}  // namespace roundoff::ops
