// Orders: how a library adds up n numbers. Each is written once, over any number type with a +, and serves every dtype,
// products (a type whose + multiplies) and comparison of orders with each other (a type whose + hashes the tree).
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "roundoff/array.h"

namespace roundoff::replay {

struct Order;
using OrderPtr = std::shared_ptr<const Order>;

/// How the lanes of a vector (or several accumulators) become one number.
enum class Join {
  in_order,    ///< ((0 + 1) + 2) + …
  halves,      ///< lane i with lane i + W/2, then again
  neighbours,  ///< (0 + 1) + (2 + 3), then again
};

/// ((x0 + x1) + x2) + …
struct LeftToRight {};

/// Recursive halves down to blocks of at most `block`, each in `lanes` accumulators joined by neighbours, the rest of a
/// block one by one. NumPy, numpy/_core/src/umath/loops_utils.h.src.
struct Pairwise {
  int lanes = 8;
  int block = 128;
};

/// `vectors` accumulators of `width` lanes each, filled in turn. Eigen's InnerMostDimReducer (TensorReduction.h), loops
/// that a compiler vectorised, and PyTorch's vectorized_inner_reduction (aten/src/ATen/native/cpu/Reduce.h).
struct Lanes {
  int width = 8;
  int vectors = 1;
  Join join_vectors = Join::in_order;
  Join join_lanes = Join::halves;
  bool tail_apart = true;  ///< the elements behind the last full vector are summed on their own first; else added one
                           ///< by one at the end
  bool rows_only = false;  ///< the tail begins behind the last full row of vectors
};

/// Four levels of accumulators, each taking over after at least 16 additions, over vectors of `width` lanes in rows of
/// `rows` vectors. PyTorch, aten/src/ATen/native/cpu/SumKernel.cpp.
struct Cascade {
  int width = 8;
  int rows = 4;
};

/// Windows of `width`, centred (padding in front is half of what is missing), each left to right; then the same over
/// their sums. XLA's tree reduction on CPUs.
struct Windows {
  int width = 32;
};

/// Every `width`-th number in one lane. Blocks of 1024 numbers; in each, a lane in units of four, left to right, fours
/// of whole units left to right, then these, and the units left over by 16 / width. A lane's blocks by Kahan's
/// compensated sum (of what knows a −; else left to right), lanes joined by halves. YNNPACK, which XLA calls for
/// reductions on CPUs (found by probing JAX 0.10; the compensation by where ties of two blocks' sums go).
struct Fours {
  int width = 16;
};

/// Halves, cut at multiples of `align`, down to `leaf` numbers. Eigen's tree reduction.
struct Halves {
  std::int64_t leaf = 8192;
  int align = 8;
  OrderPtr inner;
};

/// `count` equal shares, each in the inner order; then what the division left over, plus the shares from the first to
/// the last. Eigen's thread pool.
struct Shares {
  int count = 2;
  OrderPtr inner;
};

/// Runs of `length` numbers, each in the inner order, added left to right. A buffered loop.
struct Runs {
  std::int64_t length = 8192;
  OrderPtr inner;
};

struct Order : std::variant<LeftToRight, Pairwise, Lanes, Cascade, Windows, Fours, Halves, Shares, Runs> {
  using variant::variant;
};

template <class O>
[[nodiscard]] OrderPtr shared(O order) {
  return std::make_shared<const Order>(std::move(order));
}

/// "8 lanes, then a tree".
[[nodiscard]] std::string describe(const Order& order);

/// A number whose + multiplies.
template <class T>
struct Product {
  T value;
  friend Product operator+(Product a, Product b) { return {a.value * b.value}; }
};

/// A 16-bit format as a machine that rounds after each operation: float32 holds sums and products of its numbers well
/// enough that rounding twice is rounding once (Figueroa 1995: 24 ≥ 2p + 2).
template <DType D>
struct Narrow {
  float value;
  friend Narrow operator+(Narrow a, Narrow b) { return rounded(a.value + b.value); }
  friend Narrow operator-(Narrow a, Narrow b) { return rounded(a.value - b.value); }
  friend Narrow operator*(Narrow a, Narrow b) { return rounded(a.value * b.value); }
  friend Narrow operator/(Narrow a, Narrow b) { return rounded(a.value / b.value); }
  static Narrow rounded(float x);
};
using Half = Narrow<DType::float16>;
using Brain = Narrow<DType::bfloat16>;

/// A product that is still to be added, or a sum of such: + fuses the product of its right side (else of its left side)
/// into the other.
template <class T>
struct Fused {
  T value{};   ///< the sum, or the rounded product
  T a{}, b{};  ///< the factors, of a single product
  bool single = true;
  static Fused product(T a, T b) { return {a * b, a, b, true}; }
  friend Fused operator+(const Fused& x, const Fused& y) {
    const T sum = y.single ? std::fma(y.a, y.b, x.value) : x.single ? std::fma(x.a, x.b, y.value) : x.value + y.value;
    return {sum, {}, {}, false};
  }
};

/// A summation tree, up to exchange of the two sides of a +.
struct TreeHash {
  std::uint64_t value;
  friend TreeHash operator+(TreeHash a, TreeHash b);
};

/// Leaves 0 … n − 1.
[[nodiscard]] std::vector<TreeHash> hashed_leaves(std::int64_t n);

/// The sum of x (not empty) in this order. Instantiated for float, double, Half, Brain, their products, Fused<float>,
/// Fused<double>, and TreeHash.
template <class T>
[[nodiscard]] T add_up(const Order& order, std::span<const T> x);

/// Which tree the order makes of n numbers: equal for equal trees.
[[nodiscard]] std::uint64_t tree_of(const Order& order, std::int64_t n);

}  // namespace roundoff::replay
