// Contractions (matmul, vecdot, …) as stacks of matrix products: packed for the replay kernel, and probed for the order
// of their sums.
#pragma once

#include <vector>

#include "causes/replay/subject.h"
#include "causes/replay/sum_tree.h"

namespace roundoff::replay {

/// The subject's contraction over float arrays; false for every other op.
[[nodiscard]] bool is_contraction(const Subject& subject);
[[nodiscard]] Contraction::Plan plan_of(const Subject& subject);

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
  friend bool operator==(const Arithmetic&, const Arithmetic&) = default;
};

/// Outputs that share one order and arithmetic: rows (b · m + i) and columns of the stack.
struct Tile {
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> columns;
  SumTree tree;
  Arithmetic arithmetic;
};

/// The contraction replayed; the tiles cover every output once.
[[nodiscard]] Result<Array> replay_contraction(const Subject& subject, std::span<const Tile> tiles);
/// Only the first rows of each tile, up to `most`: whether they have the subject's bits.
[[nodiscard]] bool first_rows_agree(const Subject& subject, std::span<const Tile> tiles, std::size_t most);

/// The arithmetics worth trying where results have this dtype, likeliest first.
[[nodiscard]] std::vector<Arithmetic> arithmetics_for(DType dtype);

/// One tile over everything, left to right.
[[nodiscard]] std::vector<Tile> left_to_right_tiles(const Contraction::Plan& plan, const Arithmetic& arithmetic);

/// The orders and arithmetic of the live backend's sums at the subject's shapes, found by running its probe. Rows and
/// columns that compute alike share a tile. Several answers where several arithmetics fit the one tile that there is;
/// the real data tells, or they all match. Errors: no probe; sizes beyond what may be asked of it; no binary tree; no
/// arithmetic that fits.
[[nodiscard]] Result<std::vector<std::vector<Tile>>> find_tiles(const Subject& subject);

}  // namespace roundoff::replay
