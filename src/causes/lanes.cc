// Reductions in several accumulators at once (the lanes of vectors), in blocks, cascades or trees: the orders of real
// libraries, and the plain family round them.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "causes/replay/reduce.h"

namespace roundoff::causes {
namespace {

using replay::Cascade;
using replay::FiberOrders;
using replay::Join;
using replay::Lanes;
using replay::LeftToRight;
using replay::Order;
using replay::Pairwise;
using replay::shared;

struct Named {
  std::string name;
  FiberOrders orders;
};

/// Orders of whole fibers, the ones of real libraries first.
class Catalogue {
 public:
  Catalogue(const replay::Fibers& fibers, std::int64_t inner) : n_(fibers.length()), inner_(inner) {
    seen_.insert(key({LeftToRight{}}));  // a cause of its own
    add_numpy(fibers);
    add_eigen(fibers);
    add("cascade", Cascade{4, 4});
    add("cascade", Cascade{8, 4});
    add("cascade", Cascade{16, 4});
    add_columns();
    add("windows of 32", replay::Windows{32});
    add_family();
  }
  std::vector<Named> take() { return std::move(all_); }

 private:
  void add_numpy(const replay::Fibers& fibers) {
    add("pairwise", Pairwise{});
    add("pairwise, a buffer at a time", replay::Runs{8192, shared(Pairwise{})});
    if (fibers.run < n_)
      add("pairwise along the last axis, then left to right", replay::Runs{fibers.run, shared(Pairwise{})});
  }

  /// Eigen's tensor reductions: one or four vectors of lanes; from version 3.4 a tree of halves above; a thread pool
  /// splits full reductions.
  void add_eigen(const replay::Fibers& fibers) {
    for (const int width : {4, 8, 16}) {
      const Lanes one{width, 1, Join::in_order, Join::halves, true}, four{width, 4, Join::in_order, Join::halves, true};
      add(fmt::format("{} lanes", width), one);
      add(fmt::format("4 × {} lanes", width), four);
      const Order tree = replay::Halves{1024 * width, width, shared(four)};
      add(fmt::format("4 × {} lanes, halves above", width), tree);
      for (int threads = 2; fibers.count() == 1 && threads <= 16; ++threads) {
        add(fmt::format("{} shares of {} lanes", threads, width), replay::Shares{threads, shared(one)});
        add(fmt::format("{} shares of 4 × {} lanes", threads, width), replay::Shares{threads, shared(tree)});
      }
    }
  }

  /// Reductions along an outer axis: neighbouring fibers share vectors, and what does not fill one is summed otherwise.
  void add_columns() {
    add("cascade along columns", Cascade{1, 1});
    add("cascade along columns in 4 rows", Cascade{1, 4});
    for (const std::int64_t width : {4, 8, 16}) {
      add("cascade along columns", {Cascade{1, 1}, inner_, inner_ - inner_ % (4 * width), Cascade{1, 4}});
      const Lanes four{1, 4, Join::in_order, Join::in_order, false};
      if (n_ >= 16) add("columns in 4 accumulators", {four, inner_, inner_ - inner_ % width, LeftToRight{}});
    }
  }

  void add_family() {
    for (const int width : {8, 4, 16, 2, 32, 64}) {
      for (const int vectors : {1, 2, 4, 8}) {
        for (const Join lanes : {Join::halves, Join::in_order, Join::neighbours}) {
          for (const Join joined : {Join::in_order, Join::neighbours}) {
            for (const bool apart : {true, false}) {
              const std::string name =
                  vectors == 1 ? fmt::format("{} lanes", width) : fmt::format("{} × {} lanes", vectors, width);
              add(name, Lanes{width, vectors, joined, lanes, apart});
            }
          }
        }
      }
    }
  }

  void add(const std::string& name, const Order& order) { add(name, FiberOrders{order}); }
  void add(const std::string& name, const FiberOrders& orders) {
    if (seen_.insert(key(orders)).second) all_.push_back({name, orders});
  }

  /// Equal for orders that make the same trees of these fibers: they are one hypothesis.
  [[nodiscard]] std::pair<std::pair<std::uint64_t, std::uint64_t>, std::int64_t> key(const FiberOrders& orders) const {
    const std::uint64_t order = replay::tree_of(orders.order, n_), rest = replay::tree_of(orders.rest, n_);
    if (orders.body >= orders.period || order == rest) return {{order, order}, 0};
    return orders.body == 0 ? std::pair{std::pair{rest, rest}, std::int64_t{0}}
                            : std::pair{std::pair{order, rest}, orders.body};
  }

  std::int64_t n_, inner_;
  std::set<std::pair<std::pair<std::uint64_t, std::uint64_t>, std::int64_t>> seen_;
  std::vector<Named> all_;
};

Hypothesis hypothesis_of(const Subject& subject, const Named& named, DType accumulator, bool divide_rounded) {
  const FiberOrders& orders = named.orders;
  std::string detail = describe(orders.order);
  if (orders.body < orders.period)
    detail += fmt::format("; the last {} of {} columns {}", orders.period - orders.body, orders.period,
                          describe(orders.rest));
  if (divide_rounded)
    detail += fmt::format("; the sum rounded to {} before the division", name_of(replay::node_of(subject).dtype));
  return {fmt::format("{} in {}, {}", replay::verb_of(subject), name_of(accumulator), named.name), detail,
          Class::rounding,
          [orders, accumulator, divide_rounded](const Subject& s) {
            return replay::replay_reduction(s, orders, accumulator, divide_rounded);
          },
          [orders, accumulator, divide_rounded](const Subject& s) {
            return replay::first_fibers_agree(s, orders, accumulator, divide_rounded, 4);
          }};
}

/// How many neighbouring fibers lie side by side: the sizes behind the last reduced axis.
std::int64_t inner_of(const Attrs& attrs, const Shape& shape) {
  const Result<std::vector<std::int64_t>> axes = axes_of(attrs, shape.size());
  std::int64_t inner = 1;
  if (!axes || axes->empty()) return inner;
  for (std::size_t i = static_cast<std::size_t>(axes->back()) + 1; i < shape.size(); ++i) inner *= shape[i];
  return inner;
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (!replay::is_reduction(subject)) return {};
  const Node& node = replay::node_of(subject);
  const Shape& shape = subject.graph->nodes[static_cast<std::size_t>(node.in[0])].shape;
  const Result<replay::Fibers> fibers = replay::fibers_of(node.attrs, shape);
  if (!fibers || fibers->length() < 2) return {};
  const bool narrow = node.dtype == DType::float16 || node.dtype == DType::bfloat16;
  std::vector<Hypothesis> all;
  for (const Named& named : Catalogue(*fibers, inner_of(node.attrs, shape)).take()) {
    all.push_back(hypothesis_of(subject, named, narrow ? DType::float32 : node.dtype, false));
    if (narrow && replay::op_of(subject) == "mean") all.push_back(hypothesis_of(subject, named, DType::float32, true));
    if (narrow) all.push_back(hypothesis_of(subject, named, node.dtype, false));
  }
  return all;
}

}  // namespace

Cause make_lanes() {
  return {"lanes",
          "Sums and products made in several accumulators, blocks or trees.",
          "NumPy's pairwise sum, PyTorch's cascade sum, Eigen's tensor reductions (TensorFlow), XLA's tree reductions "
          "(JAX)",
          15,
          false,
          hypotheses};
}

}  // namespace roundoff::causes
