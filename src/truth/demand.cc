#include "truth/demand.h"

#include <algorithm>
#include <numeric>

#include "ops/shared/fibers.h"
#include "truth/dot_balls.h"
#include "truth/rational.h"

namespace roundoff::truth {
namespace {

constexpr long kFirstBits = 256;
constexpr std::size_t kMostCells = std::size_t{1} << 19;  // balls held at a time
constexpr std::int64_t kGrain = 16;

/// The elements of one node that are wanted, ascending, and what they are.
struct Cells {
  std::vector<std::int64_t> index;
  std::vector<Ball> ball;
  std::vector<std::optional<Rational>> exact;  ///< empty where rationals are not kept
  [[nodiscard]] std::size_t find(std::int64_t i) const {
    return static_cast<std::size_t>(std::lower_bound(index.begin(), index.end(), i) - index.begin());
  }
};

void sort_unique(std::vector<std::int64_t>& index) {
  std::sort(index.begin(), index.end());
  index.erase(std::unique(index.begin(), index.end()), index.end());
}

/// Where a fiber op's elements lie.
struct Fibers {
  Fibers(const Graph& graph, const Node& node) : scan(std::get<Fiber>(node.op->body).scan) {
    const Shape& shape = graph.nodes[static_cast<std::size_t>(node.in[0])].shape;
    plan = plan_fibers(shape, axes_of(node.attrs, shape.size()).value());
    if (!scan) return;
    owner.resize(plan.base.size() * plan.within.size());
    for (std::size_t f = 0; f < plan.base.size(); ++f) {
      for (const std::int64_t i : plan.within)
        owner[static_cast<std::size_t>(plan.base[f] + i)] = static_cast<std::int64_t>(f);
    }
  }
  /// The fibers that these elements of the result belong to.
  [[nodiscard]] std::vector<std::int64_t> of(const std::vector<std::int64_t>& index) const {
    if (!scan) return index;
    std::vector<std::int64_t> out;
    for (const std::int64_t i : index) out.push_back(owner[static_cast<std::size_t>(i)]);
    sort_unique(out);
    return out;
  }
  FiberPlan plan;
  bool scan;
  std::vector<std::int64_t> owner;
};

/// Output elements and their dependencies, at one precision.
class Rung {
 public:
  Rung(const Graph& graph, const std::vector<Array>& arrays, long prec, bool rational)
      : graph_(graph), prec_(prec), rational_(rational), cells_(graph.nodes.size()), leaves_(graph.nodes.size()) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      if (graph.nodes[i].role == Node::Role::input) leaves_[i] = Values(arrays[i]);
    }
  }

