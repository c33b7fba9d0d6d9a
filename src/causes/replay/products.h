// Sums of products: contractions (matmul, vecdot, …) as stacks of matrix products, and sums and means as a product with
// ones. Packed for the replay kernel, and probed for the order of their sums.
#pragma once

#include <vector>

#include "causes/replay/reduce.h"
#include "causes/replay/sum_tree.h"

namespace roundoff::replay {

/// out[row, j] = Σ over k of left[row_start[row] + along[k]] · right[batch, k, j]. Rows of one matrix of the stack are
/// neighbours.
struct Stack {
  std::vector<std::int64_t> row_start;  ///< flat indices into the left argument, one per row of the stack
  std::vector<std::int64_t> along;      ///< from there to the row's elements
  std::int64_t rows_per_matrix = 1;
  std::int64_t columns = 1;
  std::vector<std::int64_t> right_batch;  ///< flat index of right[batch, 0, 0]
  std::int64_t right_row = 0, right_column = 0;
  bool ones = false;  ///< there is no right argument: the elements are summed themselves
  bool mean = false;  ///< the sums are divided by their number of terms

  [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(row_start.size()); }
  [[nodiscard]] std::int64_t depth() const { return static_cast<std::int64_t>(along.size()); }
};

/// The subject's contraction, sum or mean over float arrays as a stack; an Error for every other op, and for empty
/// ones.
[[nodiscard]] Result<Stack> stack_of(const Subject& subject);

/// How operands are cut before they are multiplied.
enum class Cut { none, bfloat16, tf32_nearest, tf32_away, tf32_truncate };
[[nodiscard]] std::string_view name_of(Cut cut);
[[nodiscard]] float cut_to(Cut cut, float x);

/// The arithmetic of the sums, apart from their order.
struct Arithmetic {
  DType accumulator = DType::float32;  ///< float32 or float64
  bool fused = true;
  bool later_first = false;  ///< see steps_of()
  Cut cut = Cut::none;
  Finish finish = Finish::divide;  ///< of a mean
  friend bool operator==(const Arithmetic&, const Arithmetic&) = default;
};

/// Outputs that share one order and arithmetic: rows and columns of the stack.
struct Tile {
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> columns;
  SumTree tree;
  Arithmetic arithmetic;
};

/// The sums replayed; the tiles cover an output once, or not at all: then it is 0.
[[nodiscard]] Result<Array> replay_tiles(const Subject& subject, std::span<const Tile> tiles);
/// Whether the stack's sums over `in`, in a tile's order and arithmetic, have the bits of `out` at the tile's outputs.
[[nodiscard]] bool tile_agrees(const Stack& stack, std::span<const Array> in, const Array& out, const Tile& tile);
/// Only the first rows of each tile, up to `most`: whether they have the subject's bits.
[[nodiscard]] bool first_rows_agree(const Subject& subject, std::span<const Tile> tiles, std::size_t most);

/// Every sum of products in one of the known orders (orders.h), for the few outputs whose order probing cannot find.
[[nodiscard]] Result<Array> replay_in_order(const Subject& subject, const Order& order, const Arithmetic& arithmetic);

/// The arithmetics worth trying on the subject, likeliest first.
[[nodiscard]] std::vector<Arithmetic> arithmetics_for(const Subject& subject);

/// One tile over everything, left to right.
[[nodiscard]] std::vector<Tile> left_to_right_tiles(const Stack& stack, const Arithmetic& arithmetic);

/// The orders and arithmetic of the live backend's sums at the subject's shapes, found by running its probe. Outputs
/// that compute alike share a tile, or a few. Several answers where all outputs compute alike and several arithmetics
/// fit; the real data tells, or they all match. Up to a tenth of the outputs may be in no tile: their
/// order was not found. Errors: no probe; sizes beyond what may be asked of it; no binary tree;
/// no arithmetic that fits.
[[nodiscard]] Result<std::vector<std::vector<Tile>>> find_tiles(const Subject& subject);

}  // namespace roundoff::replay
