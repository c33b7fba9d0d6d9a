#include "causes/replay/prober.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "causes/replay/evidence.h"

namespace roundoff::replay {
namespace {

constexpr std::int64_t kNoAnswer = -1;
constexpr double kMask = 0x1p100;
constexpr LeafPair kNoPair{0, 0};

/// A broadcast matrix has its rows once in memory.
std::vector<std::size_t> left_slots(const Stack& stack) {
  std::map<std::int64_t, std::size_t> index;
  std::vector<std::size_t> slots;
  for (const std::int64_t start : stack.row_start) slots.push_back(index.emplace(start, index.size()).first->second);
  return slots;
}

/// Calls that take a second or two: by the arrays that go back and forth, and by the multiply-adds.
std::int64_t calls_in_a_second(const Subject& subject, const Stack& stack) {
  double elements = static_cast<double>(subject.out->size());
  for (const Array& array : subject.in) elements += static_cast<double>(array.size());
  const double work = static_cast<double>(subject.out->size()) * static_cast<double>(stack.depth());
  return static_cast<std::int64_t>(std::clamp(1.0 / (5e-4 + 4e-9 * elements + 5e-11 * work), 32.0, 512.0));
}

}  // namespace

Prober::Prober(const Subject& subject, const Stack& stack)
    : subject_(subject), stack_(stack), slots_(left_slots(stack)), most_calls_(calls_in_a_second(subject, stack)) {}

Status Prober::check() const {
  if (!subject_.probe) return probe_failed("there is nothing to probe");
  // Counts up to the depth must be exact in the result's dtype, and M must swallow as many ones even in float64.
  const Format& format = format_of(node_of(subject_).dtype);
  if (format.emax < 120 || std::ldexp(1.0, format.precision) < static_cast<double>(stack_.depth())) {
    return probe_failed("the dtype cannot count that far");
  }
  return {};
}

/// Runs the node on its operands, whether the probe takes the node's arguments or the graph's inputs.
Result<Array> Prober::call(std::vector<Array> in) {
  if (++calls_ > most_calls_) return probe_failed("the order needs more calls than is reasonable");
  if (subject_.whole) {
    const std::vector<int> names = subject_.graph->inputs();
    const std::vector<int>& arguments = node_of(subject_).in;
    if (names.size() != in.size() || !std::ranges::is_permutation(names, arguments)) {
      return probe_failed("the operands are not inputs of their own");
    }
    if (names[0] != arguments[0]) std::swap(in[0], in[1]);
  }
  ROUNDOFF_TRY(const Array out, subject_.probe(in));
  if (out.size() != subject_.out->size() || out.dtype() != subject_.out->dtype()) {
    return probe_failed("the probe answered with another shape or dtype");
  }
  return out;
}

/// All operands full of ones.
Result<std::vector<Array>> Prober::ones() const {
  const Node& node = node_of(subject_);
  std::vector<Array> in;
  for (const int argument : node.in) {
    ROUNDOFF_TRY(Array array, Array::make(node.dtype, subject_.graph->nodes[static_cast<std::size_t>(argument)].shape));
    if (node.dtype == DType::float32) std::ranges::fill(array.as_mutable<float>(), 1.0f);
    for (std::int64_t i = 0; i < array.size() && node.dtype != DType::float32; ++i) array.set(i, 1);
    in.push_back(std::move(array));
  }
  return in;
}

std::int64_t Prober::left_at(std::int64_t row, std::int64_t k) const {
  return stack_.row_start[static_cast<std::size_t>(row)] + stack_.along[static_cast<std::size_t>(k)];
}

std::int64_t Prober::right_at(std::size_t batch, std::int64_t k, std::int64_t j) const {
  return stack_.right_batch[batch] + k * stack_.right_row + j * stack_.right_column;
}

Result<Trial> Prober::alike(bool columns, std::uint64_t draw) {
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

/// The leaves below the common ancestor, from one result.
std::int64_t Prober::size_in(const Array& out, std::int64_t row, std::int64_t column) const {
  const double depth = static_cast<double>(stack_.depth());
  const double outside = out.get(row * stack_.columns + column) * (stack_.mean ? depth : 1.0);
  const double count = std::round(outside);
  if (!(count >= 0 && count <= depth - 2) || std::abs(outside - count) > (stack_.mean ? 0.25 : 0.0)) return kNoAnswer;
  return stack_.depth() - static_cast<std::int64_t>(count);
}

Status Prober::ask(std::vector<Cell>& cells, std::size_t which, std::span<const LeafPair> pairs) {
  std::vector<LeafPair> asked;
  for (const LeafPair& pair : pairs) {
    if (!cells[which].known.contains(pair)) asked.push_back(pair);
  }
  const std::vector<std::int64_t> rows = cells[which].rows, columns = cells[which].columns;
  for (std::size_t first = 0; first < asked.size();) {
    const std::span<const LeafPair> rest = std::span(asked).subspan(first);
    ROUNDOFF_TRY(const std::size_t taken,
                 rows.size() >= columns.size() ? ask_rows(cells, rows, rest) : ask_columns(cells, columns, rest));
    first += taken;
  }
  return {};
}

/// Spreads pairs over the slots of these rows and runs them. Answers how many pairs were taken.
Result<std::size_t> Prober::ask_rows(std::vector<Cell>& cells, const std::vector<std::int64_t>& rows,
                                     std::span<const LeafPair> pairs) {
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
  ROUNDOFF_TRY(const Array out, call(std::move(in)));
  for (Cell& cell : cells) {
    for (const std::int64_t row : cell.rows) {
      if (pair_of(row) != kNoPair) cell.known.emplace(pair_of(row), size_in(out, row, cell.columns[0]));
    }
  }
  return taken;
}

/// The same over columns: column j of every matrix of the stack carries one pair.
Result<std::size_t> Prober::ask_columns(std::vector<Cell>& cells, const std::vector<std::int64_t>& columns,
                                        std::span<const LeafPair> pairs) {
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
  ROUNDOFF_TRY(const Array out, call(std::move(in)));
  for (Cell& cell : cells) {
    for (const std::int64_t j : cell.columns) {
      const LeafPair pair = of_column[static_cast<std::size_t>(j)];
      if (pair != kNoPair) cell.known.emplace(pair, size_in(out, cell.rows[0], j));
    }
  }
  return taken;
}

}  // namespace roundoff::replay
