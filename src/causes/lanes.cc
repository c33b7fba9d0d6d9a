// Reductions in several accumulators at once (the lanes of vectors), in blocks, cascades or trees: the orders of real
// libraries, and the plain family round them.
#include <fmt/format.h>

#include "causes/replay/catalogue.h"
#include "causes/replay/products.h"

namespace roundoff::causes {
namespace {

using replay::FiberOrders;
using replay::NamedOrders;

Hypothesis hypothesis_of(const Subject& subject, const NamedOrders& named, DType accumulator, replay::Finish finish) {
  const FiberOrders& orders = named.orders;
  std::string detail = describe(orders.order);
  if (orders.body < orders.period) {
    detail += fmt::format("; the last {} of {} columns {}", orders.period - orders.body, orders.period,
                          describe(orders.rest));
  }
  if (!words(finish).empty()) detail += fmt::format("; {}", words(finish));
  const replay::Reducing how{orders, accumulator, finish};
  return {fmt::format("{} in {}, {}", replay::verb_of(subject), name_of(accumulator), named.name), detail,
          Class::rounding, [how](const Subject& s) { return replay::replay_reduction(s, how); },
          [how](const Subject& s) { return replay::first_fibers_agree(s, how, 4); }};
}

/// How many neighbouring fibers lie side by side: the sizes behind the last reduced axis.
std::int64_t inner_of(const Attrs& attrs, const Shape& shape) {
  const Result<std::vector<std::int64_t>> axes = axes_of(attrs, shape.size());
  std::int64_t inner = 1;
  if (!axes || axes->empty()) return inner;
  for (std::size_t i = static_cast<std::size_t>(axes->back()) + 1; i < shape.size(); ++i) inner *= shape[i];
  return inner;
}

constexpr double kFewProducts = 1e5;  // above, probing or nothing

/// Inner products: few outputs, of whose order probing can say little.
std::vector<Hypothesis> of_products(const Subject& subject) {
  const Result<replay::Stack> stack = replay::stack_of(subject);
  if (!stack || static_cast<double>(subject.out->size()) * static_cast<double>(stack->depth()) > kFewProducts)
    return {};
  const std::vector<std::int64_t> length{stack->depth()}, axes{0};
  const DType dtype = replay::node_of(subject).dtype;
  std::vector<Hypothesis> all;
  for (const NamedOrders& named : replay::orders_worth_trying(replay::fibers_along(length, axes), 1)) {
    if (named.orders.body < named.orders.period) continue;
    for (const bool fused : {true, false}) {
      const replay::Arithmetic arithmetic{dtype == DType::float64 ? dtype : DType::float32, fused, false,
                                          replay::Cut::none};
      all.push_back({fmt::format("products summed in {}, {}", name_of(arithmetic.accumulator), named.name),
                     fmt::format("{}, {}", describe(named.orders.order), fused ? "FMA" : "multiply then add"),
                     Class::rounding, [order = named.orders.order, arithmetic](const Subject& s) {
                       return replay::replay_in_order(s, order, arithmetic);
                     }});
    }
  }
  return all;
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (replay::is_a<Contraction>(subject)) return of_products(subject);
  if (!replay::is_reduction(subject)) return {};
  const Node& node = replay::node_of(subject);
  const Shape& shape = subject.graph->nodes[static_cast<std::size_t>(node.in[0])].shape;
  const Result<replay::Fibers> fibers = replay::fibers_of(node.attrs, shape);
  if (!fibers || fibers->length() < 2) return {};
  const bool narrow = node.dtype == DType::float16 || node.dtype == DType::bfloat16;
  std::vector<DType> accumulators{narrow ? DType::float32 : node.dtype};
  if (narrow) accumulators.push_back(node.dtype);
  std::vector<Hypothesis> all;
  for (const NamedOrders& named : replay::orders_worth_trying(*fibers, inner_of(node.attrs, shape))) {
    for (const DType accumulator : accumulators) {
      for (const replay::Finish finish : replay::finishes_of(subject, accumulator)) {
        all.push_back(hypothesis_of(subject, named, accumulator, finish));
      }
    }
  }
  return all;
}

}  // namespace

Cause make_lanes() {
  return {.name = "lanes",
          .summary = "Sums and products made in several accumulators, blocks or trees.",
          .source =
              "NumPy's pairwise sum, PyTorch's cascade sum, Eigen's tensor reductions (TensorFlow), XLA's tree "
              "reductions (JAX)",
          .rank = 15,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
