#include "graph/algebra.h"

#include <fmt/format.h>

#include <cmath>

#include "base/format.h"
#include "graph/attributes.h"

namespace roundoff {
namespace {

constexpr std::size_t kMostNodes = 50'000;

}  // namespace

Result<int> Algebra::call(std::string_view op, std::vector<int> in, Attrs attrs) {
  Node node;
  node.op = find_op(op);
  node.name = op;
  node.in = std::move(in);
  node.column = column_;
  if (node.op == nullptr)
    return located(node, Error{Code::usage, "a derivative needs this op, which does not exist", {}, {}});
  ROUNDOFF_TRY(node.attrs, completed(*node.op, std::move(attrs), column_));
  if (builder_.size() > kMostNodes) {
    return located(node, Error{.code = Code::resource,
                               .what = fmt::format("the derivative has more than {} nodes", kMostNodes),
                               .place = {},
                               .remedy = "differentiate a smaller function, or fewer times"});
  }
  if (std::holds_alternative<Elementwise>(node.op->body) && node.in.size() == 2) {
    ROUNDOFF_TRY(const std::optional<int> simple, simplified(node));
    if (simple) return *simple;
  }
  return builder_.add_inferred(std::move(node));
}

// ---- constants ------------------------------------------------------------------------------------------------------

int Algebra::literal(double value, DType dtype) {
  Node node;
  node.role = Node::Role::constant;
  node.value = value;
  node.integral = value == std::trunc(value) && !(value == 0 && std::signbit(value));
  node.column = column_;
  node.dtype = dtype;
  return builder_.add(std::move(node));
}

Result<int> Algebra::constant(double value, DType dtype) {
  const Format& format = format_of(dtype);
  if (std::isfinite(value) && std::abs(value) > format.max_finite()) {
    constexpr double kScale = 1024;
    ROUNDOFF_TRY(const int scaled, constant(value / kScale, dtype));
    return call("multiply", {scaled, literal(kScale, dtype)});
  }
  const double near = round_to(format, value);
  if (near == value || !std::isfinite(value)) return literal(value, dtype);
  ROUNDOFF_TRY(const int rest, constant(value - near, dtype));
  return call("add", {literal(near, dtype), rest});
}

Result<int> Algebra::filled(double value, DType dtype, const Shape& shape) {
  return broadcast_to(literal(value, dtype), shape);
}

std::optional<int> Algebra::uniform(int x) const {
  while (builder_[x].role == Node::Role::op && (builder_[x].name == "broadcast_to" || builder_[x].name == "reshape")) {
    x = builder_[x].in[0];
  }
  if (builder_[x].role != Node::Role::constant) return std::nullopt;
  return x;
}

bool Algebra::is(int x, double value) const {
  const auto constant = uniform(x);
  return constant && builder_[*constant].value == value;
}

// Only where the simpler node has the dtype and the shape of the call. That −0 + 0 would be +0 is no difference to a
// derivative.
Result<std::optional<int>> Algebra::simplified(Node& call) {
  int &left = call.in[0], &right = call.in[1];
  const std::vector<Shape> shapes{shape(left), shape(right)};
  const auto common = broadcast(shapes);
  if (!common.ok()) return std::optional<int>();
  const auto left_constant = uniform(left), right_constant = uniform(right);
  if (left_constant && right_constant) {
    // Of two that are the same in every element, one element is computed and spread.
    if (!common->empty()) {
      ROUNDOFF_TRY(const int one, this->call(call.name, {*left_constant, *right_constant}, call.attrs));
      ROUNDOFF_TRY(const int spread, broadcast_to(one, *common));
      return std::optional<int>(spread);
    }
    if (const auto constant = folded(call.name, node(*left_constant), node(*right_constant))) return constant;
  }
  const auto whole = [&](int x) { return shape(x) == *common; };
  if (right_constant && whole(left)) {
    right = *right_constant;
  } else if (left_constant && whole(right)) {
    left = *left_constant;
  }
  const bool commutes = call.name == "add" || call.name == "multiply";
  if (!commutes && call.name != "subtract" && call.name != "divide" && call.name != "pow") return std::optional<int>();
  const bool same_dtype = node(left).dtype == node(right).dtype;
  const double neutral = call.name == "add" || call.name == "subtract" ? 0 : 1;
  if (same_dtype && is(right, neutral) && whole(left)) return std::optional<int>(left);
  if (same_dtype && commutes && is(left, neutral) && whole(right)) return std::optional<int>(right);
  if (same_dtype && call.name == "pow" && is(right, 0) && whole(left)) {
    ROUNDOFF_TRY(const int ones, filled(1, node(left).dtype, *common));
    return std::optional<int>(ones);
  }
  return std::optional<int>();
}

std::optional<int> Algebra::folded(std::string_view op, const Node& left, const Node& right) {
  if (!left.integral || !right.integral || left.dtype != right.dtype || !is_float(left.dtype)) return std::nullopt;
  // A constant means what its dtype makes of it, and the sum must fit the dtype too.
  const auto fits = [&left](double x) { return round_to(format_of(left.dtype), x) == x; };
  if (!fits(left.value) || !fits(right.value)) return std::nullopt;
  double value = 0;
  if (op == "add") {
    value = left.value + right.value;
  } else if (op == "subtract") {
    value = left.value - right.value;
  } else if (op == "multiply") {
    value = left.value * right.value;
  } else {
    return std::nullopt;
  }
  constexpr double kExact = 0x1p53;  // integers up to here are exact in float64
  if (std::abs(value) > kExact || !fits(value)) return std::nullopt;
  return literal(value == 0 ? 0.0 : value, left.dtype);
}

// ---- shapes ---------------------------------------------------------------------------------------------------------

Result<int> Algebra::reshape(int x, const Shape& to) {
  if (shape(x) == to) return x;
  if (node(x).name == "reshape") return reshape(node(x).in[0], to);
  if (const auto value = uniform(x)) return broadcast_to(*value, to);
  return call("reshape", {x}, {{"shape", to}});
}

Result<int> Algebra::broadcast_to(int x, const Shape& to) {
  if (shape(x) == to) return x;
  return call("broadcast_to", {x}, {{"shape", to}});
}

Result<int> Algebra::astype(int x, DType dtype) {
  if (node(x).dtype == dtype) return x;
  return call("astype", {x}, {{"dtype", std::string(name_of(dtype))}});
}

Result<int> Algebra::sum(int x, std::vector<std::int64_t> axes, bool keepdims) {
  return call("sum", {x}, {{"axis", std::move(axes)}, {"keepdims", keepdims}});
}

Result<int> Algebra::reversed(int x, const std::vector<std::int64_t>& axes) {
  const std::size_t rank = shape(x).size();
  std::vector<std::int64_t> open(rank, kNoneInt), steps(rank, 1), drop(rank, 0);
  for (const std::int64_t axis : axes) steps[static_cast<std::size_t>(axis)] = -1;
  return call("slice", {x}, {{"starts", open}, {"stops", open}, {"steps", steps}, {"drop", drop}});
}

Result<int> Algebra::part(int x, std::size_t axis, std::int64_t start, std::int64_t length) {
  if (start == 0 && length == shape(x)[axis]) return x;
  const std::size_t rank = shape(x).size();
  std::vector<std::int64_t> starts(rank, kNoneInt), stops(rank, kNoneInt), steps(rank, 1), drop(rank, 0);
  starts[axis] = start;
  stops[axis] = start + length;
  return call("slice", {x}, {{"starts", starts}, {"stops", stops}, {"steps", steps}, {"drop", drop}});
}

Result<int> Algebra::concat(std::vector<int> parts, std::size_t axis) {
  std::erase_if(parts, [&](int x) { return shape(x)[axis] == 0; });
  if (parts.size() == 1) return parts[0];
  return call("concat", std::move(parts), {{"axis", static_cast<std::int64_t>(axis)}});
}

Result<int> Algebra::fitted(int x, const Shape& to) {
  const Shape& from = shape(x);
  const std::size_t extra = from.size() > to.size() ? from.size() - to.size() : 0;
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const bool spread = i < extra || (from.size() >= to.size() && to[i - extra] == 1 && from[i] != 1);
    if (spread) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (axes.empty()) return broadcast_to(x, to);
  ROUNDOFF_TRY(const int summed, sum(x, std::move(axes), true));
  Shape kept = shape(summed);
  kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(extra));
  ROUNDOFF_TRY(const int shaped, reshape(summed, kept));
  return broadcast_to(shaped, to);
}

}  // namespace roundoff
