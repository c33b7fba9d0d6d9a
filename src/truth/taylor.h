// Taylor coefficients of an op's function, from its own series (Op::course.series).
#pragma once

#include "balls/ball.h"
#include "balls/held.h"
#include "ops/op.h"

namespace roundoff::truth {

/// out[k], for 0 < k < length, encloses f^(k)(t) / k! for every t of the ball; out[0] is of no use.
inline void expand(decltype(Course::series) series, const Attrs& attrs, const Ball& x, int length, long bits,
                   Poly& out) {
  Poly in;
  arb_poly_set_coeff_si(in, 1, 1);
  arb_poly_set_coeff_arb(in, 0, x.arb());
  series(out, in, attrs, length, bits);
}

}  // namespace roundoff::truth
