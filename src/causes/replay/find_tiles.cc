// Probing a contraction. Which outputs compute alike: all columns get the same random numbers, so columns whose results
// differ anywhere compute differently; rows likewise; a class of rows and one of columns make a cell. In what order:
// each row of the left operand (or column of the right one) carries a pair of masks of its own, so one call asks for as
// many common ancestors as there are rows. With what arithmetic: the random numbers again, replayed. Most cells turn
// out to compute as a cell before them does, and need no questions.
#include <algorithm>
#include <map>
#include <optional>

#include "causes/replay/guesses.h"
#include "causes/replay/prober.h"
#include "causes/replay/tree_words.h"

namespace roundoff::replay {
namespace {

constexpr std::size_t kMostClasses = 16;
constexpr std::size_t kOutputsCompared = 256;  // of a cell, in each trial

/// What comes out where all columns, or all rows, get the same numbers.
struct Trials {
  std::vector<Trial> columns_alike, rows_alike;
};

using Classes = std::vector<std::vector<std::int64_t>>;

/// 0 … count − 1 by their results in all trials; trial t gives `answers` results for each.
template <class Result>
Classes classes_of(std::int64_t count, const std::vector<Trial>& trials, std::int64_t answers, Result result) {
  std::map<std::vector<std::uint64_t>, std::vector<std::int64_t>> by_results;
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<std::uint64_t> results;
    for (const Trial& trial : trials) {
      for (std::int64_t a = 0; a < answers; ++a) results.push_back(trial.out.bits(result(i, a)));
    }
    by_results[results].push_back(i);
  }
  Classes classes;
  for (auto& [results, members] : by_results) classes.push_back(std::move(members));
  return classes;
}

/// Cells that share a tree, with the arithmetics that fit all of them.
struct Group {
  SumTree tree;
  std::vector<Arithmetic> fitting;
  std::vector<std::size_t> cells;
};

class TileFinder {
 public:
  TileFinder(const Subject& subject, const Stack& stack)
      : subject_(subject), stack_(stack), prober_(subject, stack), arithmetics_(arithmetics_for(subject)) {}

  Result<std::vector<std::vector<Tile>>> find() {
    ROUNDOFF_CHECK(prober_.check());
    ROUNDOFF_CHECK(classify());
    std::size_t unplaced = 0;
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
      const Status placed = place(cell);
      if (!placed) unplaced += cells_[cell].size();
      if (10 * unplaced > static_cast<std::size_t>(subject_.out->size())) return placed.error();
    }
    return answers();
  }

 private:
  /// Whether that many probes in a call are enough: a tree that is no chain has two levels at least.
  [[nodiscard]] Status few_enough(std::size_t at_once) const {
    if (prober_.affords(2 * ((stack_.depth() - 2) / static_cast<std::int64_t>(at_once)) + 1)) return {};
    return probe_failed("the order needs more calls than is reasonable");
  }

  // ---- which outputs compute alike ----

  Status classify() {
    constexpr std::int64_t kResults = 64;  // enough for differences to show
    constexpr std::int64_t kMostTrials = 12;
    for (std::int64_t t = 0; t * stack_.rows() < kResults && t < kMostTrials; ++t) {
      ROUNDOFF_TRY(Trial trial, prober_.alike(true, static_cast<std::uint64_t>(t)));
      trials_.columns_alike.push_back(std::move(trial));
    }
    for (std::int64_t t = 0; t * stack_.columns < kResults && t < kMostTrials && subject_.out->size() > 1; ++t) {
      ROUNDOFF_TRY(Trial trial, prober_.alike(false, static_cast<std::uint64_t>(t)));
      trials_.rows_alike.push_back(std::move(trial));
    }
    const std::int64_t width = stack_.columns;
    const Classes columns = classes_of(width, trials_.columns_alike, stack_.rows(),
                                       [&](std::int64_t j, std::int64_t row) { return row * width + j; });
    const Classes rows = classes_of(stack_.rows(), trials_.rows_alike, width,
                                    [&](std::int64_t row, std::int64_t j) { return row * width + j; });
    if (rows.size() > kMostClasses || columns.size() > kMostClasses) {
      return probe_failed("the arithmetic changes from output to output");
    }
    for (const auto& r : rows) {
      for (const auto& c : columns) cells_.push_back({r, c, {}});
    }
    // The largest first: they can be asked most in one call.
    std::ranges::stable_sort(cells_, std::greater{}, &Cell::size);
    return {};
  }

  // ---- in what order, with what arithmetic ----

  /// Finds the cell's order among those of the cells before it, by guessing, or by asking.
  Status place(std::size_t cell) {
    for (Group& group : groups_) {
      if (std::vector<Arithmetic> fit = fitting(cells_[cell], group.tree, group.fitting); !fit.empty()) {
        group.fitting = std::move(fit);
        group.cells.push_back(cell);
        return {};
      }
    }
    std::vector<SumTree> trees;
    for (const Group& group : groups_) trees.push_back(group.tree);
    for (const SumTree& tree : trees) {
      if (open_group(cell, tree)) return {};
    }
    // Asking is surer than guessing, but not always to be had.
    Status asked = few_enough(cells_[cell].at_once());
    if (asked.ok()) asked = find_by_asking(cell);
    if (asked.ok()) return asked;
    for (const SumTree& tree : guesses_from(stack_.depth(), trees)) {
      if (open_group(cell, tree)) return {};
    }
    return asked;
  }

