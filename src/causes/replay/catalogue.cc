#include "causes/replay/catalogue.h"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace roundoff::replay {
namespace {

/// Orders of whole fibers, the ones of real libraries first.
class Catalogue {
 public:
  Catalogue(const Fibers& fibers, std::int64_t inner) : n_(fibers.length()), inner_(inner) {
    seen_.insert(key({LeftToRight{}}));  // a cause of its own
    add_numpy(fibers);
    add_eigen(fibers);
    add("cascade", Cascade{4, 4});
    add("cascade", Cascade{8, 4});
    add("cascade", Cascade{16, 4});
    add_columns();
    add("windows of 32", Windows{32});
    for (const int width : {16, 8, 4}) add("groups of four", Fours{width});
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

  /// Eigen's tensor reductions: one or four vectors of lanes; from version 3.4 a tree of halves above; a thread pool
  /// splits full reductions.
  void add_eigen(const Fibers& fibers) {
    for (const int width : {4, 8, 16}) {
      const Lanes one{width, 1, Join::in_order, Join::halves, true}, four{width, 4, Join::in_order, Join::halves, true};
      add(fmt::format("{} lanes", width), one);
      add(fmt::format("4 × {} lanes", width), four);
      const Order tree = Halves{1024 * width, width, shared(four)};
      add(fmt::format("4 × {} lanes, halves above", width), tree);
      for (int threads = 2; fibers.count() == 1 && n_ >= kWorthThreads && threads <= 16; ++threads) {
        add(fmt::format("{} shares of {} lanes", threads, width), Shares{threads, shared(one)});
        add(fmt::format("{} shares of 4 × {} lanes", threads, width), Shares{threads, shared(tree)});
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
  [[nodiscard]] std::pair<std::pair<std::uint64_t, std::uint64_t>, std::int64_t> key(const FiberOrders& orders) const {
    const std::uint64_t order = tree_of(orders.order, n_), rest = tree_of(orders.rest, n_);
    if (orders.body >= orders.period || order == rest) return {{order, order}, 0};
    return orders.body == 0 ? std::pair{std::pair{rest, rest}, std::int64_t{0}}
                            : std::pair{std::pair{order, rest}, orders.body};
  }

  std::int64_t n_, inner_;
  std::set<std::pair<std::pair<std::uint64_t, std::uint64_t>, std::int64_t>> seen_;
  std::vector<NamedOrders> all_;
};

}  // namespace

std::vector<NamedOrders> orders_worth_trying(const Fibers& fibers, std::int64_t inner) {
  return Catalogue(fibers, inner).take();
}

}  // namespace roundoff::replay
