#include "ops/shared/contraction.h"

namespace roundoff::ops {

Allowance contraction_allowance() {
  return {.ulps = 1,
          .source =
              "one rounding of the result; the inner product itself: n·u·Σ|x||y| in any order, with or without FMA "
              "(Jeannerod & Rump 2013)"};
}

std::string contraction_special_values() {
  return "as the sum of the products by IEEE 754: inf · 0 and inf + -inf are NaN; a sum that is exactly zero is +0 "
         "(kernels start from +0)";
}

Result<DType> dtype_of_contraction(std::span<const DType> in, const Attrs&) { return promote(in); }

}  // namespace roundoff::ops
