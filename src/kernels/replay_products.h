// Sums of products in a given order: what a matrix product's kernel did, done again, bit for bit.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace roundoff::kernels {

/// One step of a stack machine over accumulators. A run visits products first, first + stride, …, `count` of them.
struct SumStep {
  enum class Do : std::uint8_t {
    start,   ///< push a new accumulator: the run's first product, rounded; then as extend for the others
    extend,  ///< add the run's products to the accumulator on top, each fused or rounded by itself
    join,    ///< pop the accumulator on top and add it to the one below
  };
  Do what;
  std::int64_t first = 0;
  std::int64_t stride = 1;
  std::int64_t count = 0;
};

/// The deepest stack that the steps need; at most kMostAccumulators can be run.
[[nodiscard]] int accumulators_of(std::span<const SumStep> steps);
inline constexpr int kMostAccumulators = 64;

/// The matrices of one replay: out[i, j] is to be Σ over k of left[i, k] · right[k, j], for i < rows and j < columns,
/// in arithmetic of T to nearest.
template <class T>
struct Products {
  const T* left;
  std::int64_t left_stride;  ///< from row to row of left; its columns are neighbours
  const T* right;
  std::int64_t right_stride;  ///< from row to row of right; its columns are neighbours
  std::int64_t rows;
  std::int64_t columns;
  bool fused;  ///< one rounding per multiply-add; else the product is rounded first
  T* out;
  std::int64_t out_stride;
};

/// Replays the products in the order of `steps`, which leave one accumulator. Runs on the best instruction set of the
/// machine; every instruction set gives the bits of the oracle.
void replay_products(std::span<const SumStep> steps, const Products<float>& p);
void replay_products(std::span<const SumStep> steps, const Products<double>& p);

/// The same without vectors: the definition.
void replay_products_oracle(std::span<const SumStep> steps, const Products<float>& p);
void replay_products_oracle(std::span<const SumStep> steps, const Products<double>& p);

}  // namespace roundoff::kernels
