#include "graph/adjoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "graph/differentiate.h"
#include "graph/movement.h"

namespace roundoff {
namespace {

using Axes = std::vector<std::int64_t>;

// Writes an expression of parse_derivative() into the graph.
class Instance {
 public:
  Instance(Algebra& algebra, const Node& user) : algebra_(algebra), user_(user) {}

  Result<int> run(const Graph& derivative, int out, int g) {
    ROUNDOFF_CHECK(bind(out, g));
    std::vector<int> made;
    for (const Node& node : derivative.nodes) {
      std::vector<int> in;
      for (const int argument : node.in) in.push_back(made[static_cast<std::size_t>(argument)]);
      ROUNDOFF_TRY(const int next, make(node, std::move(in)));
      made.push_back(next);
    }
    return made[static_cast<std::size_t>(derivative.output)];
  }

  /// The shape of an argument as the derivative sees it.
  [[nodiscard]] const Shape& shape_of_argument(std::size_t i) const { return algebra_.shape(arguments_[i]); }

 private:
  // matmul's arguments become matrices, and its result and g likewise; everything else is taken as it is.
  Status bind(int out, int g) {
    arguments_ = user_.in;
    out_ = out;
    g_ = g;
    dtype_ = algebra_.node(g).dtype;
    if (user_.name == "matmul") ROUNDOFF_CHECK(bind_matrices());
    std::vector<Shape> shapes;
    for (const int argument : arguments_) shapes.push_back(algebra_.shape(argument));
    // Contractions have no common shape, and no helper that needs one.
    if (auto base = broadcast(shapes); base.ok()) base_ = std::move(*base);
    return {};
  }

  Status bind_matrices() {
    Shape result = algebra_.shape(g_);
    if (algebra_.shape(user_.in[0]).size() == 1) {
      const std::size_t behind = algebra_.shape(user_.in[1]).size() == 1 ? 0 : 1;
      result.insert(result.end() - static_cast<std::ptrdiff_t>(behind), 1);
      ROUNDOFF_TRY(arguments_[0], algebra_.reshape(user_.in[0], {1, algebra_.shape(user_.in[0])[0]}));
    }
    if (algebra_.shape(user_.in[1]).size() == 1) {
      result.push_back(1);
      ROUNDOFF_TRY(arguments_[1], algebra_.reshape(user_.in[1], {algebra_.shape(user_.in[1])[0], 1}));
    }
    ROUNDOFF_TRY(g_, algebra_.reshape(g_, result));
    ROUNDOFF_TRY(out_, algebra_.reshape(out_, result));
    return {};
  }

  Result<int> make(const Node& node, std::vector<int> in) {
    if (node.role == Node::Role::constant) return algebra_.constant(node.value, dtype_);
    if (node.role == Node::Role::input) return named(node.name);
    if (node.op == nullptr) return helper(node.name, in[0]);
    Attrs attrs = node.attrs;
    const auto wants_axis = [](const AttrSpec& spec) { return spec.name == "axis"; };
    const auto axis = user_.attrs.find("axis");
    if (axis != user_.attrs.end() && std::any_of(node.op->attrs.begin(), node.op->attrs.end(), wants_axis)) {
      attrs.emplace("axis", axis->second);
    }
    return algebra_.call(node.name, std::move(in), std::move(attrs));
  }

  Result<int> named(const std::string& name) {
    if (name == "g") return g_;
    if (name == "out") return out_;
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      if (name == fmt::format("x{}", i + 1)) return arguments_[i];
    }
    if (name == "count") {
      ROUNDOFF_TRY(const Axes axes, this->axes());
      std::int64_t count = 1;
      for (const std::int64_t axis : axes) count *= base_[static_cast<std::size_t>(axis)];
      return algebra_.constant(static_cast<double>(count), dtype_);
    }
    if (user_.attrs.contains(name)) return algebra_.constant(number_attr(user_.attrs, name), dtype_);
    return located(user_,
                   Error{Code::usage, fmt::format("its derivative names {}, which means nothing there", name), {}, {}});
  }

  [[nodiscard]] Result<Axes> axes() const { return axes_of(user_.attrs, base_.size()); }

  Result<int> helper(const std::string& name, int e) {
    if (name == "transposed") return transposed(e);
    ROUNDOFF_TRY(const Axes axes, this->axes());
    if (name == "expand") {
      Shape kept = base_;
      for (const std::int64_t axis : axes) kept[static_cast<std::size_t>(axis)] = 1;
      // What is the same in every element may have been kept as a scalar.
      return algebra_.shape(e).empty() ? e : algebra_.reshape(e, kept);
    }
    ROUNDOFF_TRY(const int spread, algebra_.broadcast_to(e, base_));
    if (name == "total") return algebra_.sum(spread, axes, true);
    if (name == "average") return algebra_.call("mean", {spread}, {{"axis", axes}, {"keepdims", true}});
    return algebra_.reversed(spread, axes);
  }

  Result<int> transposed(int e) {
    Axes order(algebra_.shape(e).size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    if (order.size() < 2)
      return located(user_, Error{Code::usage, "its derivative transposes what is not a matrix", {}, {}});
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    return algebra_.call("permute_dims", {e}, {{"axes", order}});
  }

  Algebra& algebra_;
  const Node& user_;
  std::vector<int> arguments_;
  int out_ = -1, g_ = -1;
  DType dtype_ = DType::float64;
  Shape base_;  // of the arguments together
};

Error not_differentiable(const Node& user, std::size_t argument) {
  return located(user, Error{.what = user.in.size() == 1
                                         ? "it is not differentiable"
                                         : fmt::format("it is not differentiable in its argument {}", argument + 1),
                             .place = {},
                             .remedy = "`roundoff ops` says which ops have a derivative"});
}

}  // namespace

Result<std::optional<int>> adjoint(Algebra& algebra, int user, std::size_t argument, int g) {
  const Node& node = algebra.node(user);
  const Node& target = algebra.node(node.in[argument]);
  algebra.set_column(node.column);
  if (!is_float(target.dtype)) return std::optional<int>();
  std::optional<int> flow;
  if (has_movement_adjoint(node)) {
    ROUNDOFF_TRY(flow, movement_adjoint(algebra, node, argument, g));
  } else {
    const std::vector<std::string> derivative = derivative_of(*node.op, node.attrs);
    if (argument >= derivative.size() || derivative[argument].empty()) return not_differentiable(node, argument);
    if (derivative[argument] == "0") return std::optional<int>();
    auto parsed = parse_derivative(derivative[argument]);
    if (!parsed.ok()) return located(node, parsed.error());
    Instance instance(algebra, node);
    ROUNDOFF_TRY(const int raw, instance.run(*parsed, user, g));
    ROUNDOFF_TRY(flow, algebra.fitted(raw, instance.shape_of_argument(argument)));
    ROUNDOFF_TRY(flow, algebra.reshape(*flow, target.shape));
  }
  ROUNDOFF_TRY(flow, algebra.astype(*flow, target.dtype));
  return flow;
}

}  // namespace roundoff
