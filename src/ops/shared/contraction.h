// What matmul, vecdot and outer share: broadcasting over stacks, and their allowance.
#pragma once

#include "ops/op.h"

namespace roundoff::ops {

/// Offsets of the stacks of one argument: for each element of `stack` (C order), where the argument's slice begins.
/// `own` are the sizes of its leading axes, to be broadcast to `stack`, and `strides` their strides in elements.
[[nodiscard]] std::vector<std::int64_t> stack_offsets(const Shape& stack, const Shape& own,
                                                      std::span<const std::int64_t> strides);
[[nodiscard]] std::vector<std::int64_t> strides_of(const Shape& shape);
[[nodiscard]] std::int64_t product_of(const Shape& shape);

[[nodiscard]] Allowance contraction_allowance();
/// The contract at special values, of all three.
[[nodiscard]] std::string contraction_special_values();
[[nodiscard]] Result<DType> dtype_of_contraction(std::span<const DType> in, const Attrs& attrs);

}  // namespace roundoff::ops
