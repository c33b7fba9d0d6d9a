// Matrix products of packed lines, with what it takes to bound their error. One source for every instruction set
// (products.cc, Highway); all give the bytes of the scalar oracle below.
#pragma once

#include <cstdint>

namespace roundoff {

/// How an inner product Σ x·y over k ascending is accumulated. In all of them rounding is to nearest.
enum class Accumulate {
  /// s ← fl(s + x·y) in double, for factors whose products are exact in double: float32 and narrower, integers below
  /// 2^26. The result lies within k·2^-53·Σ|x·y| of the sum (Jeannerod & Rump 2013).
  rounded,
  /// For lines of norm √Σx² ≤ 1: h ← fl(h + x·y) from h = 3, and l ← fl(l + fl(x·y − (h_new − h_old))). All of h stays
  /// in [2, 4], so its steps are multiples of 2^-51 and their difference is exact: high = h − 3, low = l, and the sum
  /// lies within split_radius(k) of high + low.
  split,
};

/// Lines that stand side by side in packed arguments: element (line, i) of k lies at
/// [(line / width · k + i) · width + line mod width], and lines are filled up with zeros to a whole group.
struct ProductWidths {
  std::int64_t left, right;
};
[[nodiscard]] ProductWidths product_widths(Accumulate how);

/// high (and low, for `split`) of rows × columns inner products of k terms, row after row, `stride` apart. Rows and
/// columns are whole groups.
struct ProductBlock {
  const double* left;
  const double* right;
  std::int64_t rows, columns, k, stride;
  double* high;
  double* low;
};
void multiply_block(Accumulate how, const ProductBlock& block);

/// Terms that pass while a group of columns stays in the first cache.
inline constexpr std::int64_t kProductDepth = 512;

/// The same for Σ|x·y| in float, over non-negative factors ≤ 1: at least (Σ − k·2^-148)·(1 − 2^-14) (each product and
/// each sum of up to 256 of them rounds once; sums of kProductDepth are added in double), and at most Σ·(1 + 2^-14) +
/// k·2^-149.
struct SizeBlock {
  const float* left;
  const float* right;
  std::int64_t rows, columns, k, stride;
  double* size;
};
[[nodiscard]] ProductWidths size_widths();
void size_block(const SizeBlock& block);

/// One inner product, operation by operation: what every instruction set must equal.
void multiply_oracle(Accumulate how, const double* x, const double* y, std::int64_t k, double& high, double& low);
[[nodiscard]] double size_oracle(const float* x, const float* y, std::int64_t k);

/// Bounds of |Σ x·y − (high + low)|, for k ≤ 2^30 terms (+∞ beyond). Derivation: docs/tiers.md.
[[nodiscard]] double rounded_radius(std::int64_t k, double size);
[[nodiscard]] double split_radius(std::int64_t k);

}  // namespace roundoff
