// A tensor with its axes in another order.
#include <fmt/format.h>

#include <algorithm>

#include "run/diff.h"

namespace roundoff {
namespace {

Result<Array> permuted(const Array& array, const std::vector<std::size_t>& axes, const std::string& place) {
  if (axes.size() != array.shape().size()) {
    return Error{Code::input, fmt::format("has {} axes, and {} are to be permuted", array.shape().size(), axes.size()),
                 place, "--layout and --transpose name every axis of a"};
  }
  Shape shape, strides(axes.size(), 1);
  for (std::size_t axis = axes.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * array.shape()[axis];
  for (const std::size_t axis : axes) shape.push_back(array.shape()[axis]);
  ROUNDOFF_TRY(Array out, Array::make(array.dtype(), shape));
  const std::size_t size = size_of(array.dtype());
  std::vector<std::int64_t> at(axes.size(), 0);
  std::int64_t from = 0;
  for (std::int64_t to = 0; to < out.size(); ++to) {
    std::copy_n(array.bytes().begin() + static_cast<std::ptrdiff_t>(from * static_cast<std::int64_t>(size)), size,
                out.mutable_bytes().begin() + static_cast<std::ptrdiff_t>(to * static_cast<std::int64_t>(size)));
    for (std::size_t i = axes.size(); i-- > 0;) {
      from += strides[axes[i]];
      if (++at[i] < shape[i]) break;
      from -= strides[axes[i]] * shape[i];
      at[i] = 0;
    }
  }
  return out;
}

}  // namespace

Result<Array> moved(const TensorFile& file, std::size_t index, const std::vector<std::size_t>& axes) {
  ROUNDOFF_TRY(Array array, read_tensor(file, index));
  if (axes.empty()) return array;
  return permuted(array, axes, file.tensors()[index].place);
}

}  // namespace roundoff
