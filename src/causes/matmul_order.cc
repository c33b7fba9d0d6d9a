// Matrix products and inner products: the order of each sum is found by probing the live backend, then replayed on the
// real data.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "causes/replay/products.h"

namespace roundoff::causes {
namespace {

using replay::Arithmetic;
using replay::Cut;
using replay::Tile;

std::string arithmetic_of(const Arithmetic& arithmetic, DType dtype) {
  if (arithmetic.accumulator != dtype) return fmt::format("{} accumulator", name_of(arithmetic.accumulator));
  return arithmetic.fused ? "FMA" : "multiply then add";
}

/// The orders in words; of several tiles, with the outputs that each has.
std::string orders_of(const std::vector<Tile>& tiles, DType dtype) {
  std::string text;
  for (const Tile& tile : tiles) {
    if (tiles.size() > 1) {
      text += fmt::format("{}{} rows × {} columns ", text.empty() ? "" : "; ",
                          grouped(static_cast<std::int64_t>(tile.rows.size())),
                          grouped(static_cast<std::int64_t>(tile.columns.size())));
    }
    text += fmt::format("{}, {}", describe(tile.tree), arithmetic_of(tile.arithmetic, dtype));
    if (tile.arithmetic.later_first) text += ", of the first two products the later one first";
  }
  return text;
}

std::string name_for(const std::vector<Tile>& tiles) {
  const bool plain =
      std::ranges::all_of(tiles, [](const Tile& tile) { return describe(tile.tree) == "left to right"; });
  const Cut cut = tiles[0].arithmetic.cut;
  const std::string name = plain ? "products summed left to right" : "products summed in the order found by probing";
  return cut == Cut::none ? name : fmt::format("{}, {}", name_of(cut), name);
}

Hypothesis hypothesis_of(const std::vector<Tile>& tiles, DType dtype) {
  return {name_for(tiles), orders_of(tiles, dtype),
          tiles[0].arithmetic.cut == Cut::none ? Class::rounding : Class::precision_mode,
          [tiles](const Subject& s) { return replay::replay_contraction(s, tiles); },
          [tiles](const Subject& s) { return replay::first_rows_agree(s, tiles, 2); }};
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (!replay::is_contraction(subject)) return {};
  const DType dtype = replay::node_of(subject).dtype;
  std::vector<Hypothesis> all;
  if (const Result<std::vector<std::vector<Tile>>> found = replay::find_tiles(subject)) {
    for (const std::vector<Tile>& tiles : *found) all.push_back(hypothesis_of(tiles, dtype));
    return all;
  }
  for (const Arithmetic& arithmetic : replay::arithmetics_for(dtype)) {
    all.push_back(hypothesis_of(replay::left_to_right_tiles(replay::plan_of(subject), arithmetic), dtype));
  }
  return all;
}

}  // namespace

Cause make_matmul_order() {
  return {"matmul_order",
          "The order in which a matrix product adds up its products, found by probing and replayed on the real data.",
          "Fu, Zhao & Zhang, FPRev (arXiv 2411.00442)",
          8,
          false,
          hypotheses};
}

}  // namespace roundoff::causes
