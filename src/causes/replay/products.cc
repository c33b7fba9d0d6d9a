#include "causes/replay/products.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/format.h"
#include "base/parallel.h"
#include "causes/replay/reduce.h"

namespace roundoff::replay {
namespace {

using kernels::Products;
using kernels::SumStep;

using Offsets = std::vector<std::int64_t>;

/// The elements at all sums of a row's and a column's offset, cut and packed row by row.
template <class T>
std::vector<T> gathered(const Array& array, const Offsets& rows, const Offsets& columns, Cut cut) {
  std::vector<T> out;
  out.reserve(rows.size() * columns.size());
  const auto fill = [&](auto read) {
    for (const std::int64_t row : rows) {
      for (const std::int64_t column : columns) out.push_back(read(row + column));
    }
  };
  const auto narrowed = [cut](double x) { return static_cast<T>(cut_to(cut, static_cast<float>(x))); };
  if (cut != Cut::none) {
    fill([&](std::int64_t i) { return narrowed(array.get(i)); });
  } else if (array.dtype() == DType::float32) {
    fill([x = array.as<float>()](std::int64_t i) { return static_cast<T>(x[static_cast<std::size_t>(i)]); });
  } else if (array.dtype() == DType::float64) {
    fill([x = array.as<double>()](std::int64_t i) { return static_cast<T>(x[static_cast<std::size_t>(i)]); });
  } else {
    fill([&](std::int64_t i) { return static_cast<T>(array.get(i)); });
  }
  return out;
}

/// The right matrix of one batch, the tile's columns only.
template <class T>
std::vector<T> right_of(const Stack& stack, std::span<const Array> in, const Tile& tile, std::size_t batch) {
  if (stack.ones) return std::vector<T>(stack.along.size(), T{1});
  Offsets across, down;
  for (std::int64_t k = 0; k < stack.depth(); ++k) down.push_back(k * stack.right_row);
  for (const std::int64_t j : tile.columns) across.push_back(stack.right_batch[batch] + j * stack.right_column);
  return gathered<T>(in[1], down, across, tile.arithmetic.cut);
}

template <class T>
T mean_of(T sum, T count, Finish finish) {
  return finish == Finish::times_reciprocal ? sum * (T{1} / count) : sum / count;
}

/// The rows of a tile that lie in one matrix of the stack, into rows of `out` from `out_row` on.
template <class T>
void replay_block(const Stack& stack, std::span<const Array> in, const Tile& tile, std::span<const SumStep> steps,
                  std::size_t out_row, std::span<const std::int64_t> rows, Array& out) {
  const auto width = static_cast<std::int64_t>(tile.columns.size());
  const auto batch = static_cast<std::size_t>(rows[0] / stack.rows_per_matrix);
  const std::vector<T> right = right_of<T>(stack, in, tile, batch);
  const std::int64_t grain = std::max<std::int64_t>(1, 20'000'000 / std::max<std::int64_t>(1, stack.depth() * width));
  parallel_for(static_cast<std::int64_t>(rows.size()), grain, [&](std::int64_t first, std::int64_t last) {
    Offsets starts;
    for (std::int64_t r = first; r < last; ++r) {
      starts.push_back(stack.row_start[static_cast<std::size_t>(rows[static_cast<std::size_t>(r)])]);
    }
    const std::vector<T> left = gathered<T>(in[0], starts, stack.along, tile.arithmetic.cut);
    std::vector<T> sums(static_cast<std::size_t>((last - first) * width));
    kernels::replay_products(steps, Products<T>{left.data(), stack.depth(), right.data(), width, last - first, width,
                                                tile.arithmetic.fused, sums.data(), width});
    std::int64_t at = (static_cast<std::int64_t>(out_row) + first) * width;
    for (const T sum : sums) {
      out.set(at++, static_cast<double>(stack.mean ? mean_of(sum, static_cast<T>(stack.depth()), tile.arithmetic.finish)
                                                   : sum));
    }
  });
}

/// The tile's outputs, packed row by row.
Result<Array> replay_tile(const Stack& stack, std::span<const Array> in, const Tile& tile, DType dtype) {
  const std::vector<SumStep> steps = steps_of(tile.tree, tile.arithmetic.later_first);
  if (kernels::accumulators_of(steps) > kernels::kMostAccumulators) {
    return Error{Code::resource, "the order nests too deeply", "replay of a sum", ""};
  }
  ROUNDOFF_TRY(Array out, Array::make(dtype, {static_cast<std::int64_t>(tile.rows.size()),
                                              static_cast<std::int64_t>(tile.columns.size())}));
  for (std::size_t first = 0, last = 0; first < tile.rows.size(); first = last) {
    const std::int64_t batch = tile.rows[first] / stack.rows_per_matrix;
    while (last < tile.rows.size() && tile.rows[last] / stack.rows_per_matrix == batch) ++last;
    const std::span<const std::int64_t> rows = std::span(tile.rows).subspan(first, last - first);
    if (tile.arithmetic.accumulator == DType::float64) {
      replay_block<double>(stack, in, tile, steps, first, rows, out);
    } else {
      replay_block<float>(stack, in, tile, steps, first, rows, out);
    }
  }
  return out;
}

/// Calls visit(place in the packed tile, place in the whole result) for each output of a tile, while it answers true.
template <class Visit>
bool each_output(const Stack& stack, const Tile& tile, Visit visit) {
  std::int64_t packed = 0;
  for (const std::int64_t row : tile.rows) {
    for (const std::int64_t j : tile.columns) {
      if (!visit(packed++, row * stack.columns + j)) return false;
    }
  }
  return true;
}

template <class T>
T sum_in_order(const Order& order, std::span<const T> left, std::span<const T> right, bool fused) {
  if (!fused) {
    std::vector<T> products(left.size());
    for (std::size_t k = 0; k < left.size(); ++k) products[k] = left[k] * right[k];
    return add_up(order, std::span<const T>(products));
  }
  std::vector<Fused<T>> products;
  for (std::size_t k = 0; k < left.size(); ++k) products.push_back(Fused<T>::product(left[k], right[k]));
  return add_up(order, std::span<const Fused<T>>(products)).value;
}

template <class T>
void run_in_order(const Stack& stack, std::span<const Array> in, const Order& order, const Arithmetic& arithmetic,
                  Array& out) {
  Tile column{{}, {0}, {}, arithmetic};
  for (std::int64_t row = 0; row < stack.rows(); ++row) {
    const std::vector<T> left =
        gathered<T>(in[0], {stack.row_start[static_cast<std::size_t>(row)]}, stack.along, arithmetic.cut);
    for (column.columns[0] = 0; column.columns[0] < stack.columns; ++column.columns[0]) {
      const std::vector<T> right =
          right_of<T>(stack, in, column, static_cast<std::size_t>(row / stack.rows_per_matrix));
      out.set(row * stack.columns + column.columns[0],
              static_cast<double>(sum_in_order<T>(order, left, right, arithmetic.fused)));
    }
  }
}

Error no_stack() { return {Code::usage, "not a sum of products", "replay of a sum", ""}; }

Result<Stack> contraction_stack(const Subject& subject) {
  const Node& node = node_of(subject);
  const auto argument = [&](std::size_t i) -> const Node& {
    return subject.graph->nodes[static_cast<std::size_t>(node.in[i])];
  };
  if (node.in.size() != 2 || argument(0).dtype != node.dtype || argument(1).dtype != node.dtype) return no_stack();
  const Contraction::Plan plan =
      std::get<Contraction>(node.op->body).plan(argument(0).shape, argument(1).shape, node.attrs);
  Stack stack;
  for (const std::int64_t base : plan.left_batch) {
    for (std::int64_t i = 0; i < plan.m; ++i) stack.row_start.push_back(base + i * plan.left_row);
  }
  for (std::int64_t k = 0; k < plan.k; ++k) stack.along.push_back(k * plan.left_col);
  stack.rows_per_matrix = plan.m;
  stack.columns = plan.n;
  stack.right_batch = plan.right_batch;
  stack.right_row = plan.right_row;
  stack.right_column = plan.right_col;
  return stack;
}

Result<Stack> reduction_stack(const Subject& subject) {
  if (!is_reduction(subject) || op_of(subject) == "prod") return no_stack();
  const Node& node = node_of(subject);
  ROUNDOFF_TRY(Fibers fibers, fibers_of(node.attrs, subject.graph->nodes[static_cast<std::size_t>(node.in[0])].shape));
  Stack stack;
  stack.row_start = std::move(fibers.base);
  stack.along = std::move(fibers.step);
  stack.rows_per_matrix = std::max<std::int64_t>(1, stack.rows());
  stack.right_batch = {0};
  stack.ones = true;
  stack.mean = op_of(subject) == "mean";
  return stack;
}

}  // namespace

Result<Stack> stack_of(const Subject& subject) {
  if (!is_float(node_of(subject).dtype)) return no_stack();
  ROUNDOFF_TRY(Stack stack, is_a<Contraction>(subject) ? contraction_stack(subject) : reduction_stack(subject));
  if (stack.depth() == 0 || stack.rows() * stack.columns != subject.out->size()) return no_stack();
  return stack;
}

std::string_view name_of(Cut cut) {
  switch (cut) {
    case Cut::bfloat16:
      return "inputs rounded to bfloat16";
    case Cut::tf32_nearest:
      return "inputs rounded to TF32, ties to even";
    case Cut::tf32_away:
      return "inputs rounded to TF32, ties away";
    case Cut::tf32_truncate:
      return "inputs truncated to TF32";
    default:
      return "";
  }
}

float cut_to(Cut cut, float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  if ((bits & 0x7F800000u) == 0x7F800000u || cut == Cut::none) return x;
  const unsigned dropped = cut == Cut::bfloat16 ? 16 : 13;  // of float32's 23 fraction bits TF32 keeps 10
  const std::uint32_t half = 1u << (dropped - 1), mask = (1u << dropped) - 1;
  const std::uint32_t odd = (bits >> dropped) & 1u;
  const std::uint32_t added = cut == Cut::tf32_truncate ? 0 : cut == Cut::tf32_away ? half : half - 1 + odd;
  return std::bit_cast<float>((bits + added) & ~mask);
}

Result<Array> replay_tiles(const Subject& subject, std::span<const Tile> tiles) {
  ROUNDOFF_TRY(const Stack stack, stack_of(subject));
  ROUNDOFF_TRY(const std::vector<Array> in, arguments_of(subject));
  const DType dtype = node_of(subject).dtype;
  ROUNDOFF_TRY(Array out, Array::make(dtype, subject.out->shape()));
  const std::span<std::byte> bytes = out.mutable_bytes();
  const std::size_t size = size_of(dtype);
  for (const Tile& tile : tiles) {
    ROUNDOFF_TRY(const Array part, replay_tile(stack, in, tile, dtype));
    const std::span<const std::byte> packed = part.bytes();
    each_output(stack, tile, [&](std::int64_t from, std::int64_t to) {
      std::memcpy(&bytes[static_cast<std::size_t>(to) * size], &packed[static_cast<std::size_t>(from) * size], size);
      return true;
    });
  }
  return out;
}

bool tile_agrees(const Stack& stack, std::span<const Array> in, const Array& out, const Tile& tile) {
  const Result<Array> part = replay_tile(stack, in, tile, out.dtype());
  return part && each_output(stack, tile, [&](std::int64_t from, std::int64_t to) {
           return part->bits(from) == out.bits(to) || (std::isnan(part->get(from)) && std::isnan(out.get(to)));
         });
}

Result<Array> replay_in_order(const Subject& subject, const Order& order, const Arithmetic& arithmetic) {
  ROUNDOFF_TRY(const Stack stack, stack_of(subject));
  ROUNDOFF_TRY(const std::vector<Array> in, arguments_of(subject));
  ROUNDOFF_TRY(Array out, Array::make(node_of(subject).dtype, subject.out->shape()));
  if (arithmetic.accumulator == DType::float64) {
    run_in_order<double>(stack, in, order, arithmetic, out);
  } else {
    run_in_order<float>(stack, in, order, arithmetic, out);
  }
  return out;
}

bool first_rows_agree(const Subject& subject, std::span<const Tile> tiles, std::size_t most) {
  const Result<Stack> stack = stack_of(subject);
  const Result<std::vector<Array>> in = arguments_of(subject);
  if (!stack || !in) return false;
  return std::ranges::all_of(tiles, [&](Tile tile) {
    tile.rows.resize(std::min(tile.rows.size(), most));
    return tile_agrees(*stack, *in, *subject.out, tile);
  });
}

std::vector<Arithmetic> arithmetics_for(const Subject& subject) {
  const DType dtype = node_of(subject).dtype;
  const DType own = dtype == DType::float64 ? DType::float64 : DType::float32;
  std::vector<Arithmetic> all;
  if (!is_a<Contraction>(subject)) {
    for (const Finish finish : finishes_of(subject, own)) all.push_back({own, false, false, Cut::none, finish});
    if (own == DType::float32) all.push_back({DType::float64, false, false, Cut::none});
    return all;
  }
  all = {{own, true, false, Cut::none}, {own, false, false, Cut::none}, {own, true, true, Cut::none}};
  if (own == DType::float32) all.push_back({DType::float64, true, false, Cut::none});
  if (dtype != DType::float32) return all;
  for (const Cut cut : {Cut::bfloat16, Cut::tf32_nearest, Cut::tf32_away, Cut::tf32_truncate}) {
    all.push_back({DType::float32, true, false, cut});
  }
  return all;
}

std::vector<Tile> left_to_right_tiles(const Stack& stack, const Arithmetic& arithmetic) {
  const std::int64_t depth = stack.depth();
  Tile tile{Offsets(static_cast<std::size_t>(stack.rows())),
            Offsets(static_cast<std::size_t>(stack.columns)),
            {depth, {}, depth == 1 ? 0 : 2 * depth - 2},
            arithmetic};
  std::iota(tile.rows.begin(), tile.rows.end(), 0);
  std::iota(tile.columns.begin(), tile.columns.end(), 0);
  for (std::int64_t k = 1; k < depth; ++k) tile.tree.nodes.emplace_back(k == 1 ? 0 : depth + k - 2, k);
  return {tile};
}

}  // namespace roundoff::replay
