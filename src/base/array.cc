#include "roundoff/array.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

#include "base/format.h"

namespace roundoff {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 48;
constexpr std::size_t kAlignment = 64;  // a cache line, and the widest vector register

constexpr std::array<std::string_view, 15> kNames = {"bool",     "int8",    "int16",   "int32",         "int64",
                                                     "uint8",    "uint16",  "uint32",  "uint64",        "float16",
                                                     "bfloat16", "float32", "float64", "float8_e4m3fn", "float8_e5m2"};

/// Calls f with a value of the C++ type that stores an element; the narrow floats have none and are stored as
/// unsigned integers.
template <class F>
auto with_storage(DType dtype, F f) {
  switch (dtype) {
    case DType::bool_:
    case DType::uint8:
    case DType::float8_e4m3fn:
    case DType::float8_e5m2:
      return f(std::uint8_t{});
    case DType::int8:
      return f(std::int8_t{});
    case DType::int16:
      return f(std::int16_t{});
    case DType::int32:
      return f(std::int32_t{});
    case DType::int64:
      return f(std::int64_t{});
    case DType::uint32:
      return f(std::uint32_t{});
    case DType::uint64:
      return f(std::uint64_t{});
    case DType::float32:
      return f(float{});
    case DType::float64:
      return f(double{});
    case DType::uint16:
    case DType::float16:
    case DType::bfloat16:
      break;
  }
  return f(std::uint16_t{});
}

template <class T>
T load(const std::byte* data, std::int64_t i) {
  T value;
  std::memcpy(&value, data + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
  return value;
}

/// x as an integer type: to nearest even, saturated; NaN is 0.
template <class T>
T saturate(double x) {
  if (std::isnan(x)) return 0;
  const double nearest = std::nearbyint(x);
  // 2^digits is exact, unlike the largest value of a 64-bit type.
  if (nearest >= std::ldexp(1.0, std::numeric_limits<T>::digits)) return std::numeric_limits<T>::max();
  if (nearest <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  return static_cast<T>(nearest);
}

/// A 64-bit integer as a double that rounds to any narrower format as the integer itself does (rounded to odd).
template <class T>
double to_odd(T value) {
  const bool negative = std::cmp_less(value, 0);
  auto magnitude = negative ? -static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  constexpr std::uint64_t kLost = (1 << 11) - 1;
  if (magnitude >> 53 != 0) magnitude = (magnitude & ~kLost) | ((magnitude & kLost) != 0 ? kLost + 1 : 0);
  const auto x = static_cast<double>(magnitude);
  return negative ? -x : x;
}

template <class T>
void cast_integers(const Array& from, Array& to) {
  const auto values = from.as<T>();
  for (std::int64_t i = 0; i < from.size(); ++i) {
    const T value = values[static_cast<std::size_t>(i)];
    if (to.dtype() == DType::float64) {
      to.set(i, static_cast<double>(value));
    } else if (is_float(to.dtype()) || to.dtype() == DType::bool_) {
      to.set(i, to_odd(value));
    } else {
      with_storage(to.dtype(), [&](auto stored) {
        using To = decltype(stored);
        if constexpr (std::is_integral_v<To>) {
          constexpr To kLow = std::numeric_limits<To>::min(), kHigh = std::numeric_limits<To>::max();
          to.as_mutable<To>()[static_cast<std::size_t>(i)] =
              std::cmp_less(value, kLow) ? kLow : (std::cmp_greater(value, kHigh) ? kHigh : static_cast<To>(value));
        }
      });
    }
  }
}

std::size_t memory_of_machine() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(page) : SIZE_MAX;
}

bool is_nan(const Array& a, std::int64_t i) { return std::isnan(a.get(i)); }

}  // namespace

std::string_view name_of(DType dtype) { return kNames[static_cast<std::size_t>(dtype)]; }

std::optional<DType> dtype_named(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<DType>(found - kNames.begin());
}

std::size_t size_of(DType dtype) {
  return with_storage(dtype, [](auto stored) { return sizeof(stored); });
}

bool is_float(DType dtype) { return dtype >= DType::float16; }
bool is_computed(DType dtype) { return dtype <= DType::float64; }

Result<std::int64_t> count_of(const Shape& shape) {
  const auto failed = [&](std::string what) {
    return Error{Code::input, std::move(what), "shape " + to_string(shape),
                 "use sizes of 0 or more, at most 2^48 elements"};
  };
  std::int64_t count = 1;  // of the sizes that are not 0: strides must not overflow in an empty array either
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) return failed("a size is negative");
    if (size > kMostElements / count) return failed("more than 2^48 elements");
    count *= std::max<std::int64_t>(size, 1);
    empty = empty || size == 0;
  }
  return empty ? 0 : count;
}

