// argmax(x, axis=None, keepdims=False): position of the first greatest element along axes
#include "ops/shared/extremum.h"

namespace roundoff::ops {

Op make_argmax() {
  return {
      .name = "argmax",
      .summary = "position of the first greatest element along axes",
      .body = position_of_extremum(End::greatest),
      .attrs = {axis_attr(std::monostate()), keepdims_attr()},
      .allowance = {.source = "an integer: nothing to round"},
      .special_values = "the first NaN, if there is one (NumPy, PyTorch, JAX; left open by the array API standard)",
      .derivative = {"0"},
      .variants = {{.name = "ignores NaN",
                    .expression = "argmax(where(not_equal(x1, x1), -1 / 0, x1))",
                    .who = "TensorFlow 1 (comparisons of SSE: MAXPS and MINPS), numpy.nanargmax (its reference page)"}},
      .shape = shape_of_nonempty,
      .dtype = [](std::span<const DType>, const Attrs&) -> Result<DType> { return DType::int64; },
  };
}

}  // namespace roundoff::ops
