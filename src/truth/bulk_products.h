// Whole matrix products of plain numbers by the blocked kernels (kernels/products.h).
#pragma once

#include "truth/bulk.h"

namespace roundoff::truth {

/// Truth of a product whose arguments are arrays of finite numbers of moderate size, and Σ|x·y| where `size` is not
/// null. False where the arguments are not (all of `out` is then
/// to be written by other means), or where the product is too small for blocks.
/// Elements whose correct rounding (of the graph's output) or whose relative size (of other nodes) the blocked kernels
/// leave open are computed again in double-double.
[[nodiscard]] bool evaluate_products(const Contraction::Plan& plan, const Step& step, std::span<Enclosure> out,
                                     std::vector<double>* size);

}  // namespace roundoff::truth
