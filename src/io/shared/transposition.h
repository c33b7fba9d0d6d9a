// Elements stored with another index fastest, in the order with the last index fastest, a block at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "roundoff/array.h"

namespace roundoff {

/// c_strides() with the first index fastest.
[[nodiscard]] std::vector<std::int64_t> fortran_strides(const Shape& shape);

class Transposition {
 public:
  /// from: the stored stride of each axis, in elements. Blocks take about `budget` bytes; the shape is not empty.
  Transposition(Shape shape, std::vector<std::int64_t> from, std::size_t element_size, std::size_t budget);

  /// The elements of the next block, at least one.
  [[nodiscard]] std::int64_t block_size(std::int64_t first) const;
  /// Elements [first, first + block_size(first)) of C order, out of all elements as they are stored. `first` is where
  /// an earlier block ended, or 0, or what block_begin() answered.
  void copy_block(std::span<const std::byte> stored, std::int64_t first, std::span<std::byte> to) const;
  /// The start of a block that holds this element.
  [[nodiscard]] std::int64_t block_begin(std::int64_t element) const { return element - element % inner_; }

 private:
  Shape shape_;
  std::vector<std::int64_t> from_;       ///< stored stride of each axis, in elements
  std::vector<std::int64_t> to_;         ///< C stride
  std::vector<std::size_t> inner_axes_;  ///< those after axis_, the smallest stored stride first
  std::size_t element_size_;
  std::size_t axis_ = 0;    ///< a block is some rows of this axis, whole in all axes after it
  std::int64_t inner_ = 1;  ///< elements of such a row
  std::int64_t most_rows_ = 1;
};

}  // namespace roundoff
