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

/// Runs the node on its operands, whether the probe takes the node's arguments or the graph's inputs.
Result<Array> run(const Subject& subject, std::vector<Array> in) {
  if (subject.whole) {
    const std::vector<int> names = subject.graph->inputs();
    const std::vector<int>& arguments = node_of(subject).in;
    if (names.size() != in.size() || !std::ranges::is_permutation(names, arguments)) {
      return failed("the operands are not inputs of their own");
    }
    if (names[0] != arguments[0]) std::swap(in[0], in[1]);
  }
  ROUNDOFF_TRY(const Array out, subject.probe(in));
  if (out.size() != subject.out->size() || out.dtype() != subject.out->dtype()) {
    return failed("the probe answered with another shape or dtype");
  }
  return out;
}

/// A tile whose order is being found, with the common ancestors that are known.
struct Open {
  Tile tile;
  std::map<LeafPair, std::int64_t> known;
};

/// Operands and what came out.
struct Trial {
  std::vector<Array> in;
  Array out;
};

class TileFinder {
 public:
  TileFinder(const Subject& subject, Stack stack)
      : subject_(subject), stack_(std::move(stack)), slots_(left_slots(stack_)) {}

  Result<std::vector<std::vector<Tile>>> find() {
    ROUNDOFF_CHECK(check());
    ROUNDOFF_CHECK(classify());
    for (Open& open : open_) {
      if (stack_.depth() == 1) continue;
      ROUNDOFF_TRY(open.tile.tree,
                   find_tree(stack_.depth(), [&](std::span<const LeafPair> pairs) { return measure(open, pairs); }));
    }
    return with_arithmetic();
  }

 private:
  /// The distinct rows of the left operand's memory (a broadcast matrix has its rows once), for each row of the stack.
  static std::vector<std::size_t> left_slots(const Stack& stack) {
    std::map<std::int64_t, std::size_t> index;
    std::vector<std::size_t> slots;
    for (const std::int64_t start : stack.row_start) slots.push_back(index.emplace(start, index.size()).first->second);
    return slots;
  }

  [[nodiscard]] Status check() const {
    if (!subject_.probe) return failed("there is nothing to probe");
    // Counts up to the depth must be exact in the result's dtype, and M must swallow as many ones even in float64.
    const Format& format = format_of(node_of(subject_).dtype);
    if (format.emax < 120 || std::ldexp(1.0, format.precision) < static_cast<double>(stack_.depth())) {
      return failed("the dtype cannot count that far");
    }
    return few_enough(std::max(stack_.rows(), stack_.columns));
  }

  /// Calls that take about a second: by the arrays that go back and forth, and by the multiply-adds.
  [[nodiscard]] std::int64_t most_calls() const {
    double elements = static_cast<double>(subject_.out->size());
    for (const Array& array : subject_.in) elements += static_cast<double>(array.size());
    const double work = static_cast<double>(subject_.out->size()) * static_cast<double>(stack_.depth());
    return static_cast<std::int64_t>(std::clamp(1.0 / (5e-4 + 4e-9 * elements + 1e-10 * work), 24.0, 256.0));
  }

  /// Whether that many probes in a call are enough: a tree that is no chain has two levels at least.
  [[nodiscard]] Status few_enough(std::int64_t probes) const {
    if (2 * ((stack_.depth() - 2) / probes) + 1 <= most_calls()) return {};
    return failed("the order needs more calls than is reasonable");
  }

  Result<Array> call(const std::vector<Array>& in) {
    if (++calls_ > most_calls()) return failed("the order needs more calls than is reasonable");
    return run(subject_, in);
  }

  /// All operands full of ones.
  [[nodiscard]] Result<std::vector<Array>> ones() const {
    const Node& node = node_of(subject_);
    std::vector<Array> in;
    for (const int argument : node.in) {
      ROUNDOFF_TRY(Array array,
                   Array::make(node.dtype, subject_.graph->nodes[static_cast<std::size_t>(argument)].shape));
      if (node.dtype == DType::float32) std::ranges::fill(array.as_mutable<float>(), 1.0f);
      for (std::int64_t i = 0; i < array.size() && node.dtype != DType::float32; ++i) array.set(i, 1);
      in.push_back(std::move(array));
    }
    return in;
  }

  [[nodiscard]] std::int64_t left_at(std::int64_t row, std::int64_t k) const {
    return stack_.row_start[static_cast<std::size_t>(row)] + stack_.along[static_cast<std::size_t>(k)];
  }
  [[nodiscard]] std::int64_t right_at(std::size_t batch, std::int64_t k, std::int64_t j) const {
    return stack_.right_batch[batch] + k * stack_.right_row + j * stack_.right_column;
  }

  // ---- which outputs compute alike ----

