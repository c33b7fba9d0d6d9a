#include "backends/native.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace roundoff {
namespace {

Error misfit(const Node& node, const std::string& what) {
  return {Code::usage, fmt::format("{}: {}", node.name, what), "", ""};
}

// For each element of `shape`, in order, the flat index of the element of `from` that it shows.
std::vector<std::int64_t> broadcast_strides(const Shape& from, const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 0);
  std::int64_t stride = 1;
  for (std::size_t back = 1; back <= from.size(); ++back) {
    const std::int64_t size = from[from.size() - back];
    if (size != 1) strides[shape.size() - back] = stride;
    stride *= size;
  }
  return strides;
}

// Copies elements of `size` bytes from where `strides` (in elements, one for each axis of `shape`) leads to.
void gather(const std::byte* from, const std::vector<std::int64_t>& strides, const Shape& shape, std::size_t size,
            std::byte* to) {
  if (std::ranges::find(shape, 0) != shape.end()) return;
  std::vector<std::int64_t> index(shape.size(), 0);
  std::int64_t at = 0;
  while (true) {
    std::memcpy(to, from + at * static_cast<std::int64_t>(size), size);
    to += size;
    std::size_t axis = shape.size();
    while (axis-- > 0) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
    if (axis == SIZE_MAX) return;
  }
}

std::optional<MatrixView> view_of(std::int64_t rows, std::int64_t cols, std::int64_t row_stride,
                                  std::int64_t col_stride) {
  if (cols == 1 || col_stride == 1) return MatrixView{0, true, rows == 1 ? cols : row_stride};
  if (rows == 1 || row_stride == 1) return MatrixView{0, false, col_stride};
  return std::nullopt;
}

template <class T>
Result<Array> call(const Kernel<T>& kernel, const Node& node, std::span<const Array> in, DType dtype) {
  std::vector<Array> arguments;
  std::vector<const T*> pointers;
  for (const Array& array : in) {
    ROUNDOFF_TRY(Array argument, spread(array, dtype, node.shape));
    arguments.push_back(std::move(argument));
    pointers.push_back(arguments.back().as<T>().data());
  }
  ROUNDOFF_TRY(Array out, Array::make(dtype, node.shape));
  kernel(pointers, out.as_mutable<T>().data(), static_cast<std::size_t>(out.size()));
  return node.dtype == dtype ? Result<Array>(std::move(out)) : cast(out, node.dtype);
}

}  // namespace

DType computes_in(std::span<const Array> in, DType otherwise) {
  std::vector<DType> floats;
  for (const Array& array : in) {
    if (is_float(array.dtype())) floats.push_back(array.dtype());
  }
  if (floats.empty()) return otherwise;
  const auto promoted = promote(floats);
  return promoted.ok() ? *promoted : otherwise;
}

Result<Array> spread(const Array& array, DType dtype, const Shape& shape) {
  ROUNDOFF_TRY(Array typed, array.dtype() == dtype ? Result<Array>(array) : cast(array, dtype));
  if (typed.shape() == shape) return typed;
  ROUNDOFF_TRY(Array out, Array::make(dtype, shape));
  gather(typed.bytes().data(), broadcast_strides(typed.shape(), shape), shape, size_of(dtype),
         out.mutable_bytes().data());
  return out;
}

Result<Array> evaluate_elementwise(const ElementwiseTable& table, const Node& node, std::span<const Array> in) {
  const auto entry = table.find(node.name);
  if (entry == table.end()) return misfit(node, "no such kernel");
  return computes_in(in, node.dtype) == DType::float32 ? call(entry->second.f32, node, in, DType::float32)
                                                       : call(entry->second.f64, node, in, DType::float64);
}

Result<Fibers> fibers_of(const Node& node, const Array& in, DType dtype) {
  ROUNDOFF_TRY(const std::vector<std::int64_t> axes, axes_of(node.attrs, in.shape().size()));
  ROUNDOFF_TRY(Array array, spread(in, dtype, in.shape()));
  Fibers out;
  const Shape& shape = array.shape();
  const bool side_by_side = axes.empty() || axes.back() - axes.front() + 1 == static_cast<std::int64_t>(axes.size());
  Shape order;  // of the axes: those that stay, and those of the op
  for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(shape.size()); ++axis) {
    const std::int64_t size = shape[static_cast<std::size_t>(axis)];
    if (std::ranges::find(axes, axis) != axes.end()) {
      out.n *= size;
    } else {
      order.push_back(axis);
      (!side_by_side || axes.empty() || axis < axes.front() ? out.outer : out.inner) *= size;
    }
  }
  if (side_by_side) {
    out.array = std::move(array);
    return out;
  }
  order.insert(order.end(), axes.begin(), axes.end());
  const Shape strides = c_strides(shape);
  Shape moved_strides, moved_shape;
  for (const std::int64_t axis : order) {
    moved_shape.push_back(shape[static_cast<std::size_t>(axis)]);
    moved_strides.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  ROUNDOFF_TRY(out.array, Array::make(dtype, moved_shape));
  gather(array.bytes().data(), moved_strides, moved_shape, size_of(dtype), out.array.mutable_bytes().data());
  return out;
}

Result<std::vector<Product>> products_of(const Node& node, std::span<const Array> in) {
  const auto plan = std::get<Contraction>(node.op->body).plan(in[0].shape(), in[1].shape(), node.attrs);
  const auto left = view_of(plan.m, plan.k, plan.left_row, plan.left_col);
  const auto right = view_of(plan.k, plan.n, plan.right_row, plan.right_col);
  if (!left || !right) return misfit(node, "an argument is neither rows nor columns");
  std::vector<Product> out;
  for (std::int64_t b = 0; b < plan.batch; ++b) {
    const auto i = static_cast<std::size_t>(b);
    Product product{plan.m, plan.n, plan.k, *left, *right, plan.left_col, plan.right_row, b * plan.m * plan.n};
    product.left.offset = plan.left_batch[i];
    product.right.offset = plan.right_batch[i];
    out.push_back(product);
  }
  return out;
}

}  // namespace roundoff
