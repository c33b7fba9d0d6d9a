#include "ops/shared/contraction.h"

namespace roundoff::ops {

std::vector<std::int64_t> strides_of(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

std::int64_t product_of(const Shape& shape) {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) product *= size;
  return product;
}

std::vector<std::int64_t> stack_offsets(const Shape& stack, const Shape& own, std::span<const std::int64_t> strides) {
  std::vector<std::int64_t> out{0};
  const std::size_t skip = stack.size() - own.size();
  for (std::size_t axis = 0; axis < stack.size(); ++axis) {
    const std::int64_t stride = axis < skip || own[axis - skip] == 1 ? 0 : strides[axis - skip];
    std::vector<std::int64_t> next;
    next.reserve(out.size() * static_cast<std::size_t>(stack[axis]));
    for (const std::int64_t base : out) {
      for (std::int64_t i = 0; i < stack[axis]; ++i) next.push_back(base + i * stride);
    }
    out = std::move(next);
  }
  return out;
}

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
