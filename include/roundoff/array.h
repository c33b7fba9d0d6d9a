// Arrays as roundoff passes them: a dtype, a shape and C-contiguous native-endian bytes, shared and immutable once
// made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "roundoff/result.h"

namespace roundoff {

enum class DType : std::uint8_t {
  bool_,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float16,
  bfloat16,
  float32,
  float64,
  float8_e4m3fn,  ///< OCP FP8: no infinities, one NaN of each sign, up to 448
  float8_e5m2
};

/// "float32", "bfloat16", "bool", …
[[nodiscard]] std::string_view name_of(DType dtype);
[[nodiscard]] std::optional<DType> dtype_named(std::string_view name);
[[nodiscard]] std::size_t size_of(DType dtype);  ///< bytes of one element
[[nodiscard]] bool is_float(DType dtype);
/// Whether functions are computed in it. The 8-bit floats are only stored: they are read, widened and compared.
[[nodiscard]] bool is_computed(DType dtype);

using Shape = std::vector<std::int64_t>;

/// Number of elements; an Error where a size is negative or the product of those that are not 0 passes 2^48.
[[nodiscard]] Result<std::int64_t> count_of(const Shape& shape);
/// "[1000, 3]"; a scalar is "[]".
[[nodiscard]] std::string to_string(const Shape& shape);
/// How many elements apart the neighbours along each axis lie in C order, the last index fastest.
[[nodiscard]] std::vector<std::int64_t> c_strides(const Shape& shape);

/// A typed n-dimensional array. Copies share the bytes.
class Array {
 public:
  Array() = default;
  /// Zero-filled. An Error where the shape is not allocatable.
  [[nodiscard]] static Result<Array> make(DType dtype, Shape shape);

  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_.get(), nbytes()}; }
  /// Only for whoever made the array, before it is shared.
  [[nodiscard]] std::span<std::byte> mutable_bytes() { return {data_.get(), nbytes()}; }

  /// The elements as T; the size of T must be the element's.
  template <class T>
  [[nodiscard]] std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data_.get()), static_cast<std::size_t>(size_)};
  }
  template <class T>
  [[nodiscard]] std::span<T> as_mutable() {
    return {reinterpret_cast<T*>(data_.get()), static_cast<std::size_t>(size_)};
  }

  /// Element i, widened exactly (64-bit integers beyond 2^53 are rounded). NaN payloads are not kept.
  [[nodiscard]] double get(std::int64_t i) const;
  /// Stores x at i, rounded to nearest even; out-of-range integers saturate.
  void set(std::int64_t i, double x);
  /// The element's own bits, zero-extended.
  [[nodiscard]] std::uint64_t bits(std::int64_t i) const;
  /// The same bytes under another shape of the same count.
  [[nodiscard]] Array reshaped(Shape shape) const;

 private:
  [[nodiscard]] std::size_t nbytes() const { return static_cast<std::size_t>(size_) * size_of(dtype_); }
  DType dtype_ = DType::float32;
  Shape shape_;
  std::int64_t size_ = 0;
  std::shared_ptr<std::byte[]> data_;
};

/// Same dtype, shape and bits, except that every NaN equals every NaN.
[[nodiscard]] bool same_bits(const Array& a, const Array& b);
/// Elements (of `a.size()`) whose bits are the same; 0 where dtype or shape differ. NaN equals NaN.
[[nodiscard]] std::int64_t count_same_bits(const Array& a, const Array& b);
/// The array with each element rounded to `dtype` (to nearest, ties to even).
[[nodiscard]] Result<Array> cast(const Array& a, DType dtype);

}  // namespace roundoff
