#include "causes/replay/orders.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "base/format.h"

namespace roundoff::replay {
namespace {

template <class T>
using Values = std::span<const T>;

template <class T>
T in_order(Values<T> x) {
  T sum = x[0];
  for (std::size_t i = 1; i < x.size(); ++i) sum = sum + x[i];
  return sum;
}

/// Joins the accumulators in place of themselves.
template <class T>
T joined(std::vector<T>& x, Join join) {
  if (join == Join::in_order || !std::has_single_bit(x.size())) return in_order(Values<T>(x));
  for (std::size_t n = x.size(); n > 1; n /= 2) {
    for (std::size_t i = 0; i < n / 2; ++i) x[i] = join == Join::halves ? x[i] + x[i + n / 2] : x[2 * i] + x[2 * i + 1];
  }
  return x[0];
}

template <class T>
T sum(const LeftToRight&, Values<T> x) {
  return in_order(x);
}

template <class T>
T sum(const Pairwise& p, Values<T> x) {
  const std::size_t lanes = static_cast<std::size_t>(p.lanes);
  if (x.size() < lanes) return in_order(x);
  if (x.size() > static_cast<std::size_t>(p.block)) {
    const std::size_t half = x.size() / 2 / lanes * lanes;
    return sum(p, x.first(half)) + sum(p, x.subspan(half));
  }
  std::vector<T> acc(x.begin(), x.begin() + p.lanes);
  const std::size_t body = x.size() / lanes * lanes;
  for (std::size_t i = lanes; i < body; ++i) acc[i % lanes] = acc[i % lanes] + x[i];
  T total = joined(acc, Join::neighbours);
  for (std::size_t i = body; i < x.size(); ++i) total = total + x[i];
  return total;
}

template <class T>
T sum(const Lanes& l, Values<T> x) {
  const std::size_t width = static_cast<std::size_t>(l.width);
  const std::size_t row = width * static_cast<std::size_t>(l.vectors);
  const std::size_t rows = x.size() / row * row;
  const std::size_t body = l.rows_only ? rows : x.size() / width * width;
  if (body == 0) return in_order(x);
  std::vector<T> lane(width, x[0]);
  if (rows > 0) {
    std::vector<T> acc(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(row));
    for (std::size_t i = row; i < rows; i += row) {
      for (std::size_t j = 0; j < row; ++j) acc[j] = acc[j] + x[i + j];
    }
    std::vector<T> column(static_cast<std::size_t>(l.vectors), x[0]);
    for (std::size_t j = 0; j < width; ++j) {
      for (std::size_t v = 0; v < column.size(); ++v) column[v] = acc[v * width + j];
      lane[j] = joined(column, l.join_vectors);
    }
  } else {
    std::copy_n(x.begin(), width, lane.begin());
  }
  for (std::size_t i = rows > 0 ? rows : width; i < body; ++i) lane[i % width] = lane[i % width] + x[i];
  T total = joined(lane, l.join_lanes);
  if (body == x.size()) return total;
  if (l.tail_apart) return total + in_order(x.subspan(body));
  for (std::size_t i = body; i < x.size(); ++i) total = total + x[i];
  return total;
}

/// A running sum that may still be empty: libraries start from zero, which changes no sum of numbers that are not all
/// −0.
template <class T>
struct Running {
  bool empty = true;
  T value{};
  void add(const T& x) {
    value = empty ? x : value + x;
    empty = false;
  }
  void add(const Running& other) {
    if (!other.empty) add(other.value);
  }
};

/// Every `stride`-th of x, `count` of them, through four levels of accumulators.
template <class T>
Running<T> cascade_of(Values<T> x, std::size_t first, std::size_t stride, std::size_t count) {
  constexpr std::size_t kLevels = 4;
  const std::size_t log2_count = count > 1 ? static_cast<std::size_t>(std::bit_width(count - 1)) : 0;
  const std::size_t power = std::max(std::size_t{4}, log2_count / kLevels);
  const std::size_t step = std::size_t{1} << power;
  std::array<Running<T>, kLevels> level;
  std::size_t i = 0;
  while (i + step <= count) {
    for (std::size_t j = 0; j < step; ++j, ++i) level[0].add(x[first + i * stride]);
    for (std::size_t j = 1; j < kLevels; ++j) {
      level[j].add(level[j - 1]);
      level[j - 1] = {};
      if ((i & ((step - 1) << (j * power))) != 0) break;
    }
  }
  for (; i < count; ++i) level[0].add(x[first + i * stride]);
  for (std::size_t j = 1; j < kLevels; ++j) level[0].add(level[j]);
  return level[0];
}

template <class T>
T sum(const Cascade& c, Values<T> x) {
  const std::size_t width = x.size() < static_cast<std::size_t>(c.width) ? 1 : static_cast<std::size_t>(c.width);
  const std::size_t rows = static_cast<std::size_t>(c.rows);
  const std::size_t vectors = x.size() / width;
  const std::size_t full = vectors / rows;
  Running<T> total;
  for (std::size_t i = vectors * width; i < x.size(); ++i) total.add(x[i]);
  for (std::size_t lane = 0; lane < width; ++lane) {
    std::vector<Running<T>> row(rows);
    for (std::size_t k = 0; k < rows; ++k) row[k] = cascade_of(x, k * width + lane, rows * width, full);
    for (std::size_t v = full * rows; v < vectors; ++v) row[0].add(x[v * width + lane]);
    for (std::size_t k = 1; k < rows; ++k) row[0].add(row[k]);
    total.add(row[0]);
  }
  return total.value;
}

template <class T>
T sum(const Windows& w, Values<T> x) {
  const std::size_t width = static_cast<std::size_t>(w.width);
  std::vector<T> level(x.begin(), x.end());
  while (level.size() > width) {
    const std::size_t windows = (level.size() + width - 1) / width;
    const std::size_t padding = (windows * width - level.size()) / 2;
    std::vector<T> sums;
    sums.reserve(windows);
    for (std::size_t first = 0; first < level.size();) {
      const std::size_t last = std::min(level.size(), (sums.size() + 1) * width - padding);
      sums.push_back(in_order(Values<T>(level).subspan(first, last - first)));
      first = last;
    }
    level = std::move(sums);
  }
  return in_order(Values<T>(level));
}

template <class T>
concept Subtracts = requires(T a, T b) {
  a - b;
};

/// Kahan's sum of blocks, and of a rest that takes the last error with it; a plain one of what knows no −.
template <class T>
struct Compensated {
  bool empty = true;
  T value{}, error{};
  void add(const T& x) {
    if constexpr (Subtracts<T>) {
      const T y = x - error, next = value + y;
      error = empty ? T{} : (next - value) - y;
      value = empty ? x : next;
    } else {
      value = empty ? x : value + x;
    }
    empty = false;
  }
  [[nodiscard]] T with(const T& rest) const {
    if (empty) return rest;
    if constexpr (Subtracts<T>) return value + (rest - error);
    return value + rest;
  }
  [[nodiscard]] T alone() const {
    if constexpr (Subtracts<T>) return value - error;
    return value;
  }
};

/// The first `whole` units in fours, each left to right; the others in runs of `run`; then all these from the first to
/// the last.
template <class T>
T fours_then_rest(Values<T> units, std::size_t whole, std::size_t run) {
  Running<T> total;
  for (std::size_t i = 0, taken = 0; i < units.size(); i += taken) {
    taken = std::min(i < whole ? 4 : run, units.size() - i);
    total.add(in_order(units.subspan(i, taken)));
  }
  return total.value;
}

/// Every `width`-th element of x, from `first`.
template <class T>
T by_fours(Values<T> x, std::size_t first, std::size_t width) {
  constexpr std::size_t kBlock = 1024, kVector = 16;
  Compensated<T> total;
  for (std::size_t block = 0; block + first < x.size(); block += kBlock) {
    std::vector<T> units;
    const std::size_t end = std::min(block + kBlock, x.size());
    for (std::size_t i = block + first; i < end; i += 4 * width) {
      Running<T> unit;
      for (std::size_t j = i; j < std::min(i + 4 * width, end); j += width) unit.add(x[j]);
      units.push_back(unit.value);
    }
    // Fours are of whole vectors, the same in every lane.
    const std::size_t whole = (end - block) / width / kVector * 4;
    const T sum = fours_then_rest(Values<T>(units), whole, std::max<std::size_t>(1, kVector / width));
    if (end - block < kBlock) return total.with(sum);
    total.add(sum);
  }
  return total.alone();
}

template <class T>
T sum(const Fours& f, Values<T> x) {
  const std::size_t width = static_cast<std::size_t>(f.width);
  if (x.size() < width) return in_order(x);
  std::vector<T> lane;
  for (std::size_t j = 0; j < width; ++j) lane.push_back(by_fours(x, j, width));
  return joined(lane, Join::halves);
}

template <class T>
T sum(const Halves& h, Values<T> x) {
  if (x.size() <= static_cast<std::size_t>(h.leaf)) return add_up(*h.inner, x);
  const std::size_t align = static_cast<std::size_t>(h.align);
  const std::size_t left = std::min(x.size(), ((x.size() + 1) / 2 + align - 1) / align * align);
  const T first = sum(h, x.first(left));
  return left == x.size() ? first : first + sum(h, x.subspan(left));
}

template <class T>
T sum(const Shares& s, Values<T> x) {
  const std::size_t length = x.size() / static_cast<std::size_t>(s.count);
  if (length == 0) return add_up(*s.inner, x);
  const std::size_t shares = x.size() / length;
  Running<T> total;
  if (shares * length < x.size()) total.add(add_up(*s.inner, x.subspan(shares * length)));
  for (std::size_t i = 0; i < shares; ++i) total.add(add_up(*s.inner, x.subspan(i * length, length)));
  return total.value;
}

template <class T>
T sum(const Runs& r, Values<T> x) {
  Running<T> total;
  const std::size_t length = static_cast<std::size_t>(r.length);
  for (std::size_t i = 0; i < x.size(); i += length)
    total.add(add_up(*r.inner, x.subspan(i, std::min(length, x.size() - i))));
  return total.value;
}

std::string words(const LeftToRight&) { return "left to right"; }
std::string words(const Pairwise& p) { return fmt::format("pairwise, blocks of {} in {} lanes", p.block, p.lanes); }
std::string words(const Lanes& l) {
  const std::string lanes =
      l.vectors == 1 ? fmt::format("{} lanes", l.width) : fmt::format("{} × {} lanes", l.vectors, l.width);
  const std::string join = l.width == 1 && l.join_vectors == Join::in_order ? "added left to right"
                           : l.join_lanes == Join::in_order                 ? "lanes added left to right"
                           : l.join_lanes == Join::halves                   ? "then a tree of halves"
                                                                            : "then a tree of neighbours";
  return fmt::format("{}, {}, tail {}", lanes, join, l.tail_apart ? "apart" : "one by one");
}
std::string words(const Cascade& c) { return fmt::format("cascade of four levels in {} × {} lanes", c.rows, c.width); }
std::string words(const Windows& w) { return fmt::format("windows of {}, recursively", w.width); }
std::string words(const Fours& f) {
  return fmt::format(
      "{} lanes in groups of four in blocks of 1024, these by Kahan's compensated sum; then a tree of halves", f.width);
}
std::string words(const Halves& h) { return fmt::format("halves down to {}, each in {}", h.leaf, describe(*h.inner)); }
std::string words(const Shares& s) { return fmt::format("{} equal shares, each in {}", s.count, describe(*s.inner)); }
std::string words(const Runs& r) {
  return fmt::format("runs of {} added left to right, each {}", r.length, describe(*r.inner));
}

}  // namespace

template <DType D>
Narrow<D> Narrow<D>::rounded(float x) {
  return {static_cast<float>(round_to(format_of(D), static_cast<double>(x)))};
}
template struct Narrow<DType::float16>;
template struct Narrow<DType::bfloat16>;

TreeHash operator+(TreeHash a, TreeHash b) {
  // Symmetric in the two sides, and no group operation: (a + b) + c and a + (b + c) differ.
  const std::uint64_t mixed = (a.value + b.value) * 0x9E3779B97F4A7C15u + (a.value ^ b.value) * 0xBF58476D1CE4E5B9u;
  return {mixed ^ (mixed >> 29)};
}

template <class T>
T add_up(const Order& order, std::span<const T> x) {
  return std::visit([&](const auto& o) { return sum<T>(o, x); }, static_cast<const Order::variant&>(order));
}
template float add_up(const Order&, std::span<const float>);
template double add_up(const Order&, std::span<const double>);
template Half add_up(const Order&, std::span<const Half>);
template Brain add_up(const Order&, std::span<const Brain>);
template Product<float> add_up(const Order&, std::span<const Product<float>>);
template Product<double> add_up(const Order&, std::span<const Product<double>>);
template Product<Half> add_up(const Order&, std::span<const Product<Half>>);
template Product<Brain> add_up(const Order&, std::span<const Product<Brain>>);
template Fused<float> add_up(const Order&, std::span<const Fused<float>>);
template Fused<double> add_up(const Order&, std::span<const Fused<double>>);
template TreeHash add_up(const Order&, std::span<const TreeHash>);

std::string describe(const Order& order) {
  return std::visit([](const auto& o) { return words(o); }, static_cast<const Order::variant&>(order));
}

std::vector<TreeHash> hashed_leaves(std::int64_t n) {
  std::vector<TreeHash> leaves(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i].value = (i + 1) * 0x9E3779B97F4A7C15u;
  return leaves;
}

std::uint64_t tree_of(const Order& order, std::int64_t n) {
  const std::vector<TreeHash> leaves = hashed_leaves(n);
  return add_up(order, std::span<const TreeHash>(leaves)).value;
}

}  // namespace roundoff::replay
