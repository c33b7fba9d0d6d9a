// Elements of stored arrays as exact numbers, whatever their dtype.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/format.h"
#include "roundoff/array.h"

namespace roundoff {

/// high + low is the element. low is 0 but for 64-bit integers beyond 2^53.
struct Exact {
  double high = 0, low = 0;
};

/// The elements at `from`, which need not be aligned.
void load_exact(DType dtype, const std::byte* from, std::span<Exact> to);
[[nodiscard]] Exact load_exact(DType dtype, const std::byte* from);

/// What figures in ulp refer to: the narrower of two dtypes.
struct DiffUnit {
  DType dtype = DType::float32;
  bool integer = false;  ///< both are integers: an ulp is 1
  double floor = 1;      ///< the least normal number
};
[[nodiscard]] DiffUnit unit_of(DType a, DType b);

/// |a − b| rounded to float64, exactly where that can hold it.
[[nodiscard]] double distance_of(const Exact& a, const Exact& b);
/// |a − b| / ulp(max(|a|, |b|)) of finite values.
[[nodiscard]] double ulps_of(const DiffUnit& unit, const Exact& a, const Exact& b);
/// Float distance of finite values or infinities; of integers the difference. At most 2^62.
[[nodiscard]] std::int64_t ordinals_apart(const DiffUnit& unit, const Exact& a, const Exact& b);

}  // namespace roundoff
