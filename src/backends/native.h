// What the files of native/ share: arrays made ready for a library that knows contiguous numbers of one type.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "backends/backend.h"

namespace roundoff {

/// f(in, out, n): out[i] from in[0][i], in[1][i], …, all contiguous.
template <class T>
using Kernel = std::function<void(std::span<const T* const> in, T* out, std::size_t n)>;

/// An op's kernels in both formats.
struct ElementwiseKernel {
  Kernel<float> f32;
  Kernel<double> f64;
};
using ElementwiseTable = std::map<std::string, ElementwiseKernel, std::less<>>;

/// A scalar function of one, two or three arguments, element by element.
template <class T, class... X>
[[nodiscard]] Kernel<T> each(T (*f)(X...)) {
  return [f](std::span<const T* const> in, T* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      if constexpr (sizeof...(X) == 1) {
        out[i] = f(in[0][i]);
      } else if constexpr (sizeof...(X) == 2) {
        out[i] = f(in[0][i], in[1][i]);
      } else {
        out[i] = f(in[0][i], in[1][i], in[2][i]);
      }
    }
  };
}

[[nodiscard]] inline bool is_native_float(DType dtype) { return dtype == DType::float32 || dtype == DType::float64; }

/// The dtype that a node computes in: the promotion of its floating arguments.
[[nodiscard]] DType computes_in(std::span<const Array> in, DType otherwise);

/// The array in another dtype and shape that it broadcasts to, contiguous.
[[nodiscard]] Result<Array> spread(const Array& array, DType dtype, const Shape& shape);

/// Broadcasts the arguments, calls the kernel of the node's op, and gives the result the node's dtype (comparisons
/// answer 1 and 0).
[[nodiscard]] Result<Array> evaluate_elementwise(const ElementwiseTable& table, const Node& node,
                                                 std::span<const Array> in);

/// The axes of a fiber op as the middle one of three: [outer, n, inner], contiguous. Axes that do not lie side by side
/// are moved to the end.
struct Fibers {
  Array array;
  std::int64_t outer = 1, n = 1, inner = 1;
};
[[nodiscard]] Result<Fibers> fibers_of(const Node& node, const Array& in, DType dtype);

/// A matrix inside an array: whole rows, or whole columns, `stride` elements apart.
struct MatrixView {
  std::int64_t offset = 0;
  bool by_rows = true;
  std::int64_t stride = 1;
};

/// One product of a contraction, m×k by k×n. Vectors (m, n or k of 1) also have the distance between their elements.
struct Product {
  std::int64_t m, n, k;
  MatrixView left, right;
  std::int64_t left_step;   ///< between neighbours in k of the left
  std::int64_t right_step;  ///< between neighbours in k of the right
  std::int64_t out;         ///< index of the first of its m·n results, which lie row by row
};
/// Code::usage where an argument is neither rows nor columns.
[[nodiscard]] Result<std::vector<Product>> products_of(const Node& node, std::span<const Array> in);

/// Evaluates a contraction: `multiply` gets the arguments as T, the zero-filled result, and one product after the
/// other.
template <class T, class Multiply>
[[nodiscard]] Result<Array> evaluate_contraction(const Node& node, std::span<const Array> in, Multiply multiply) {
  ROUNDOFF_TRY(const std::vector<Product> products, products_of(node, in));
  ROUNDOFF_TRY(const Array left, spread(in[0], node.dtype, in[0].shape()));
  ROUNDOFF_TRY(const Array right, spread(in[1], node.dtype, in[1].shape()));
  ROUNDOFF_TRY(Array out, Array::make(node.dtype, node.shape));
  for (const Product& product : products) {
    if (product.m * product.n * product.k > 0) {
      multiply(product, left.as<T>().data(), right.as<T>().data(), out.as_mutable<T>().data() + product.out);
    }
  }
  return out;
}

/// Calls f with a float or a double, by dtype.
template <class F>
auto with_type(DType dtype, F&& f) {
  return dtype == DType::float32 ? f(float{}) : f(double{});
}

}  // namespace roundoff
