#include "graph/algebra.h"

#include <fmt/format.h>

#include <cmath>

#include "base/format.h"
#include "graph/attributes.h"

namespace roundoff {
namespace {

constexpr std::size_t kMostNodes = 200'000;

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
  if (const auto simple = simplified(node)) return *simple;
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
std::optional<int> Algebra::simplified(const Node& call) {
  if (call.in.size() != 2) return std::nullopt;
  if (const auto constant = folded(call)) return constant;
  const Node &left = builder_[call.in[0]], &right = builder_[call.in[1]];
  const auto keeps = [&](const Node& kept, const Node& gone) {
    const std::vector<Shape> shapes{kept.shape, gone.shape};
    const auto shape = broadcast(shapes);
    return kept.dtype == gone.dtype && shape.ok() && *shape == kept.shape;
  };
  const bool commutes = call.name == "add" || call.name == "multiply";
  const double neutral = call.name == "add" || call.name == "subtract" ? 0 : 1;
  if (!commutes && call.name != "subtract" && call.name != "divide" && call.name != "pow") return std::nullopt;
  if (is(call.in[1], neutral) && keeps(left, right)) return call.in[0];
  if (commutes && is(call.in[0], neutral) && keeps(right, left)) return call.in[1];
  if (call.name == "pow" && is(call.in[1], 0) && keeps(left, right)) {
    const auto ones = filled(1, left.dtype, left.shape);
    if (ones.ok()) return *ones;
  }
  return std::nullopt;
}

std::optional<int> Algebra::folded(const Node& call) {
  const Node &left = builder_[call.in[0]], &right = builder_[call.in[1]];
  if (left.role != Node::Role::constant || right.role != Node::Role::constant) return std::nullopt;
  if (!left.integral || !right.integral || left.dtype != right.dtype || !is_float(left.dtype)) return std::nullopt;
  double value = 0;
  if (call.name == "add") {
    value = left.value + right.value;
  } else if (call.name == "subtract") {
    value = left.value - right.value;
  } else if (call.name == "multiply") {
    value = left.value * right.value;
  } else {
    return std::nullopt;
  }
  // Integers of this size are exact in float64, so that `value` is the exact result; it must fit the dtype too.
  constexpr double kExact = 0x1p53;
  if (std::abs(value) > kExact || round_to(format_of(left.dtype), value) != value) return std::nullopt;
  return literal(value == 0 ? 0.0 : value, left.dtype);
}

// ---- shapes
// -----------------------------------------------------------------------------------------------------------

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
