// Taylor coefficients of elementwise ops of one argument: what blocks of contiguous floats are enclosed by.
#pragma once

#include <string_view>

#include "ops/op.h"

#if __has_include(<flint/arb_poly.h>)
#include <flint/arb_poly.h>
#else
#include <arb_poly.h>
#endif

namespace roundoff::ops {

/// out[k], for 0 < k < length, encloses f^(k)(t) / k! for every t in the ball x[0], where x is x[0] + 1·z; out[0] is of
/// no use (the op's own ball has it to full relative precision). Coefficients that are not finite say nothing.
using Series = void (*)(arb_poly_t out, const arb_poly_t x, const Attrs& attrs, slong length, slong prec);

/// nullptr for ops that are no smooth functions: steps and comparisons.
[[nodiscard]] Series series_of(std::string_view op);

/// f is monotone (not strictly, perhaps) on (−∞, below] and on [above, ∞): NaNs where it is on neither.
struct Tails {
  double below, above;
};
[[nodiscard]] Tails tails_of(std::string_view op);

}  // namespace roundoff::ops
