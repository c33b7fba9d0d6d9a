// Exponentials and the functions made of them, as Arb functions of one argument.
#pragma once

#include "ops/shared/elementwise.h"

namespace roundoff::ops {

/// 1 / (1 + e^−x), to full relative precision on both sides.
void sigmoid_arb(arb_t out, const arb_t x, slong prec);
/// log(1 + e^x), to full relative precision on both sides.
void softplus_arb(arb_t out, const arb_t x, slong prec);
/// Bits that x loses before its binary point, for sums and products whose absolute error counts; 0 to 1024.
[[nodiscard]] slong integer_bits(const arb_t x);

}  // namespace roundoff::ops