  /// Finds out what the elements depend on; answers how many balls that takes.
  std::size_t collect(std::span<const std::int64_t> open) {
    cells_.assign(graph_.nodes.size(), {});
    cells_[static_cast<std::size_t>(graph_.output)].index.assign(open.begin(), open.end());
    std::size_t total = 0;
    for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
      const Node& node = graph_.nodes[i];
      std::vector<std::int64_t>& index = cells_[i].index;
      if (index.empty()) continue;
      if (node.role != Node::Role::op) {
        index.clear();
        continue;
      }
      sort_unique(index);
      want_arguments(node, index);
      total += index.size();
    }
    return total;
  }

  void evaluate() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      Cells& cells = cells_[i];
      if (cells.index.empty()) continue;
      cells.ball.resize(cells.index.size());
      if (rational_) cells.exact.resize(cells.index.size());
      evaluate_node(graph_.nodes[i], cells);
    }
  }

  /// A leaf graph's output is an input or a constant: then `scratch` is filled.
  const Ball& output(std::int64_t index, Ball& scratch) const { return *get(graph_.output, index, scratch); }

 private:
  // ---- what is needed ----

  void want(int node, std::int64_t index) { cells_[static_cast<std::size_t>(node)].index.push_back(index); }

  void want_lines(int node, std::vector<std::int64_t>& begins, std::int64_t k, std::int64_t stride) {
    if (graph_.nodes[static_cast<std::size_t>(node)].role != Node::Role::op) return;
    sort_unique(begins);
    for (const std::int64_t begin : begins) {
      for (std::int64_t i = 0; i < k; ++i) want(node, begin + i * stride);
    }
  }

  void want_arguments(const Node& node, std::vector<std::int64_t>& index) {
    const auto& body = node.op->body;
    if (std::holds_alternative<Elementwise>(body)) {
      for (const int in : node.in) {
        const BroadcastIndex at(shape_of(in), node.shape);
        for (const std::int64_t i : index) want(in, at(i));
      }
    } else if (std::holds_alternative<Fiber>(body)) {
      const Fibers fibers(graph_, node);
      const auto owners = fibers.of(index);
      std::vector<std::int64_t> elements;
      for (const std::int64_t f : owners) {
        for (const std::int64_t i : fibers.plan.within)
          elements.push_back(fibers.plan.base[static_cast<std::size_t>(f)] + i);
      }
      for (const std::int64_t i : elements) want(node.in[0], i);
      if (!fibers.scan) return;
      sort_unique(elements);
      index = std::move(elements);  // a scan is evaluated whole
    } else if (const auto* contraction = std::get_if<Contraction>(&body)) {
      const Products products(*contraction, *this, node);
      std::vector<std::int64_t> rows, columns;  // where each row and column begins
      for (const std::int64_t i : index) {
        rows.push_back(products.left(i, 0));
        columns.push_back(products.right(i, 0));
      }
      want_lines(node.in[0], rows, products.plan.k, products.plan.left_col);
      want_lines(node.in[1], columns, products.plan.k, products.plan.right_row);
    } else {
      const auto sources = sources_of(node);
      for (const std::int64_t i : index) {
        const Movement::Source& source = sources[static_cast<std::size_t>(i)];
        want(node.in[static_cast<std::size_t>(source.input)], source.index);
      }
    }
  }

  // ---- what it is ----

  void evaluate_node(const Node& node, Cells& cells) {
    const auto& body = node.op->body;
    const auto count = static_cast<std::int64_t>(cells.index.size());
    if (const auto* elementwise = std::get_if<Elementwise>(&body)) {
      std::vector<BroadcastIndex> at;
      for (const int in : node.in) at.emplace_back(shape_of(in), node.shape);
      parallel_balls(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t c = begin; c < end; ++c)
          evaluate_element(*elementwise, node, at, cells, static_cast<std::size_t>(c));
      });
    } else if (const auto* fiber = std::get_if<Fiber>(&body)) {
      const Fibers fibers(graph_, node);
      const auto owners = fibers.of(cells.index);
      parallel_balls(static_cast<std::int64_t>(owners.size()), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t f = begin; f < end; ++f)
          evaluate_fiber(*fiber, node, fibers, owners[static_cast<std::size_t>(f)], cells);
      });
    } else if (const auto* contraction = std::get_if<Contraction>(&body)) {
      const Products products(*contraction, *this, node);
      parallel_balls(count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t c = begin; c < end; ++c) evaluate_product(node, products, cells, static_cast<std::size_t>(c));
      });
    } else {
      const auto sources = sources_of(node);
      for (std::size_t c = 0; c < cells.index.size(); ++c) {
        const Movement::Source& source = sources[static_cast<std::size_t>(cells.index[c])];
        const int in = node.in[static_cast<std::size_t>(source.input)];
        Ball scratch;
        cells.ball[c] = *get(in, source.index, scratch);
        if (rational_) cells.exact[c] = exact(in, source.index);
      }
    }
  }

  void evaluate_element(const Elementwise& op, const Node& node, const std::vector<BroadcastIndex>& at, Cells& cells,
                        std::size_t c) const {
    std::vector<Ball> scratch(node.in.size());
    std::vector<const Ball*> arguments;
    for (std::size_t k = 0; k < node.in.size(); ++k)
      arguments.push_back(get(node.in[k], at[k](cells.index[c]), scratch[k]));
    roundoff::evaluate(op, cells.ball[c], arguments, node.attrs, prec_);
    if (!rational_) return;
    cells.exact[c] = rational_of(cells.ball[c]);
    if (cells.exact[c] || cells.ball[c].exact() || !op.rational) return;
    std::vector<Rational> x;
    for (std::size_t k = 0; k < node.in.size(); ++k) {
      const auto value = exact(node.in[k], at[k](cells.index[c]));
      if (!value) return;
      x.push_back(*value);
    }
    keep(cells, c, op.rational(x, node.attrs));
  }

  void evaluate_fiber(const Fiber& op, const Node& node, const Fibers& fibers, std::int64_t fiber, Cells& cells) const {
    const std::int64_t base = fibers.plan.base[static_cast<std::size_t>(fiber)];
    std::vector<Ball> in, out(fibers.scan ? fibers.plan.within.size() : 1);
    Ball scratch;
    for (const std::int64_t i : fibers.plan.within) in.push_back(*get(node.in[0], base + i, scratch));
    op.ball(out, in, node.attrs, prec_);
    const auto cell = [&](std::size_t i) { return cells.find(fibers.scan ? base + fibers.plan.within[i] : fiber); };
    const bool all_exact = std::all_of(out.begin(), out.end(), [](const Ball& ball) { return ball.exact(); });
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (rational_) cells.exact[cell(i)] = rational_of(out[i]);
      cells.ball[cell(i)] = std::move(out[i]);
    }
    if (all_exact || !rational_ || !op.rational) return;
    std::vector<Rational> x, results(out.size());
    std::size_t bits = 0;
    for (const std::int64_t i : fibers.plan.within) {
      const auto value = exact(node.in[0], base + i);
      if (!value || (bits += bits_of(*value)) > kMostBits * 4) return;  // a sum may need them all
      x.push_back(*value);
    }
    if (!op.rational(results, x, node.attrs)) return;
    for (std::size_t i = 0; i < results.size(); ++i) keep(cells, cell(i), results[i]);
  }

  /// A contraction's elements as products of its arguments'.
  struct Products {
    Products(const Contraction& op, const Rung& rung, const Node& node)
        : plan(op.plan(rung.shape_of(node.in[0]), rung.shape_of(node.in[1]), node.attrs)) {}
    [[nodiscard]] std::int64_t left(std::int64_t i, std::int64_t k) const {
      return plan.left_batch[static_cast<std::size_t>(i / (plan.m * plan.n))] + i / plan.n % plan.m * plan.left_row +
             k * plan.left_col;
    }
    [[nodiscard]] std::int64_t right(std::int64_t i, std::int64_t k) const {
      return plan.right_batch[static_cast<std::size_t>(i / (plan.m * plan.n))] + k * plan.right_row +
             i % plan.n * plan.right_col;
    }
    Contraction::Plan plan;
  };

  void evaluate_product(const Node& node, const Products& products, Cells& cells, std::size_t c) const {
    const std::int64_t index = cells.index[c];
    BallDot dot(prec_);
    Ball x, y;
    for (std::int64_t k = 0; k < products.plan.k; ++k) {
      dot.add(*get(node.in[0], products.left(index, k), x), *get(node.in[1], products.right(index, k), y));
    }
    dot.write(cells.ball[c]);
    if (!rational_) return;
    cells.exact[c] = rational_of(cells.ball[c]);
    if (cells.exact[c] || cells.ball[c].exact()) return;
    Rational sum = 0;
    for (std::int64_t k = 0; k < products.plan.k; ++k) {
      const auto a = exact(node.in[0], products.left(index, k)), b = exact(node.in[1], products.right(index, k));
      if (!a || !b || bits_of(sum) > kMostBits) return;
      sum += *a * *b;
    }
    keep(cells, c, sum);
  }

  void keep(Cells& cells, std::size_t c, const std::optional<Rational>& value) const {
    if (!value || bits_of(*value) > kMostBits) return;
    set(cells.ball[c], *value, prec_);
    cells.exact[c] = value;
  }

  // ---- arguments ----

  [[nodiscard]] const Shape& shape_of(int node) const { return graph_.nodes[static_cast<std::size_t>(node)].shape; }

  [[nodiscard]] std::vector<Movement::Source> sources_of(const Node& node) const {
    std::vector<Shape> shapes;
    for (const int in : node.in) shapes.push_back(shape_of(in));
    return std::get<Movement>(node.op->body).map(shapes, node.shape, node.attrs);
  }

  const Ball* get(int node, std::int64_t index, Ball& scratch) const {
    const auto n = static_cast<std::size_t>(node);
    switch (graph_.nodes[n].role) {
      case Node::Role::input:
        leaves_[n].load(scratch, index);
        return &scratch;
      case Node::Role::constant:
        scratch.set_double(constant_value(graph_.nodes[n]));
        return &scratch;
      default:
        return &cells_[n].ball[cells_[n].find(index)];
    }
  }

  [[nodiscard]] std::optional<Rational> exact(int node, std::int64_t index) const {
    const auto n = static_cast<std::size_t>(node);
    if (graph_.nodes[n].role == Node::Role::op) return cells_[n].exact[cells_[n].find(index)];
    Ball scratch;
    return rational_of(*get(node, index, scratch));
  }

  const Graph& graph_;
  long prec_;
  bool rational_;
  std::vector<Cells> cells_;
  std::vector<Values> leaves_;
};

