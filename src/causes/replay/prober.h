// Questions to a live contraction (or sum, or mean) about the order and arithmetic of its sums.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "causes/replay/products.h"

namespace roundoff::replay {

/// Outputs in the rows and columns of a stack that compute alike, and what is known of their order.
struct Cell {
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> columns;
  std::map<LeafPair, std::int64_t> known;  ///< leaves below the common ancestor of each pair; −1 where it is no count
  [[nodiscard]] std::size_t size() const { return rows.size() * columns.size(); }
  /// Pairs that one call can ask about.
  [[nodiscard]] std::size_t at_once() const { return std::max(rows.size(), columns.size()); }
};

/// Operands and what came out.
struct Trial {
  std::vector<Array> in;
  Array out;
};

/// An answer that probing ends with.
[[nodiscard]] inline Error probe_failed(std::string what) {
  return {Code::worker, std::move(what), "probing a contraction", ""};
}

/// Runs the probe of one subject, which outlives it, and counts the calls.
class Prober {
 public:
  Prober(const Subject& subject, const Stack& stack);

  /// An Error where the dtype cannot count up to the depth, and where there is no probe.
  [[nodiscard]] Status check() const;

  /// Whether that many calls more are reasonable: all calls together take about a second or two.
  [[nodiscard]] bool affords(std::int64_t calls) const { return calls_ + calls <= most_calls_; }

  /// Random operands: all columns of all right matrices alike (`columns`), or all rows of all left ones and all right
  /// matrices.
  [[nodiscard]] Result<Trial> alike(bool columns, std::uint64_t draw);

  /// Asks in cells[which] for the pairs' common ancestors; every cell learns what its outputs say. Errors: the probe's;
  /// more calls than is reasonable.
  [[nodiscard]] Status ask(std::vector<Cell>& cells, std::size_t which, std::span<const LeafPair> pairs);

 private:
  Result<Array> call(std::vector<Array> in);
  [[nodiscard]] Result<std::vector<Array>> ones() const;
  Result<std::size_t> ask_rows(std::vector<Cell>& cells, const std::vector<std::int64_t>& rows,
                               std::span<const LeafPair> pairs);
  Result<std::size_t> ask_columns(std::vector<Cell>& cells, const std::vector<std::int64_t>& columns,
                                  std::span<const LeafPair> pairs);
  [[nodiscard]] std::int64_t size_in(const Array& out, std::int64_t row, std::int64_t column) const;
  [[nodiscard]] std::int64_t left_at(std::int64_t row, std::int64_t k) const;
  [[nodiscard]] std::int64_t right_at(std::size_t batch, std::int64_t k, std::int64_t j) const;

  const Subject& subject_;
  const Stack& stack_;
  std::vector<std::size_t> slots_;  ///< for each row of the stack: which distinct row of the left operand's memory
  std::int64_t calls_ = 0;
  std::int64_t most_calls_;
};

}  // namespace roundoff::replay
