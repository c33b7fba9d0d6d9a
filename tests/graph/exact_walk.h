// A second, tiny evaluator for tests: every node of an inferred graph on balls of one high precision, no rounding to
// dtypes anywhere.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace roundoff {

using Balls = std::vector<Ball>;

class ExactWalk {
 public:
  ExactWalk(const Graph& graph, long prec) : graph_(graph), prec_(prec) {}

  /// The output's elements. Gradient nodes are not understood.
  Balls run(const std::map<std::string, Balls>& inputs) {
    values_.clear();
    for (const Node& node : graph_.nodes) values_.push_back(value(node, inputs));
    return values_[static_cast<std::size_t>(graph_.output)];
  }

 private:
  const Shape& shape(int node) const { return graph_.nodes[static_cast<std::size_t>(node)].shape; }
  const Balls& values(int node) const { return values_[static_cast<std::size_t>(node)]; }

  Balls value(const Node& node, const std::map<std::string, Balls>& inputs) {
    if (node.role == Node::Role::input) return inputs.at(node.name);
    if (node.role == Node::Role::constant) {
      Balls one(1);
      one[0].set_double(node.value);
      return one;
    }
    if (node.name == "astype") return values(node.in[0]);
    if (const auto* f = std::get_if<Elementwise>(&node.op->body)) return elementwise(*f, node);
    if (const auto* f = std::get_if<Fiber>(&node.op->body)) return fiber(*f, node);
    if (const auto* f = std::get_if<Contraction>(&node.op->body)) return contraction(*f, node);
    return movement(std::get<Movement>(node.op->body), node);
  }

  static std::size_t count(const Shape& shape) { return static_cast<std::size_t>(*count_of(shape)); }

  // The flat index in an array of shape `from` that broadcasting puts at `flat` of `to`.
  static std::size_t source(std::size_t flat, const Shape& to, const Shape& from) {
    std::size_t index = 0, stride = 1;
    for (std::size_t i = 0; i < to.size(); ++i) {
      const auto size = static_cast<std::size_t>(to[to.size() - 1 - i]);
      const std::size_t at = flat % size;
      flat /= size;
      if (i >= from.size()) continue;
      const auto own = static_cast<std::size_t>(from[from.size() - 1 - i]);
      if (own != 1) index += at * stride;
      stride *= own;
    }
    return index;
  }

  Balls elementwise(const Elementwise& f, const Node& node) {
    Balls out(count(node.shape));
    for (std::size_t i = 0; i < out.size(); ++i) {
      std::vector<const Ball*> in;
      for (const int argument : node.in) in.push_back(&values(argument)[source(i, node.shape, shape(argument))]);
      evaluate(f, out[i], in, node.attrs, prec_);
    }
    return out;
  }

  // Fibers of several arguments (vecdot) do not exist here: those are contractions.
  Balls fiber(const Fiber& f, const Node& node) {
    const Shape& in = shape(node.in[0]);
    const auto axes = *axes_of(node.attrs, in.size());
    const auto along = [&axes](std::size_t i) {
      return std::count(axes.begin(), axes.end(), static_cast<std::int64_t>(i));
    };
    std::map<std::vector<std::int64_t>, std::vector<std::size_t>> fibers;  // other indices -> elements, in order
    for (std::size_t flat = 0; flat < count(in); ++flat) {
      std::vector<std::int64_t> key;
      std::size_t rest = flat;
      for (std::size_t i = in.size(); i-- > 0;) {
        const auto size = static_cast<std::size_t>(in[i]);
        if (!along(i)) key.insert(key.begin(), static_cast<std::int64_t>(rest % size));
        rest /= size;
      }
      fibers[key].push_back(flat);
    }
    Balls out(count(node.shape));
    std::size_t next = 0;
    for (const auto& [key, elements] : fibers) {
      Balls part, result(f.scan ? elements.size() : 1);
      for (const std::size_t e : elements) part.push_back(values(node.in[0])[e]);
      f.ball(result, part, node.attrs, prec_);
      if (f.scan) {
        for (std::size_t i = 0; i < elements.size(); ++i) out[elements[i]] = result[i];
      } else {
        out[next++] = result[0];
      }
    }
    return out;
  }

  Balls contraction(const Contraction& f, const Node& node) {
    const auto plan = f.plan(shape(node.in[0]), shape(node.in[1]), node.attrs);
    const Balls &left = values(node.in[0]), &right = values(node.in[1]);
    Balls out(count(node.shape));
    std::size_t next = 0;
    for (std::size_t b = 0; b < static_cast<std::size_t>(plan.batch); ++b) {
      for (std::int64_t i = 0; i < plan.m; ++i) {
        for (std::int64_t j = 0; j < plan.n; ++j, ++next) {
          for (std::int64_t k = 0; k < plan.k; ++k) {
            const auto& l = left[static_cast<std::size_t>(plan.left_batch[b] + i * plan.left_row + k * plan.left_col)];
            const auto& r =
                right[static_cast<std::size_t>(plan.right_batch[b] + k * plan.right_row + j * plan.right_col)];
            arb_addmul(out[next].arb(), l.arb(), r.arb(), prec_);
          }
        }
      }
    }
    return out;
  }

  Balls movement(const Movement& f, const Node& node) {
    std::vector<Shape> shapes;
    for (const int argument : node.in) shapes.push_back(shape(argument));
    Balls out;
    for (const auto& from : f.map(shapes, node.shape, node.attrs)) {
      out.push_back(values(node.in[static_cast<std::size_t>(from.input)])[static_cast<std::size_t>(from.index)]);
    }
    return out;
  }

  const Graph& graph_;
  long prec_;
  std::vector<Balls> values_;
};

}  // namespace roundoff
