#include "causes/replay/products.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/format.h"
#include "base/parallel.h"

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

/// start, start + step, …
Offsets evenly(std::int64_t count, std::int64_t step) {
  Offsets offsets(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = static_cast<std::int64_t>(i) * step;
  return offsets;
}

/// The rows of a tile that lie in one matrix of the stack.
template <class T>
void replay_block(const Contraction::Plan& plan, std::span<const Array> in, const Tile& tile,
                  std::span<const SumStep> steps, std::int64_t batch, std::span<const std::int64_t> rows, Array& out) {
  const auto b = static_cast<std::size_t>(batch);
  const auto width = static_cast<std::int64_t>(tile.columns.size());
  Offsets across, down = evenly(plan.k, plan.right_row);
  for (const std::int64_t j : tile.columns) across.push_back(plan.right_batch[b] + j * plan.right_col);
  const std::vector<T> right = gathered<T>(in[1], down, across, tile.arithmetic.cut);
  const Offsets along = evenly(plan.k, plan.left_col);
  const std::int64_t grain = std::max<std::int64_t>(1, 20'000'000 / std::max<std::int64_t>(1, plan.k * width));
  parallel_for(static_cast<std::int64_t>(rows.size()), grain, [&](std::int64_t first, std::int64_t last) {
    Offsets starts;
    for (std::int64_t r = first; r < last; ++r) {
      starts.push_back(plan.left_batch[b] + (rows[static_cast<std::size_t>(r)] - batch * plan.m) * plan.left_row);
    }
    const std::vector<T> left = gathered<T>(in[0], starts, along, tile.arithmetic.cut);
    std::vector<T> sums(static_cast<std::size_t>((last - first) * width));
    kernels::replay_products(steps, Products<T>{left.data(), plan.k, right.data(), width, last - first, width,
                                                tile.arithmetic.fused, sums.data(), width});
    for (std::int64_t r = first; r < last; ++r) {
      for (std::int64_t c = 0; c < width; ++c) {
        out.set(rows[static_cast<std::size_t>(r)] * plan.n + tile.columns[static_cast<std::size_t>(c)],
                static_cast<double>(sums[static_cast<std::size_t>((r - first) * width + c)]));
      }
    }
  });
}

Status replay_tile(const Contraction::Plan& plan, std::span<const Array> in, const Tile& tile, std::size_t most,
                   Array& out) {
  const std::vector<SumStep> steps = steps_of(tile.tree, tile.arithmetic.later_first);
  if (kernels::accumulators_of(steps) > kernels::kMostAccumulators)
    return Error{Code::resource, "the order nests too deeply", "replay of a contraction", ""};
  const std::size_t count = std::min(most, tile.rows.size());
  for (std::size_t first = 0; first < count;) {
    const std::int64_t batch = tile.rows[first] / plan.m;
    std::size_t last = first;
    while (last < count && tile.rows[last] / plan.m == batch) ++last;
    const std::span<const std::int64_t> rows = std::span(tile.rows).subspan(first, last - first);
    if (tile.arithmetic.accumulator == DType::float64)
      replay_block<double>(plan, in, tile, steps, batch, rows, out);
    else
      replay_block<float>(plan, in, tile, steps, batch, rows, out);
    first = last;
  }
  return {};
}

}  // namespace

bool is_contraction(const Subject& subject) {
  if (!is_a<Contraction>(subject) || !is_float(node_of(subject).dtype)) return false;
  const Node& node = node_of(subject);
  const auto dtype = [&](std::size_t i) { return subject.graph->nodes[static_cast<std::size_t>(node.in[i])].dtype; };
  if (node.in.size() != 2 || dtype(0) != node.dtype || dtype(1) != node.dtype) return false;
  const Contraction::Plan plan = plan_of(subject);
  return plan.k > 0 && plan.batch * plan.m * plan.n == subject.out->size() && subject.out->size() > 0;
}

Contraction::Plan plan_of(const Subject& subject) {
  const Node& node = node_of(subject);
  const auto shape = [&](std::size_t i) -> const Shape& {
    return subject.graph->nodes[static_cast<std::size_t>(node.in[i])].shape;
  };
  return std::get<Contraction>(node.op->body).plan(shape(0), shape(1), node.attrs);
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

Result<Array> replay_contraction(const Subject& subject, std::span<const Tile> tiles) {
  ROUNDOFF_TRY(const std::vector<Array> in, arguments_of(subject));
  ROUNDOFF_TRY(Array out, Array::make(node_of(subject).dtype, subject.out->shape()));
  const Contraction::Plan plan = plan_of(subject);
  for (const Tile& tile : tiles) ROUNDOFF_CHECK(replay_tile(plan, in, tile, tile.rows.size(), out));
  return out;
}

bool first_rows_agree(const Subject& subject, std::span<const Tile> tiles, std::size_t most) {
  const Result<std::vector<Array>> in = arguments_of(subject);
  Result<Array> out = Array::make(node_of(subject).dtype, subject.out->shape());
  if (!in || !out) return false;
  const Contraction::Plan plan = plan_of(subject);
  for (const Tile& tile : tiles) {
    if (!replay_tile(plan, *in, tile, most, *out).ok()) return false;
    for (std::size_t r = 0; r < std::min(most, tile.rows.size()); ++r) {
      for (const std::int64_t j : tile.columns) {
        const std::int64_t i = tile.rows[r] * plan.n + j;
        const double a = out->get(i), b = subject.out->get(i);
        if (out->bits(i) != subject.out->bits(i) && a == a && b == b) return false;
      }
    }
  }
  return true;
}

std::vector<Arithmetic> arithmetics_for(DType dtype) {
  if (dtype == DType::float64)
    return {{DType::float64, true, false, Cut::none},
            {DType::float64, false, false, Cut::none},
            {DType::float64, true, true, Cut::none}};
  std::vector<Arithmetic> all{{DType::float32, true, false, Cut::none},
                              {DType::float32, false, false, Cut::none},
                              {DType::float32, true, true, Cut::none},
                              {DType::float64, true, false, Cut::none}};
  if (dtype != DType::float32) return all;
  for (const Cut cut : {Cut::bfloat16, Cut::tf32_nearest, Cut::tf32_away, Cut::tf32_truncate})
    all.push_back({DType::float32, true, false, cut});
  return all;
}

std::vector<Tile> left_to_right_tiles(const Contraction::Plan& plan, const Arithmetic& arithmetic) {
  Tile tile{std::vector<std::int64_t>(static_cast<std::size_t>(plan.batch * plan.m)),
            std::vector<std::int64_t>(static_cast<std::size_t>(plan.n)),
            {plan.k, {}, 0},
            arithmetic};
  std::iota(tile.rows.begin(), tile.rows.end(), 0);
  std::iota(tile.columns.begin(), tile.columns.end(), 0);
  for (std::int64_t k = 1; k < plan.k; ++k) tile.tree.nodes.emplace_back(k == 1 ? 0 : plan.k + k - 2, k);
  tile.tree.root = plan.k == 1 ? 0 : 2 * plan.k - 2;
  return {tile};
}

}  // namespace roundoff::replay
