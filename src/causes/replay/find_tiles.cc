// Probing a contraction. Which outputs compute alike: all columns get the same random numbers, so columns whose results
// differ anywhere compute differently; rows likewise. In what order: each row of the left operand (or column of the
// right one) carries a pair of masks of its own, so one call asks for as many common ancestors as there are rows. With
// what arithmetic: the random numbers again, replayed.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/format.h"
#include "causes/replay/evidence.h"
#include "causes/replay/products.h"

namespace roundoff::replay {
namespace {

constexpr std::size_t kMostClasses = 8;
constexpr std::int64_t kNoAnswer = -1;
constexpr double kMask = 0x1p100;
constexpr LeafPair kNoPair{0, 0};

Error failed(std::string what) { return Error{Code::worker, std::move(what), "probing a contraction", ""}; }

/// Runs the node on two operands, whether the probe takes the node's arguments or the graph's inputs.
Result<Array> run(const Subject& subject, const Array& left, const Array& right) {
  std::vector<Array> in{left, right};
  if (subject.whole) {
    const std::vector<int> names = subject.graph->inputs();
    const std::vector<int>& arguments = node_of(subject).in;
    if (names.size() != 2 || !std::ranges::is_permutation(names, arguments))
      return failed("the operands are not two inputs of their own");
    if (names[0] != arguments[0]) std::swap(in[0], in[1]);
  }
  ROUNDOFF_TRY(const Array out, subject.probe(in));
  if (out.size() != subject.out->size() || out.dtype() != subject.out->dtype())
    return failed("the probe answered with another shape or dtype");
  return out;
}

/// A tile whose order is being found, with the common ancestors that are known.
struct Open {
  Tile tile;
  std::map<LeafPair, std::int64_t> known;
};

/// Two operands and what came out.
struct Trial {
  Array left, right, out;
};

class TileFinder {
 public:
  explicit TileFinder(const Subject& subject)
      : subject_(subject), plan_(plan_of(subject)), rows_(plan_.batch * plan_.m), slots_(left_slots(plan_)) {}

  Result<std::vector<std::vector<Tile>>> find() {
    ROUNDOFF_CHECK(check());
    ROUNDOFF_CHECK(classify());
    for (Open& open : open_) {
      if (plan_.k == 1) continue;
      ROUNDOFF_TRY(open.tile.tree,
                   find_tree(plan_.k, [&](std::span<const LeafPair> pairs) { return measure(open, pairs); }));
    }
    return with_arithmetic();
  }

 private:
  /// The distinct rows of the left operand's memory (a broadcast matrix has its rows once), for each row of the stack.
  static std::vector<std::size_t> left_slots(const Contraction::Plan& plan) {
    std::map<std::int64_t, std::size_t> index;
    std::vector<std::size_t> slots;
    for (const std::int64_t base : plan.left_batch) {
      const std::size_t first = index.emplace(base, index.size()).first->second * static_cast<std::size_t>(plan.m);
      for (std::size_t i = 0; i < static_cast<std::size_t>(plan.m); ++i) slots.push_back(first + i);
    }
    return slots;
  }

  [[nodiscard]] Status check() const {
    if (!subject_.probe) return failed("there is nothing to probe");
    // Counts up to k must be exact in the result's dtype, and M must swallow k ones even in float64.
    const Format& format = format_of(node_of(subject_).dtype);
    if (format.emax < 120 || std::ldexp(1.0, format.precision) < static_cast<double>(plan_.k))
      return failed("the dtype cannot count that far");
    return {};
  }

  /// About a second of a slow backend.
  [[nodiscard]] std::int64_t most_calls() const {
    const double work = 2.0 * static_cast<double>(rows_) * static_cast<double>(plan_.n) * static_cast<double>(plan_.k);
    return static_cast<std::int64_t>(std::clamp(6e10 / (work + 2e8), 24.0, 256.0));
  }

  [[nodiscard]] Result<Array> filled(std::size_t argument, double value) const {
    const Node& node = node_of(subject_);
    ROUNDOFF_TRY(Array array,
                 Array::make(node.dtype, subject_.graph->nodes[static_cast<std::size_t>(node.in[argument])].shape));
    for (std::int64_t i = 0; i < array.size(); ++i) array.set(i, value);
    return array;
  }

  Result<Array> call(const Array& left, const Array& right) {
    if (++calls_ > most_calls()) return failed("the order needs more calls than is reasonable");
    return run(subject_, left, right);
  }

  [[nodiscard]] std::int64_t left_at(std::int64_t row, std::int64_t k) const {
    return plan_.left_batch[static_cast<std::size_t>(row / plan_.m)] + row % plan_.m * plan_.left_row +
           k * plan_.left_col;
  }
  [[nodiscard]] std::int64_t right_at(std::int64_t batch, std::int64_t k, std::int64_t j) const {
    return plan_.right_batch[static_cast<std::size_t>(batch)] + k * plan_.right_row + j * plan_.right_col;
  }

