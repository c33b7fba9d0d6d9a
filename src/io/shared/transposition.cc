#include "io/shared/transposition.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace roundoff {
namespace {

/// Rows that are copied together: their destinations stay in the cache while the source runs on.
constexpr std::int64_t kTile = 64;

/// A column of `rows` elements, `from_stride` apart, to places `to_stride` apart (both in elements).
template <std::size_t kSize>
void copy_column(const std::byte* from, std::int64_t from_stride, std::byte* to, std::int64_t to_stride,
                 std::int64_t rows) {
  for (std::int64_t i = 0; i < rows; ++i) {
    std::memcpy(to + static_cast<std::size_t>(i * to_stride) * kSize,
                from + static_cast<std::size_t>(i * from_stride) * kSize, kSize);
  }
}

using CopyColumn = void (*)(const std::byte*, std::int64_t, std::byte*, std::int64_t, std::int64_t);

CopyColumn copier_of(std::size_t size) {
  switch (size) {
    case 1:
      return copy_column<1>;
    case 2:
      return copy_column<2>;
    case 4:
      return copy_column<4>;
    case 8:
      return copy_column<8>;
    default:
      return copy_column<16>;
  }
}

}  // namespace

std::vector<std::int64_t> fortran_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = 1; axis < shape.size(); ++axis) strides[axis] = strides[axis - 1] * shape[axis - 1];
  return strides;
}

Transposition::Transposition(Shape shape, std::vector<std::int64_t> from, std::size_t element_size, std::size_t budget)
    : shape_(std::move(shape)), from_(std::move(from)), element_size_(element_size) {
  if (shape_.empty()) {
    shape_ = {1};
    from_ = {1};
  }
  to_ = c_strides(shape_);
  const auto most = static_cast<std::int64_t>(std::max<std::size_t>(budget / element_size, 1));
  while (axis_ + 1 < shape_.size() && to_[axis_] > most) ++axis_;
  inner_ = to_[axis_];
  most_rows_ = std::max<std::int64_t>(most / inner_, 1);
  for (std::size_t axis = axis_ + 1; axis < shape_.size(); ++axis) inner_axes_.push_back(axis);
  std::ranges::stable_sort(inner_axes_, {}, [this](std::size_t axis) { return from_[axis]; });
}

std::int64_t Transposition::block_size(std::int64_t first) const {
  const std::int64_t row = first / inner_ % shape_[axis_];
  return std::min(most_rows_, shape_[axis_] - row) * inner_;
}

void Transposition::copy_block(std::span<const std::byte> stored, std::int64_t first, std::span<std::byte> to) const {
  std::int64_t begin = 0;
  for (std::size_t d = 0; d <= axis_; ++d) begin += first / to_[d] % shape_[d] * from_[d];
  const CopyColumn copy = copier_of(element_size_);
  const std::int64_t rows = block_size(first) / inner_;
  for (std::int64_t tile = 0; tile < rows; tile += kTile) {
    const std::int64_t high = std::min(kTile, rows - tile);
    std::vector<std::int64_t> index(shape_.size(), 0);
    std::int64_t source = begin + tile * from_[axis_], target = tile * inner_;
    for (std::int64_t column = 0; column < inner_; ++column) {
      copy(stored.data() + static_cast<std::size_t>(source) * element_size_, from_[axis_],
           to.data() + static_cast<std::size_t>(target) * element_size_, inner_, high);
      for (const std::size_t d : inner_axes_) {
        source += from_[d];
        target += to_[d];
        if (++index[d] < shape_[d]) break;
        source -= from_[d] * shape_[d];
        target -= to_[d] * shape_[d];
        index[d] = 0;
      }
    }
  }
}

}  // namespace roundoff