  /// Random operands: all columns of all right matrices alike (`columns`), or all rows of all left ones and all right
  /// matrices.
  Result<Trial> alike(bool columns, std::uint64_t draw) {
    ROUNDOFF_TRY(const std::vector<Array> start, ones());
    ROUNDOFF_TRY(std::vector<Array> in, further_inputs(start, draw));
    for (std::int64_t k = 0; k < stack_.depth(); ++k) {
      for (std::size_t b = 0; !stack_.ones && b < stack_.right_batch.size(); ++b) {
        for (std::int64_t j = 0; j < stack_.columns; ++j) {
          in[1].set(right_at(b, k, j), in[1].get(right_at(0, k, columns ? 0 : j)));
        }
      }
      for (std::int64_t row = 0; !columns && row < stack_.rows(); ++row) {
        in[0].set(left_at(row, k), in[0].get(left_at(0, k)));
      }
    }
    ROUNDOFF_TRY(Array out, call(in));
    return Trial{std::move(in), std::move(out)};
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
    constexpr std::int64_t kMostTrials = 8;
    std::vector<Trial> by_rows;
    for (std::int64_t t = 0; t * stack_.rows() < kResults && t < kMostTrials; ++t) {
      ROUNDOFF_TRY(Trial trial, alike(true, static_cast<std::uint64_t>(t)));
      trials_.push_back(std::move(trial));
    }
    for (std::int64_t t = 0; t * stack_.columns < kResults && t < kMostTrials && stack_.rows() > 1; ++t) {
      ROUNDOFF_TRY(Trial trial, alike(false, static_cast<std::uint64_t>(t)));
      by_rows.push_back(std::move(trial));
    }
    const std::int64_t width = stack_.columns;
    const Classes columns =
        classes_of(width, trials_, stack_.rows(), [&](std::int64_t j, std::int64_t row) { return row * width + j; });
    const Classes rows =
        classes_of(stack_.rows(), by_rows, width, [&](std::int64_t row, std::int64_t j) { return row * width + j; });
    if (rows.size() > kMostClasses || columns.size() > kMostClasses) {
      return failed("the arithmetic changes from output to output");
    }
    for (const auto& r : rows) {
      for (const auto& c : columns) {
        ROUNDOFF_CHECK(few_enough(static_cast<std::int64_t>(std::max(r.size(), c.size()))));
        open_.push_back({{r, c, {stack_.depth(), {}, 0}, {}}, {}});
      }
    }
    return {};
  }

  // ---- in what order ----

  /// The leaves below the common ancestor, from one result; kNoAnswer where it is no count.
  [[nodiscard]] std::int64_t size_in(const Array& out, std::int64_t row, std::int64_t column) const {
    const double depth = static_cast<double>(stack_.depth());
    const double outside = out.get(row * stack_.columns + column) * (stack_.mean ? depth : 1.0);
    const double count = std::round(outside);
    if (!(count >= 0 && count <= depth - 2) || std::abs(outside - count) > (stack_.mean ? 0.25 : 0.0)) return kNoAnswer;
    return stack_.depth() - static_cast<std::int64_t>(count);
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
    ROUNDOFF_TRY(std::vector<Array> in, ones());
    const auto pair_of = [&](std::int64_t row) { return of_slot[slots_[static_cast<std::size_t>(row)]]; };
    for (std::int64_t row = 0; row < stack_.rows(); ++row) {
      if (pair_of(row) == kNoPair) continue;
      in[0].set(left_at(row, pair_of(row).first), kMask);
      in[0].set(left_at(row, pair_of(row).second), -kMask);
    }
    ROUNDOFF_TRY(const Array out, call(in));
    for (Open& open : open_) {
      for (const std::int64_t row : open.tile.rows) {
        if (pair_of(row) != kNoPair) open.known.emplace(pair_of(row), size_in(out, row, open.tile.columns[0]));
      }
    }
    return taken;
  }

  /// The same over columns: column j of every matrix of the stack carries one pair.
  Result<std::size_t> ask_columns(const std::vector<std::int64_t>& columns, std::span<const LeafPair> pairs) {
    std::vector<LeafPair> of_column(static_cast<std::size_t>(stack_.columns), kNoPair);
    const std::size_t taken = std::min(columns.size(), pairs.size());
    for (std::size_t i = 0; i < taken; ++i) of_column[static_cast<std::size_t>(columns[i])] = pairs[i];
    ROUNDOFF_TRY(std::vector<Array> in, ones());
    for (std::size_t b = 0; b < stack_.right_batch.size(); ++b) {
      for (std::size_t i = 0; i < taken; ++i) {
        in[1].set(right_at(b, pairs[i].first, columns[i]), kMask);
        in[1].set(right_at(b, pairs[i].second, columns[i]), -kMask);
      }
    }
    ROUNDOFF_TRY(const Array out, call(in));
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
      Subject drawn = with_arrays(subject_, trial.in, trial.out, trial.out);
      drawn.whole = false;
      if (!first_rows_agree(drawn, std::span(&first, 1), tile.rows.size())) return false;
    }
    return true;
  }

  Result<std::vector<std::vector<Tile>>> with_arithmetic() const {
    std::vector<std::vector<Tile>> fitting;  // for each tile, as often as an arithmetic fits
    for (const Open& open : open_) {
      fitting.emplace_back();
      for (const Arithmetic& arithmetic : arithmetics_for(subject_)) {
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
  Stack stack_;
  std::vector<std::size_t> slots_;
  std::vector<Trial> trials_;
  std::vector<Open> open_;
  std::int64_t calls_ = 0;
};

}  // namespace

Result<std::vector<std::vector<Tile>>> find_tiles(const Subject& subject) {
  ROUNDOFF_TRY(Stack stack, stack_of(subject));
  return TileFinder(subject, std::move(stack)).find();
}

}  // namespace roundoff::replay
