// Taylor coefficients of functions that several ops are made of (Op::course.series).
#pragma once

#include "balls/held.h"
#include "ops/op.h"

namespace roundoff::ops {

/// One of Arb's own.
template <void (*f)(arb_poly_t, const arb_poly_t, slong, slong)>
void from_arb_poly(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  f(out, x, length, prec);
}

/// out = ∫ out; x has slope 1, so that this is the function whose derivative was there.
void integrate(arb_poly_t out, slong length, slong prec);
/// 1 / (1 + e^−x)
void logistic(arb_poly_t out, const arb_poly_t x, slong length, slong prec);
/// numerator/√π · ∫ e^(−x² / divisor)
void gaussian(arb_poly_t out, const arb_poly_t x, int numerator, ulong divisor, slong length, slong prec);
/// log(x) / log(base)
void logarithm(arb_poly_t out, const arb_poly_t x, unsigned base, slong length, slong prec);
/// ∫ (low + sign · x²)^(−1/2)
void root_integral(arb_poly_t out, const arb_poly_t x, int low, int sign, slong length, slong prec);
/// ∫ 1 / (1 + sign · x²)
void inverse_integral(arb_poly_t out, const arb_poly_t x, int sign, slong length, slong prec);

/// The sign of x[0]: 0 where it is not known.
[[nodiscard]] int sign_of(const arb_poly_t x);
/// What says nothing.
void set_indeterminate(arb_poly_t out);

}  // namespace roundoff::ops