  // ---- which outputs compute alike ----

  /// Random operands: all columns of all right matrices alike (`columns`), or all rows of all left ones and all right
  /// matrices.
  Result<Trial> alike(bool columns, std::uint64_t draw) {
    ROUNDOFF_TRY(const Array left, filled(0, 1));
    ROUNDOFF_TRY(const Array right, filled(1, 1));
    ROUNDOFF_TRY(std::vector<Array> in, further_inputs(std::vector<Array>{left, right}, draw));
    for (std::int64_t k = 0; k < plan_.k; ++k) {
      for (std::int64_t b = 0; b < plan_.batch; ++b) {
        for (std::int64_t j = 0; j < plan_.n; ++j)
          in[1].set(right_at(b, k, j), in[1].get(right_at(0, k, columns ? 0 : j)));
      }
      for (std::int64_t row = 0; !columns && row < rows_; ++row) in[0].set(left_at(row, k), in[0].get(left_at(0, k)));
    }
    ROUNDOFF_TRY(Array out, call(in[0], in[1]));
    return Trial{in[0], in[1], std::move(out)};
  }

  using Classes = std::vector<std::vector<std::int64_t>>;

  /// 0 … count − 1 by their results in all trials; trial t gives `answers` results for each.
  template <class Result>
  static Classes classes_of(std::int64_t count, const std::vector<Trial>& trials, std::int64_t answers, Result result) {
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
    std::ranges::sort(classes, {}, [](const auto& members) { return members.front(); });
    return classes;
  }

  Status classify() {
    constexpr std::int64_t kResults = 64;  // enough for differences to show
    std::vector<Trial> by_rows;
    for (std::int64_t t = 0; t * rows_ < kResults && t < 8; ++t) {
      ROUNDOFF_TRY(Trial trial, alike(true, static_cast<std::uint64_t>(t)));
      trials_.push_back(std::move(trial));
    }
    for (std::int64_t t = 0; t * plan_.n < kResults && t < 8 && rows_ > 1; ++t) {
      ROUNDOFF_TRY(Trial trial, alike(false, static_cast<std::uint64_t>(t)));
      by_rows.push_back(std::move(trial));
    }
    const Classes columns =
        classes_of(plan_.n, trials_, rows_, [&](std::int64_t j, std::int64_t row) { return row * plan_.n + j; });
    const Classes rows =
        classes_of(rows_, by_rows, plan_.n, [&](std::int64_t row, std::int64_t j) { return row * plan_.n + j; });
    if (rows.size() > kMostClasses || columns.size() > kMostClasses)
      return failed("the arithmetic changes from output to output");
    for (const auto& r : rows) {
      for (const auto& c : columns) {
        const auto side = static_cast<std::int64_t>(std::max(r.size(), c.size()));
        if ((plan_.k - 2) / side + 1 > most_calls()) return failed("the order needs more calls than is reasonable");
        open_.push_back({{r, c, {plan_.k, {}, 0}, {}}, {}});
      }
    }
    return {};
  }

  // ---- in what order ----

  /// The leaves below the common ancestor, from one result; kNoAnswer where it is no count.
  [[nodiscard]] std::int64_t size_in(const Array& out, std::int64_t row, std::int64_t column) const {
    const double outside = out.get(row * plan_.n + column);
    if (!(outside >= 0 && outside <= static_cast<double>(plan_.k - 2)) || outside != std::floor(outside))
      return kNoAnswer;
    return plan_.k - static_cast<std::int64_t>(outside);
  }

  Result<std::vector<std::int64_t>> measure(Open& open, std::span<const LeafPair> pairs) {
    std::vector<LeafPair> asked;
    for (const LeafPair& pair : pairs) {
      if (!open.known.contains(pair)) asked.push_back(pair);
    }
    const bool by_rows = open.tile.rows.size() >= open.tile.columns.size();
    for (std::size_t first = 0; first < asked.size();) {
      const std::span<const LeafPair> rest = std::span(asked).subspan(first);
      ROUNDOFF_TRY(const std::size_t taken,
                   by_rows ? ask_rows(open.tile.rows, rest) : ask_columns(open.tile.columns, rest));
      first += taken;
    }
    std::vector<std::int64_t> sizes;
    for (const LeafPair& pair : pairs) sizes.push_back(open.known.at(pair));
    return sizes;
  }

