#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/parallel.h"
#include "truth/certify.h"
#include "truth/walk.h"

namespace roundoff {
namespace truth {
namespace {

constexpr std::int64_t kGrain = 16384;

/// The basic operations of IEEE 754, which the processor rounds correctly in float32 and float64.
enum class Basic { none, add, subtract, multiply, divide, sqrt, negative, abs, square, reciprocal };

Basic basic_of(const std::string& name) {
  static const std::map<std::string, Basic, std::less<>> kNames{
      {"add", Basic::add},       {"subtract", Basic::subtract}, {"multiply", Basic::multiply},
      {"divide", Basic::divide}, {"sqrt", Basic::sqrt},         {"negative", Basic::negative},
      {"abs", Basic::abs},       {"square", Basic::square},     {"reciprocal", Basic::reciprocal},
  };
  const auto it = kNames.find(name);
  return it == kNames.end() ? Basic::none : it->second;
}

template <class T>
T apply(Basic basic, T x, T y) {
  switch (basic) {
    case Basic::add:
      return x + y;
    case Basic::subtract:
      return x - y;
    case Basic::multiply:
      return x * y;
    case Basic::divide:
      return x / y;
    case Basic::sqrt:
      return std::sqrt(x);
    case Basic::negative:
      return -x;
    case Basic::abs:
      return std::fabs(x);
    case Basic::square:
      return x * x;
    case Basic::reciprocal:
      return 1 / x;
    case Basic::none:
      break;
  }
  return std::numeric_limits<T>::quiet_NaN();
}

template <class T>
void apply_all(Basic basic, std::span<const Array> in, Array& out) {
  const BroadcastIndex first(in[0].shape(), out.shape()), second(in.back().shape(), out.shape());
  const auto x = in[0].as<T>(), y = in.back().as<T>();
  const auto result = out.as_mutable<T>();
  parallel_for(out.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      result[static_cast<std::size_t>(i)] =
          apply<T>(basic, x[static_cast<std::size_t>(first(i))], y[static_cast<std::size_t>(second(i))]);
    }
  });
}

/// 16-bit formats: float64's 53 bits are at least 2p + 2, so rounding twice is rounding once (Figueroa 1995).
void apply_narrow(Basic basic, std::span<const Array> in, Array& out) {
  const BroadcastIndex first(in[0].shape(), out.shape()), second(in.back().shape(), out.shape());
  for (std::int64_t i = 0; i < out.size(); ++i)
    out.set(i, apply<double>(basic, in[0].get(first(i)), in.back().get(second(i))));
}

/// False where the processor does not answer this op in these dtypes.
bool by_processor(const Node& node, std::span<const Array> in, Array& out) {
  const Basic basic = basic_of(node.name);
  if (basic == Basic::none) return false;
  for (const Array& array : in) {
    if (array.dtype() != node.dtype) return false;  // a wider argument would be rounded twice
  }
  switch (node.dtype) {
    case DType::float32:
      apply_all<float>(basic, in, out);
      return true;
    case DType::float64:
      apply_all<double>(basic, in, out);
      return true;
    case DType::float16:
    case DType::bfloat16:
      apply_narrow(basic, in, out);
      return true;
    default:
      return false;
  }
}

/// Moves bytes where the dtype stays.
bool by_movement(const Node& node, std::span<const Array> in, Array& out) {
  const auto* movement = std::get_if<Movement>(&node.op->body);
  if (!movement) return false;
  std::vector<Shape> shapes;
  for (const Array& array : in) {
    if (array.dtype() != node.dtype) return false;
    shapes.push_back(array.shape());
  }
  const std::size_t size = size_of(node.dtype);
  std::byte* to = out.mutable_bytes().data();
  for (const Movement::Source& source : movement->map(shapes, node.shape, node.attrs)) {
    const auto from = in[static_cast<std::size_t>(source.input)].bytes();
    std::memcpy(to, from.data() + static_cast<std::size_t>(source.index) * size, size);
    to += size;
  }
  return true;
}

/// A graph of the one op, its arguments as inputs.
Graph alone(const Node& node, std::span<const Array> in) {
  Graph graph;
  graph.text = node.name;
  Node op = node;
  op.in.clear();
  for (std::size_t k = 0; k < in.size(); ++k) {
    Node input;
    input.role = Node::Role::input;
    input.name = fmt::format("x{}", k + 1);
    input.dtype = in[k].dtype();
    input.shape = in[k].shape();
    op.in.push_back(static_cast<int>(k));
    graph.nodes.push_back(std::move(input));
  }
  graph.output = static_cast<int>(in.size());
  graph.nodes.push_back(std::move(op));
  return graph;
}

/// 64-bit integers keep the digits that a double would lose.
void store(Array& out, std::int64_t i, const Truth& truth) {
  const auto at = static_cast<std::size_t>(i);
  const Enclosure& value = truth.value[at];
  const bool whole = value.real() && value.rad == 0 && value.exp == 0 && std::fabs(value.hi) < 0x1p62;
  if (out.dtype() == DType::int64 && whole) {
    out.as_mutable<std::int64_t>()[at] = static_cast<std::int64_t>(value.hi) + static_cast<std::int64_t>(value.lo);
  } else {
    out.set(i, truth.nearest[at]);
  }
}

}  // namespace
}  // namespace truth

Result<Array> correctly_rounded(const Graph& graph, int node, std::span<const Array> in, std::int64_t* undecided) {
  const Node& op = graph.nodes[static_cast<std::size_t>(node)];
  if (undecided) *undecided = 0;
  if (op.role != Node::Role::op) return Error{Code::usage, "not an op", op.name, ""};
  if (in.size() != op.in.size()) {
    return Error{Code::usage, fmt::format("{} arguments for an op of {}", in.size(), op.in.size()), op.name, ""};
  }
  ROUNDOFF_TRY(Array out, Array::make(op.dtype, op.shape));
  if (truth::by_processor(op, in, out) || truth::by_movement(op, in, out)) return out;
  const Graph single = truth::alone(op, in);
  std::vector<Array> arrays(in.begin(), in.end());
  arrays.emplace_back();
  ROUNDOFF_TRY(const Truth certified,
               truth::guarded<Truth>(single, [&] { return truth::certify_bound(single, arrays, {}, false); }));
  for (std::int64_t i = 0; i < out.size(); ++i) truth::store(out, i, certified);
  if (undecided) *undecided = static_cast<std::int64_t>(certified.undecided.size());
  return out;
}

}  // namespace roundoff