/// One rung for some elements, halved until their dependencies fit; answers which stayed open.
class Resolver {
 public:
  Resolver(const Graph& graph, const std::vector<Array>& arrays, long cap, const Resolved& resolved)
      : graph_(graph),
        arrays_(arrays),
        cap_(cap),
        resolved_(resolved),
        format_(format_of(graph.nodes[static_cast<std::size_t>(graph.output)].dtype)) {}

  void run(std::vector<std::int64_t> open) {
    for (long prec = kFirstBits; prec <= cap_ && !open.empty(); prec *= 2) {
      const bool last = 2 * prec > cap_;
      Rung rung(graph_, arrays_, prec, prec > kFirstBits || last);
      std::vector<std::int64_t> still_open;
      climb(rung, open, last, still_open);
      open = std::move(still_open);
    }
  }

 private:
  void climb(Rung& rung, std::span<const std::int64_t> open, bool last, std::vector<std::int64_t>& still_open) {
    if (rung.collect(open) > kMostCells && open.size() > 1) {
      climb(rung, open.first(open.size() / 2), last, still_open);
      climb(rung, open.subspan(open.size() / 2), last, still_open);
      return;
    }
    rung.evaluate();
    Ball scratch;
    for (const std::int64_t index : open) {
      const Ball& ball = rung.output(index, scratch);
      const bool decided = rounded(ball, format_).has_value();
      if (decided || last) resolved_(index, ball, decided);
      if (!decided) still_open.push_back(index);
    }
  }

  const Graph& graph_;
  const std::vector<Array>& arrays_;
  long cap_;
  const Resolved& resolved_;
  const Format& format_;
};

}  // namespace

void resolve(const Graph& graph, const std::vector<Array>& arrays, std::vector<std::int64_t> open, long cap,
             const Resolved& resolved) {
  Resolver(graph, arrays, cap, resolved).run(std::move(open));
}

}  // namespace roundoff::truth