std::vector<std::int64_t> c_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

Result<Array> Array::make(DType dtype, Shape shape) {
  ROUNDOFF_TRY(const std::int64_t count, count_of(shape));
  Array array;
  array.dtype_ = dtype;
  array.shape_ = std::move(shape);
  array.size_ = count;
  const std::size_t room = (std::max<std::size_t>(array.nbytes(), 1) + kAlignment - 1) / kAlignment * kAlignment;
  // Without the check a machine that promises more memory than it has would kill the process while this fills it.
  void* data = room <= memory_of_machine() ? std::aligned_alloc(kAlignment, room) : nullptr;
  if (data == nullptr) {
    return Error{Code::resource, "no memory for " + std::to_string(array.nbytes()) + " bytes",
                 std::string(name_of(dtype)) + " array of shape " + to_string(array.shape_),
                 "use a smaller array or a machine with more memory"};
  }
  std::memset(data, 0, room);
  array.data_ = std::shared_ptr<std::byte[]>(static_cast<std::byte*>(data), [](std::byte* bytes) { std::free(bytes); });
  return array;
}

double Array::get(std::int64_t i) const {
  if (dtype_ == DType::float16) return float16_to_double(load<std::uint16_t>(data_.get(), i));
  if (dtype_ == DType::bfloat16) return bfloat16_to_double(load<std::uint16_t>(data_.get(), i));
  if (!is_computed(dtype_)) return float8_to_double(dtype_, load<std::uint8_t>(data_.get(), i));
  return with_storage(dtype_, [&](auto stored) { return static_cast<double>(load<decltype(stored)>(data_.get(), i)); });
}

void Array::set(std::int64_t i, double x) {
  const auto at = static_cast<std::size_t>(i);
  if (dtype_ == DType::bool_) {
    as_mutable<std::uint8_t>()[at] = x != 0 ? 1 : 0;
  } else if (dtype_ == DType::float16) {
    as_mutable<std::uint16_t>()[at] = double_to_float16(x);
  } else if (dtype_ == DType::bfloat16) {
    as_mutable<std::uint16_t>()[at] = double_to_bfloat16(x);
  } else if (!is_computed(dtype_)) {
    as_mutable<std::uint8_t>()[at] = double_to_float8(dtype_, x);
  } else {
    with_storage(dtype_, [&](auto stored) {
      using T = decltype(stored);
      if constexpr (std::is_floating_point_v<T>) {
        as_mutable<T>()[at] = static_cast<T>(x);
      } else {
        as_mutable<T>()[at] = saturate<T>(x);
      }
    });
  }
}

std::uint64_t Array::bits(std::int64_t i) const {
  switch (size_of(dtype_)) {
    case 1:
      return load<std::uint8_t>(data_.get(), i);
    case 2:
      return load<std::uint16_t>(data_.get(), i);
    case 4:
      return load<std::uint32_t>(data_.get(), i);
    default:
      return load<std::uint64_t>(data_.get(), i);
  }
}

Array Array::reshaped(Shape shape) const {
  Array other = *this;
  other.shape_ = std::move(shape);
  return other;
}

std::int64_t count_same_bits(const Array& a, const Array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return 0;
  const auto left = a.bytes(), right = b.bytes();
  if (left.empty() || std::memcmp(left.data(), right.data(), left.size()) == 0) return a.size();
  std::int64_t same = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    same += a.bits(i) == b.bits(i) || (is_float(a.dtype()) && is_nan(a, i) && is_nan(b, i)) ? 1 : 0;
  }
  return same;
}

bool same_bits(const Array& a, const Array& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && count_same_bits(a, b) == a.size();
}

Result<Array> cast(const Array& a, DType dtype) {
  if (a.dtype() == dtype) return a;
  ROUNDOFF_TRY(Array to, Array::make(dtype, a.shape()));
  if (a.dtype() == DType::int64) {
    cast_integers<std::int64_t>(a, to);
  } else if (a.dtype() == DType::uint64) {
    cast_integers<std::uint64_t>(a, to);
  } else {
    for (std::int64_t i = 0; i < a.size(); ++i) to.set(i, a.get(i));
  }
  return to;
}

}  // namespace roundoff
