#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "backends/backend.h"
#include "backends/native.h"
#include "base/arithmetic.h"

namespace roundoff {

namespace native {
std::vector<NativeLibrary> make_all();  // made by the build from the files of native/
}

namespace {

using Clock = std::chrono::steady_clock;
using Inputs = std::map<std::string, Array, std::less<>>;

// As the op astype says: to integers truncated, to bool whether it is not zero.
Result<Array> convert(const Array& x, DType dtype) {
  if (is_float(dtype) || (!is_float(x.dtype()) && dtype != DType::bool_)) return cast(x, dtype);
  ROUNDOFF_TRY(Array out, Array::make(dtype, x.shape()));
  for (std::int64_t i = 0; i < x.size(); ++i) {
    out.set(i, dtype == DType::bool_ ? static_cast<double>(x.get(i) != 0) : std::trunc(x.get(i)));
  }
  return out;
}

// Runs one graph in one library.
class Evaluation {
 public:
  Evaluation(const NativeLibrary& library, const Graph& graph, const Inputs& inputs)
      : library_(library), graph_(graph), inputs_(inputs) {}

  [[nodiscard]] Result<std::vector<Array>> all() {
    std::vector<Array> values;
    values.reserve(graph_.nodes.size());
    for (const Node& node : graph_.nodes) {
      ROUNDOFF_TRY(Array value, one(node, values));
      values.push_back(std::move(value));
    }
    return values;
  }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  [[nodiscard]] Result<Array> one(const Node& node, const std::vector<Array>& values) {
    if (node.role == Node::Role::constant) return constant_array(node);
    if (node.role == Node::Role::gradient) return lacks("grad");
    if (node.role == Node::Role::input) {
      const auto found = inputs_.find(node.name);
      if (found == inputs_.end())
        return Error{Code::input, fmt::format("there is no array for input '{}'", node.name), "", ""};
      return found->second;
    }
    std::vector<Array> in;
    for (const int argument : node.in) in.push_back(values[static_cast<std::size_t>(argument)]);
    if (std::holds_alternative<Movement>(node.op->body)) return move_elements(node, in);
    if (node.name == "astype") return convert(in[0], node.dtype);
    if (!library_.supports(*node.op, computes_in(in, node.dtype), node.attrs)) return lacks(node.name);
    StandardArithmetic arithmetic;
    auto value = library_.evaluate(node, in);
    if (const std::string changed = arithmetic.mend(); !changed.empty()) {
      const std::string note = fmt::format("left the thread {} after {}", changed, node.name);
      if (std::ranges::find(notes_, note) == notes_.end()) notes_.push_back(note);
    }
    return value;
  }

  [[nodiscard]] Error lacks(const std::string& op) const {
    return {Code::usage, fmt::format("{} has no {} for this dtype", library_.name, op), library_.name, ""};
  }

  const NativeLibrary& library_;
  const Graph& graph_;
  const Inputs& inputs_;
  std::vector<std::string> notes_;
};

// The median time of warm calls: at least `least` of them, and more until 30 or 30 ms.
double median_seconds(Evaluation& evaluation, int least) {
  using namespace std::chrono_literals;
  constexpr std::size_t kMost = 30;
  std::vector<double> seconds;
  const auto begin = Clock::now();
  while (seconds.size() < static_cast<std::size_t>(least) || (seconds.size() < kMost && Clock::now() - begin < 30ms)) {
    const auto start = Clock::now();
    (void)evaluation.all();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::ranges::nth_element(seconds, seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2));
  return seconds[seconds.size() / 2];
}

}  // namespace

const std::vector<NativeLibrary>& native_libraries() {
  static const std::vector<NativeLibrary> all = native::make_all();
  return all;
}

Result<Run> run_native(const NativeLibrary& library, const Graph& graph, const Inputs& inputs, int repeats) {
  Evaluation evaluation(library, graph, inputs);
  Run run;
  run.name.framework = library.name;
  run.version = library.version;
  run.provenance = library.provenance;
  run.repeats = std::max(repeats, 1);
  ROUNDOFF_TRY(run.trace, evaluation.all());
  run.output = run.trace[static_cast<std::size_t>(graph.output)];
  for (int i = 1; i < run.repeats; ++i) {
    ROUNDOFF_TRY(const std::vector<Array> again, evaluation.all());
    const Array& output = again[static_cast<std::size_t>(graph.output)];
    run.unstable = std::max(run.unstable, run.output.size() - count_same_bits(run.output, output));
  }
  run.seconds = median_seconds(evaluation, run.repeats);
  run.notes = evaluation.notes();
  return run;
}

Result<Array> constant_array(const Node& node) {
  ROUNDOFF_TRY(Array out, Array::make(node.dtype, node.shape));
  for (std::int64_t i = 0; i < out.size(); ++i) out.set(i, node.value);
  return out;
}

Result<Array> move_elements(const Node& node, std::span<const Array> in) {
  std::vector<Array> typed;
  std::vector<Shape> shapes;
  for (const Array& array : in) {
    ROUNDOFF_TRY(Array same, array.dtype() == node.dtype ? Result<Array>(array) : cast(array, node.dtype));
    typed.push_back(std::move(same));
    shapes.push_back(array.shape());
  }
  ROUNDOFF_TRY(Array out, Array::make(node.dtype, node.shape));
  const std::size_t size = size_of(node.dtype);
  std::byte* to = out.mutable_bytes().data();
  for (const auto& source : std::get<Movement>(node.op->body).map(shapes, node.shape, node.attrs)) {
    const Array& from = typed[static_cast<std::size_t>(source.input)];
    std::memcpy(to, from.bytes().data() + static_cast<std::size_t>(source.index) * size, size);
    to += size;
  }
  return out;
}

}  // namespace roundoff