  Status find_by_asking(std::size_t cell) {
    SumTree tree{stack_.depth(), {}, 0};
    if (stack_.depth() > 1) {
      ROUNDOFF_TRY(tree,
                   find_tree(stack_.depth(), [&](std::span<const LeafPair> pairs) { return measure(cell, pairs); }));
    }
    if (open_group(cell, tree)) return {};
    return probe_failed("the order is found, but no arithmetic fits: " + describe(tree));
  }

  Result<std::vector<std::int64_t>> measure(std::size_t cell, std::span<const LeafPair> pairs) {
    ROUNDOFF_CHECK(prober_.ask(cells_, cell, pairs));
    std::vector<std::int64_t> sizes;
    for (const LeafPair& pair : pairs) sizes.push_back(cells_[cell].known.at(pair));
    return sizes;
  }

  bool open_group(std::size_t cell, const SumTree& tree) {
    std::vector<Arithmetic> fit = fitting(cells_[cell], tree, arithmetics_);
    if (fit.empty()) return false;
    groups_.push_back({tree, std::move(fit), {cell}});
    return true;
  }

  /// The arithmetics, of those given, with which the tree gives what the trials gave: down the cell's first column
  /// where all columns are alike, along its first row where all rows are.
  [[nodiscard]] std::vector<Arithmetic> fitting(const Cell& cell, const SumTree& tree,
                                                const std::vector<Arithmetic>& arithmetics) const {
    Tile down{cell.rows, {cell.columns[0]}, tree, {}}, along{{cell.rows[0]}, cell.columns, tree, {}};
    down.rows.resize(std::min(down.rows.size(), kOutputsCompared));
    along.columns.resize(std::min(along.columns.size(), kOutputsCompared));
    std::vector<Arithmetic> fit;
    for (const Arithmetic& arithmetic : arithmetics) {
      down.arithmetic = along.arithmetic = arithmetic;
      if (agree(trials_.columns_alike, down) && agree(trials_.rows_alike, along)) fit.push_back(arithmetic);
    }
    return fit;
  }

  [[nodiscard]] bool agree(const std::vector<Trial>& trials, const Tile& tile) const {
    Tile corner = tile;  // most that is wrong shows at once
    corner.rows.resize(std::min<std::size_t>(tile.rows.size(), 4));
    corner.columns.resize(std::min<std::size_t>(tile.columns.size(), 4));
    const auto all = [&](const Tile& part) {
      return std::ranges::all_of(trials,
                                 [&](const Trial& trial) { return tile_agrees(stack_, trial.in, trial.out, part); });
    };
    return all(corner) && all(tile);
  }

  // ---- the answers ----

  [[nodiscard]] std::vector<Tile> tiles_of(const Group& group, const Arithmetic& arithmetic) const {
    std::vector<Tile> tiles;
    for (const std::size_t cell : group.cells)
      tiles.push_back({cells_[cell].rows, cells_[cell].columns, group.tree, arithmetic});
    return merged(std::move(tiles));
  }

  [[nodiscard]] std::vector<std::vector<Tile>> answers() const {
    std::vector<std::vector<Tile>> all;
    if (groups_.size() == 1) {
      for (const Arithmetic& arithmetic : groups_[0].fitting) all.push_back(tiles_of(groups_[0], arithmetic));
      return all;
    }
    all.emplace_back();
    for (const Group& group : groups_) std::ranges::move(tiles_of(group, group.fitting[0]), std::back_inserter(all[0]));
    return all;
  }

  /// Cells of the same rows or columns in one tile.
  static std::vector<Tile> merged(std::vector<Tile> tiles) {
    std::vector<Tile> out;
    for (Tile& tile : tiles) {
      const auto found = std::ranges::find_if(
          out, [&](const Tile& other) { return other.rows == tile.rows || other.columns == tile.columns; });
      if (found == out.end()) {
        out.push_back(std::move(tile));
        continue;
      }
      const bool same_rows = found->rows == tile.rows;
      auto& grown = same_rows ? found->columns : found->rows;
      const auto& added = same_rows ? tile.columns : tile.rows;
      grown.insert(grown.end(), added.begin(), added.end());
      std::ranges::sort(grown);
    }
    return out;
  }

  const Subject& subject_;
  const Stack& stack_;
  Prober prober_;
  std::vector<Arithmetic> arithmetics_;
  Trials trials_;
  std::vector<Cell> cells_;
  std::vector<Group> groups_;
};

}  // namespace

Result<std::vector<std::vector<Tile>>> find_tiles(const Subject& subject) {
  ROUNDOFF_TRY(const Stack stack, stack_of(subject));
  return TileFinder(subject, stack).find();
}

}  // namespace roundoff::replay