  /// Spreads pairs over the slots of these rows and runs them; every tile learns what its rows say. Answers how many
  /// pairs were taken.
  Result<std::size_t> ask_rows(const std::vector<std::int64_t>& rows, std::span<const LeafPair> pairs) {
    std::vector<LeafPair> of_slot(slots_.size(), kNoPair);
    std::size_t taken = 0;
    for (const std::int64_t row : rows) {
      LeafPair& pair = of_slot[slots_[static_cast<std::size_t>(row)]];
      if (pair == kNoPair && taken < pairs.size()) pair = pairs[taken++];
    }
    ROUNDOFF_TRY(Array left, filled(0, 1));
    ROUNDOFF_TRY(const Array right, filled(1, 1));
    const auto pair_of = [&](std::int64_t row) { return of_slot[slots_[static_cast<std::size_t>(row)]]; };
    for (std::int64_t row = 0; row < rows_; ++row) {
      if (pair_of(row) == kNoPair) continue;
      left.set(left_at(row, pair_of(row).first), kMask);
      left.set(left_at(row, pair_of(row).second), -kMask);
    }
    ROUNDOFF_TRY(const Array out, call(left, right));
    for (Open& open : open_) {
      for (const std::int64_t row : open.tile.rows) {
        if (pair_of(row) != kNoPair) open.known.emplace(pair_of(row), size_in(out, row, open.tile.columns[0]));
      }
    }
    return taken;
  }

  /// The same over columns: column j of every matrix of the stack carries one pair.
  Result<std::size_t> ask_columns(const std::vector<std::int64_t>& columns, std::span<const LeafPair> pairs) {
    std::vector<LeafPair> of_column(static_cast<std::size_t>(plan_.n), kNoPair);
    const std::size_t taken = std::min(columns.size(), pairs.size());
    for (std::size_t i = 0; i < taken; ++i) of_column[static_cast<std::size_t>(columns[i])] = pairs[i];
    ROUNDOFF_TRY(const Array left, filled(0, 1));
    ROUNDOFF_TRY(Array right, filled(1, 1));
    for (std::int64_t b = 0; b < plan_.batch; ++b) {
      for (std::size_t i = 0; i < taken; ++i) {
        right.set(right_at(b, pairs[i].first, columns[i]), kMask);
        right.set(right_at(b, pairs[i].second, columns[i]), -kMask);
      }
    }
    ROUNDOFF_TRY(const Array out, call(left, right));
    for (Open& open : open_) {
      for (const std::int64_t j : open.tile.columns) {
        const LeafPair pair = of_column[static_cast<std::size_t>(j)];
        if (pair != kNoPair) open.known.emplace(pair, size_in(out, open.tile.rows[0], j));
      }
    }
    return taken;
  }

  // ---- with what arithmetic ----

  /// Whether a tile so replayed gives what the trials gave, in its first column.
  Result<bool> fits(const Tile& tile) const {
    Tile first = tile;
    first.columns.resize(1);
    for (const Trial& trial : trials_) {
      const std::vector<Array> in{trial.left, trial.right};
      Subject drawn = with_arrays(subject_, in, trial.out, trial.out);
      drawn.whole = false;
      if (!first_rows_agree(drawn, std::span(&first, 1), tile.rows.size())) return false;
    }
    return true;
  }

  Result<std::vector<std::vector<Tile>>> with_arithmetic() const {
    std::vector<std::vector<Tile>> fitting;  // for each tile, as often as an arithmetic fits
    for (const Open& open : open_) {
      fitting.emplace_back();
      for (const Arithmetic& arithmetic : arithmetics_for(node_of(subject_).dtype)) {
        Tile tile = open.tile;
        tile.arithmetic = arithmetic;
        ROUNDOFF_TRY(const bool fit, fits(tile));
        if (fit) fitting.back().push_back(std::move(tile));
      }
      if (fitting.back().empty())
        return failed("the order is found, but no arithmetic fits: " + describe(open.tile.tree));
    }
    std::vector<std::vector<Tile>> answers;
    if (fitting.size() == 1) {
      for (Tile& tile : fitting[0]) answers.push_back({std::move(tile)});
      return answers;
    }
    answers.emplace_back();
    for (std::vector<Tile>& tiles : fitting) answers[0].push_back(std::move(tiles[0]));
    answers[0] = merged(std::move(answers[0]));
    return answers;
  }

  /// Tiles of the same rows or columns that compute alike are one.
  static std::vector<Tile> merged(std::vector<Tile> tiles) {
    std::vector<Tile> out;
    for (Tile& tile : tiles) {
      const auto same = [&](const Tile& other) {
        return other.tree == tile.tree && other.arithmetic == tile.arithmetic &&
               (other.rows == tile.rows || other.columns == tile.columns);
      };
      const auto found = std::ranges::find_if(out, same);
      if (found == out.end()) {
        out.push_back(std::move(tile));
        continue;
      }
      auto& grown = found->rows == tile.rows ? found->columns : found->rows;
      const auto& added = found->rows == tile.rows ? tile.columns : tile.rows;
      grown.insert(grown.end(), added.begin(), added.end());
      std::ranges::sort(grown);
    }
    return out;
  }

  const Subject& subject_;
  Contraction::Plan plan_;
  std::int64_t rows_;
  std::vector<std::size_t> slots_;
  std::vector<Trial> trials_;
  std::vector<Open> open_;
  std::int64_t calls_ = 0;
};

}  // namespace

Result<std::vector<std::vector<Tile>>> find_tiles(const Subject& subject) { return TileFinder(subject).find(); }

}  // namespace roundoff::replay
