// Shapes and dtypes by the array API standard (2023.12): "Broadcasting" and "Type Promotion Rules".
#include <fmt/format.h>

#include <algorithm>

#include "ops/op.h"

namespace roundoff {
namespace {

enum class Category { boolean, signed_integer, unsigned_integer, floating };

Category category_of(DType dtype) {
  switch (dtype) {
    case DType::bool_:
      return Category::boolean;
    case DType::int8:
    case DType::int16:
    case DType::int32:
    case DType::int64:
      return Category::signed_integer;
    case DType::uint8:
    case DType::uint16:
    case DType::uint32:
    case DType::uint64:
      return Category::unsigned_integer;
    case DType::float16:
    case DType::bfloat16:
    case DType::float32:
    case DType::float64:
    case DType::float8_e4m3fn:
    case DType::float8_e5m2:
      return Category::floating;
  }
  return Category::floating;
}

/// The signed integer that holds an unsigned one of `size` bytes and a signed one of `other` bytes; none holds uint64's
/// range.
std::optional<DType> signed_for(std::size_t size, std::size_t other) {
  switch (std::max(2 * size, other)) {
    case 2:
      return DType::int16;
    case 4:
      return DType::int32;
    case 8:
      return DType::int64;
    default:
      return std::nullopt;
  }
}

std::optional<DType> promote_two(DType a, DType b) {
  if (a == b) return a;
  const Category ca = category_of(a), cb = category_of(b);
  if (ca == cb) {
    if (size_of(a) == size_of(b)) return DType::float32;  // float16 with bfloat16: the smallest that holds both
    return size_of(a) > size_of(b) ? a : b;
  }
  // Boolean or integer with floating is left open by the standard: the floating dtype stays, as in PyTorch and JAX.
  if (ca == Category::boolean || cb == Category::floating) return b;
  if (cb == Category::boolean || ca == Category::floating) return a;
  return ca == Category::unsigned_integer ? signed_for(size_of(a), size_of(b)) : signed_for(size_of(b), size_of(a));
}

Result<Shape> fiber_shape(const Fiber& fiber, const Shape& in, const Attrs& attrs) {
  ROUNDOFF_TRY(const auto axes, axes_of(attrs, in.size()));
  if (fiber.scan) return in;
  Shape out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end();
    if (!reduced) {
      out.push_back(in[i]);
    } else if (flag_attr(attrs, "keepdims")) {
      out.push_back(1);
    }
  }
  return out;
}

}  // namespace

Result<Shape> broadcast(std::span<const Shape> shapes) {
  Shape out;
  for (const Shape& shape : shapes) {
    if (shape.size() > out.size()) out.insert(out.begin(), shape.size() - out.size(), 1);
    const std::size_t skip = out.size() - shape.size();
    for (std::size_t i = 0; i < shape.size(); ++i) {
      std::int64_t& size = out[skip + i];
      if (shape[i] == size || shape[i] == 1) continue;
      if (size != 1) {
        std::string all;
        for (const Shape& each : shapes) all += (all.empty() ? "" : " and ") + to_string(each);
        return Error{Code::input, fmt::format("shapes {} do not broadcast together", all), "",
                     "sizes must be equal or 1, compared from the last axis on"};
      }
      size = shape[i];
    }
  }
  return out;
}

Result<DType> promote(std::span<const DType> dtypes) {
  if (dtypes.empty()) return Error{Code::usage, "no argument to take a dtype from", "", ""};
  DType out = dtypes[0];
  for (const DType dtype : dtypes.subspan(1)) {
    const auto both = promote_two(out, dtype);
    if (!both) {
      return Error{Code::input, fmt::format("{} and {} have no common dtype", name_of(out), name_of(dtype)), "",
                   "convert one of them with astype"};
    }
    out = *both;
  }
  return out;
}

Result<std::vector<std::int64_t>> axes_of(const Attrs& attrs, std::size_t rank) {
  const auto it = attrs.find("axis");
  const auto n = static_cast<std::int64_t>(rank);
  std::vector<std::int64_t> axes;
  if (it == attrs.end() || std::holds_alternative<std::monostate>(it->second)) {
    for (std::int64_t i = 0; i < n; ++i) axes.push_back(i);
    return axes;
  }
  for (const std::int64_t given : list_attr(attrs, "axis")) {
    const std::int64_t axis = given < 0 ? given + n : given;
    if (axis < 0 || axis >= n) {
      return Error{Code::input, fmt::format("axis {} is out of range for {} dimensions", given, n), "",
                   n == 0 ? "a scalar has no axes" : fmt::format("use {} to {}", -n, n - 1)};
    }
    axes.push_back(axis);
  }
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
    return Error{Code::input, "an axis is named twice", "", ""};
  }
  return axes;
}

Result<Shape> infer_shape(const Op& op, std::span<const Shape> in, const Attrs& attrs) {
  if (op.shape) return op.shape(in, attrs);
  if (const auto* fiber = std::get_if<Fiber>(&op.body); fiber && !in.empty()) return fiber_shape(*fiber, in[0], attrs);
  return broadcast(in);
}

Result<DType> infer_dtype(const Op& op, std::span<const DType> in, const Attrs& attrs) {
  return op.dtype ? op.dtype(in, attrs) : promote(in);
}

std::vector<std::string> derivative_of(const Op& op, const Attrs& attrs) {
  return op.derivative_for ? op.derivative_for(attrs) : op.derivative;
}

}  // namespace roundoff
