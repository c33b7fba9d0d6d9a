#include "causes/replay/found_orders.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "causes/replay/reduce.h"
#include "causes/replay/tree_words.h"

namespace roundoff::replay {
namespace {

std::string arithmetic_of(const Arithmetic& arithmetic, DType dtype, bool products) {
  if (arithmetic.accumulator != dtype) return fmt::format("{} accumulator", name_of(arithmetic.accumulator));
  if (!products && words(arithmetic.finish).empty()) return std::string(name_of(dtype));
  if (!products) return fmt::format("{}, {}", name_of(dtype), words(arithmetic.finish));
  return arithmetic.fused ? "FMA" : "multiply then add";
}

/// Tiles of one order and arithmetic, and how many outputs they have.
struct Alike {
  const Tile* tile;
  std::int64_t outputs;
};

/// The most outputs first.
std::vector<Alike> alike(const std::vector<Tile>& tiles) {
  std::vector<Alike> all;
  for (const Tile& tile : tiles) {
    const auto outputs = static_cast<std::int64_t>(tile.rows.size() * tile.columns.size());
    const auto found = std::ranges::find_if(all, [&](const Alike& other) {
      return other.tile->arithmetic == tile.arithmetic && other.tile->tree == tile.tree;
    });
    if (found == all.end()) {
      all.push_back({&tile, outputs});
    } else {
      found->outputs += outputs;
    }
  }
  std::ranges::stable_sort(all, std::greater{}, &Alike::outputs);
  return all;
}

/// The orders in words; of several, with the outputs that have each.
std::string orders_of(const std::vector<Tile>& tiles, std::int64_t outputs, DType dtype, bool products) {
  const std::vector<Alike> orders = alike(tiles);
  std::string text;
  for (const Alike& order : orders) {
    const Tile& tile = *order.tile;
    if (order.outputs < outputs) text += fmt::format("{}{} outputs ", text.empty() ? "" : "; ", grouped(order.outputs));
    text += fmt::format("{}, {}", describe(tile.tree), arithmetic_of(tile.arithmetic, dtype, products));
    if (tile.arithmetic.later_first) text += ", of the first two products the later one first";
  }
  return text;
}

std::string name_for(const std::vector<Tile>& tiles, std::string_view terms) {
  const bool plain =
      std::ranges::all_of(tiles, [](const Tile& tile) { return describe(tile.tree) == "left to right"; });
  const Cut cut = tiles[0].arithmetic.cut;
  const std::string name = fmt::format("{} {}", terms, plain ? "left to right" : "in the order found by probing");
  return cut == Cut::none ? name : fmt::format("{}, {}", name_of(cut), name);
}

}  // namespace

Hypothesis hypothesis_of(const Subject& subject, const std::vector<Tile>& tiles) {
  const bool products = is_a<Contraction>(subject);
  return {name_for(tiles, products ? "products summed" : verb_of(subject)),
          orders_of(tiles, subject.out->size(), node_of(subject).dtype, products),
          tiles[0].arithmetic.cut == Cut::none ? Class::rounding : Class::precision_mode,
          [tiles](const Subject& s) { return replay_tiles(s, tiles); },
          [tiles](const Subject& s) { return first_rows_agree(s, tiles, 2); }};
}

}  // namespace roundoff::replay
