#include "causes/replay/catalogue.h"

#include <fmt/format.h>

#include <set>
#include <tuple>

namespace roundoff::replay {
namespace {

/// Orders of whole fibers, the ones of real libraries first.
class Catalogue {
 public:
  Catalogue(const Fibers& fibers, std::int64_t inner)
      : n_(fibers.length()), inner_(inner), left_to_right_(tree_of(LeftToRight{}, n_)) {
    seen_.insert({left_to_right_, left_to_right_, 0});  // a cause of its own
    add_numpy(fibers);
    add_eigen(fibers);
    add("cascade", Cascade{4, 4});
    add("cascade", Cascade{8, 4});
    add("cascade", Cascade{16, 4});
    for (const int width : {8, 16, 4})
      add(fmt::format("4 × {} lanes", width), Lanes{width, 4, Join::neighbours, Join::in_order, false, true});
    add_columns();
    add("windows of 32", Windows{32});
    for (const int width : {16, 8, 4, 1}) {
      add("groups of four", Fours{width});
      // 128 KiB at a time where there is but one output.
      if (fibers.count() == 1)
        add("groups of four, a buffer at a time", Runs{2048 * width, shared(Order(Fours{width}))});
    }
    for (const int length : {16, 8, 32, 64, 128, 256, 512}) {
      add(fmt::format("blocks of {}", length), Runs{length, shared(LeftToRight{})});
    }
    add_family();
  }
  std::vector<NamedOrders> take() { return std::move(all_); }

 private:
  static constexpr std::int64_t kWorthThreads = 1024;

  void add_numpy(const Fibers& fibers) {
    add("pairwise", Pairwise{});
    add("pairwise, a buffer at a time", Runs{8192, shared(Pairwise{})});
    if (fibers.run < n_) add("pairwise along the last axis, then left to right", Runs{fibers.run, shared(Pairwise{})});
  }

  /// Eigen's tensor reductions: one or four vectors of lanes; later versions make a tree of halves above; a thread pool
  /// splits full reductions.
  void add_eigen(const Fibers& fibers) {
    for (const int width : {4, 8, 16}) {
      for (const int vectors : {1, 4}) {
        const std::string name = vectors == 1 ? fmt::format("{} lanes", width) : fmt::format("4 × {} lanes", width);
        const Lanes lanes{width, vectors, Join::in_order, Join::halves, true};
        const Order tree = Halves{1024 * width, width, shared(lanes)};
        add(name, lanes);
        add(name + ", halves above", tree);
        for (int threads = 2; fibers.count() == 1 && n_ >= kWorthThreads && threads <= 16; ++threads) {
          add(fmt::format("{} shares of {}", threads, name), Shares{threads, shared(lanes)});
          add(fmt::format("{} shares of {}, halves above", threads, name), Shares{threads, shared(tree)});
        }
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
    for (const int width : {8, 4, 16, 32}) {
      for (const int vectors : {1, 2, 4, 8}) {
        for (const Join lanes : {Join::halves, Join::in_order, Join::neighbours}) {
          for (const bool apart : {true, false}) {
            const std::string name =
                vectors == 1 ? fmt::format("{} lanes", width) : fmt::format("{} × {} lanes", vectors, width);
            const Join joined = lanes == Join::neighbours ? lanes : Join::in_order;
            add(name, Lanes{width, vectors, joined, lanes, apart});
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
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::int64_t>;
  [[nodiscard]] Key key(const FiberOrders& orders) const {
    const auto tree = [&](const Order& order) {
      return std::holds_alternative<LeftToRight>(order) ? left_to_right_ : tree_of(order, n_);
    };
    const std::uint64_t order = tree(orders.order);
    if (orders.body >= orders.period) return {order, order, 0};
    const std::uint64_t rest = tree(orders.rest);
    if (order == rest || orders.body == 0) return {rest, rest, 0};
    return {order, rest, orders.body};
  }

  std::int64_t n_, inner_;
  std::uint64_t left_to_right_;
  std::set<Key> seen_;
  std::vector<NamedOrders> all_;
};

}  // namespace

std::vector<NamedOrders> orders_worth_trying(const Fibers& fibers, std::int64_t inner) {
  return Catalogue(fibers, inner).take();
}

}  // namespace roundoff::replay
