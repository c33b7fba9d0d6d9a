// What matmul, vecdot and outer share: broadcasting over stacks, and their allowance.
#pragma once

#include "ops/op.h"

namespace roundoff::ops {

[[nodiscard]] Allowance contraction_allowance();
/// The contract at special values, of all three.
[[nodiscard]] std::string contraction_special_values();
[[nodiscard]] Result<DType> dtype_of_contraction(std::span<const DType> in, const Attrs& attrs);

}  // namespace roundoff::ops
