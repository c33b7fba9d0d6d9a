// Shapes and dtypes. Constants, and expressions of constants only, are weak: they take the dtype of what they meet.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "graph/builder.h"
#include "graph/lexer.h"

namespace roundoff {
namespace {

using Signatures = std::map<std::string, Signature, std::less<>>;

class Inference {
 public:
  Inference(Graph graph, const Signatures& inputs) : graph_(std::move(graph)), inputs_(inputs) {}

  Result<Graph> run() {
    ROUNDOFF_CHECK(check_inputs());
    std::vector<DType> floats;
    for (const auto& [name, signature] : inputs_) {
      if (is_float(signature.dtype)) floats.push_back(signature.dtype);
    }
    if (!floats.empty()) {
      ROUNDOFF_TRY(common_, promote(floats));
    }
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      weak_.push_back(is_weak(graph_.nodes[i]));
      done_.push_back(-1);
      if (!weak_[i]) {
        ROUNDOFF_TRY(done_[i], strong(graph_.nodes[i]));
      }
    }
    ROUNDOFF_TRY(const int output, resolved(graph_.output, common_));
    return std::move(builder_).finish(graph_.text, output);
  }

 private:
  // A named constant such as e is an input where the caller gives one of that name.
  [[nodiscard]] bool is_input(const Node& node) const {
    return node.role == Node::Role::input || (node.role == Node::Role::constant && inputs_.contains(node.name));
  }

  [[nodiscard]] bool is_weak(const Node& node) const {
    if (node.role == Node::Role::constant) return !is_input(node);
    const auto weak = [this](int argument) { return weak_[static_cast<std::size_t>(argument)]; };
    return node.role == Node::Role::op && std::all_of(node.in.begin(), node.in.end(), weak);
  }

  [[nodiscard]] Status check_inputs() const {
    std::vector<std::string> used;
    for (const Node& node : graph_.nodes) {
      if (!is_input(node)) continue;
      used.push_back(node.name);
      if (inputs_.contains(node.name)) continue;
      return error_at(node.column, fmt::format("the input {} is not given", node.name),
                      fmt::format("say --input {}=…, or check the name", node.name));
    }
    for (const auto& [name, signature] : inputs_) {
      if (!is_computed(signature.dtype)) {
        return Error{.code = Code::usage,
                     .what = fmt::format("no function is computed in {}", name_of(signature.dtype)),
                     .place = fmt::format("input {}", name),
                     .remedy = "widen it to float16 or float32"};
      }
      if (std::find(used.begin(), used.end(), name) != used.end()) continue;
      return Error{.code = Code::usage,
                   .what = "it is given and the expression does not use it",
                   .place = fmt::format("input {}", name),
                   .remedy = used.empty() ? "the expression has no inputs"
                                          : fmt::format("the expression uses {}", fmt::join(used, ", "))};
    }
    return {};
  }

  Result<int> strong(const Node& node) {
    if (is_input(node)) return input(node);
    if (node.role == Node::Role::gradient) return gradient(node);
    ROUNDOFF_TRY(const DType wanted, met_by_weak(node));
    std::vector<int> arguments;
    for (const int argument : node.in) {
      ROUNDOFF_TRY(const int in, resolved(argument, wanted));
      arguments.push_back(in);
    }
    return emit(node, std::move(arguments));
  }

  Result<int> input(const Node& node) {
    const Signature& signature = inputs_.find(node.name)->second;
    Node out = node;
    out.role = Node::Role::input;
    out.value = 0;
    out.dtype = signature.dtype;
    out.shape = signature.shape;
    return builder_.add(std::move(out));
  }

  Result<int> gradient(const Node& node) {
    const Node& variable = graph_.nodes[static_cast<std::size_t>(node.in[1])];
    if (!is_input(variable)) {
      return error_at(node.column, fmt::format("grad with respect to {}, which is not an input", variable.name),
                      "give an input of that name, or name another");
    }
    Node out = node;
    ROUNDOFF_TRY(out.in[0], resolved(node.in[0], common_));
    out.in[1] = done_[static_cast<std::size_t>(node.in[1])];
    out.dtype = builder_[out.in[1]].dtype;
    out.shape = builder_[out.in[1]].shape;
    for (const int in : out.in) {
      if (is_float(builder_[in].dtype)) continue;
      return error_at(node.column,
                      fmt::format("grad of what is {}: only floats have gradients", name_of(builder_[in].dtype)),
                      "convert it with astype, or give it another dtype");
    }
    return builder_.add(std::move(out));
  }

  // Booleans choose, they do not set the dtype of what is chosen: where(x > 0, y, 0).
  Result<DType> met_by_weak(const Node& node) const {
    std::vector<DType> dtypes;
    for (const int argument : node.in) {
      if (weak_[static_cast<std::size_t>(argument)]) continue;
      const DType dtype = builder_[done_[static_cast<std::size_t>(argument)]].dtype;
      if (dtype != DType::bool_) dtypes.push_back(dtype);
    }
    if (dtypes.empty()) return common_;
    auto met = promote(dtypes);
    if (!met.ok()) return located(node, met.error());
    return met;
  }

  // Where the argument is weak, the node that it becomes in this dtype. An integer dtype is taken on by integers only.
  Result<int> resolved(int argument, DType dtype) {
    const auto i = static_cast<std::size_t>(argument);
    if (!weak_[i]) return done_[i];
    return weak_in(i, is_float(dtype) || graph_.nodes[i].integral ? dtype : common_);
  }

  // All weak nodes up to i in this dtype, in order; what the output does not need is pruned later.
  Result<int> weak_in(std::size_t i, DType dtype) {
    std::vector<Result<int>>& known = weak_nodes_[dtype];
    while (known.size() <= i) {
      const Node& node = graph_.nodes[known.size()];
      known.push_back(weak_[known.size()] ? weak_node(node, known, dtype) : Result<int>(-1));
    }
    return known[i];
  }

  Result<int> weak_node(const Node& node, const std::vector<Result<int>>& known, DType dtype) {
    if (node.role == Node::Role::constant) {
      Node out = node;
      out.dtype = dtype;
      return builder_.add(std::move(out));
    }
    std::vector<int> arguments;
    for (const int argument : node.in) {
      ROUNDOFF_TRY(const int in, known[static_cast<std::size_t>(argument)]);
      arguments.push_back(in);
    }
    return emit(node, std::move(arguments));
  }

  Result<int> emit(const Node& node, std::vector<int> arguments) {
    Node out = node;
    out.in = std::move(arguments);
    return builder_.add_inferred(std::move(out));
  }

  Graph graph_;
  const Signatures& inputs_;
  DType common_ = DType::float64;  // of expressions that meet no input: the promotion of all inputs
  std::vector<bool> weak_;
  std::vector<int> done_;  // the node in builder_; -1: weak
  std::map<DType, std::vector<Result<int>>> weak_nodes_;
  Builder builder_;
};

}  // namespace

Result<Graph> infer(Graph graph, const Signatures& inputs) { return Inference(std::move(graph), inputs).run(); }

}  // namespace roundoff
