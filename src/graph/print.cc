// Graphs as text: expressions for people, JSON for workers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "graph/graph.h"
#include "graph/operators.h"

namespace roundoff {
namespace {

std::string to_text(std::int64_t integer) { return integer == kNoneInt ? "None" : fmt::format("{}", integer); }

// With a mark that it is no integer, so that it reads back as what it is.
std::string to_text(double value) {
  std::string text = shortest(DType::float64, value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string to_text(const std::vector<std::int64_t>& list) {
  std::string text = "(";
  for (std::size_t i = 0; i < list.size(); ++i) text += (i > 0 ? ", " : "") + to_text(list[i]);
  return text + (list.size() == 1 ? ",)" : ")");
}

std::string to_text(const AttrSpec& spec, const AttrValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return to_text(*integer);
  if (const auto* number = std::get_if<double>(&value)) return to_text(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "True" : "False";
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) return to_text(*list);
  if (const auto* word = std::get_if<std::string>(&value)) {
    return spec.type == AttrType::dtype ? *word : fmt::format("'{}'", *word);
  }
  return "None";
}

// "1:3, ::-1, 0", the inverse of what read_subscript() does.
std::string subscript(const Attrs& attrs) {
  const auto starts = list_attr(attrs, "starts"), stops = list_attr(attrs, "stops"), steps = list_attr(attrs, "steps"),
             drop = list_attr(attrs, "drop");
  std::string text;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (i > 0) text += ", ";
    if (starts[i] != kNoneInt) text += to_text(starts[i]);
    if (i < drop.size() && drop[i] != 0) continue;
    text += ":";
    if (i < stops.size() && stops[i] != kNoneInt) text += to_text(stops[i]);
    if (i < steps.size() && steps[i] != 1) text += ":" + to_text(steps[i]);
  }
  return text;
}

// Writes from the output down with a stack of its own: a graph may be far deeper than an expression.
class Printer {
 public:
  explicit Printer(const Graph& graph) : graph_(graph) {}

  std::string run(int node) {
    todo_.push_back(part(node, 0));
    while (!todo_.empty()) {
      const Part next = std::move(todo_.back());
      todo_.pop_back();
      if (next.node >= 0) {
        expand(next);
      } else {
        out_ += next.text;
      }
      // Shared nodes are written out wherever they are used, which can be exponentially often.
      constexpr std::size_t kMost = 100'000;
      if (out_.size() > kMost) {
        out_.resize(kMost);
        out_ += "…";
        break;
      }
    }
    return std::move(out_);
  }

 private:
  struct Part {
    std::string text;
    int node = -1;  ///< or a node, in parentheses if it binds less than `precedence`
    int precedence = 0;
  };

  static Part part(int node, int precedence) { return {.text = {}, .node = node, .precedence = precedence}; }
  static Part part(std::string text) { return {.text = std::move(text)}; }

  void push(std::vector<Part> parts, bool parentheses) {
    if (parentheses) todo_.push_back(part(")"));
    std::move(parts.rbegin(), parts.rend(), std::back_inserter(todo_));
    if (parentheses) todo_.push_back(part("("));
  }

  void expand(const Part& wanted) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(wanted.node)];
    switch (node.role) {
      case Node::Role::input:
        out_ += node.name;
        break;
      case Node::Role::constant:
        constant(node, wanted.precedence);
        break;
      case Node::Role::gradient:
        push({part("grad("), part(node.in[0], 0), part(", "), part(node.in[1], 0), part(")")}, false);
        break;
      case Node::Role::op:
        op(node, wanted.precedence);
        break;
    }
  }

  void constant(const Node& node, int precedence) {
    if (!node.name.empty()) {
      out_ += node.name;
      return;
    }
    const std::string text = node.integral ? fmt::format("{:.0f}", node.value) : to_text(node.value);
    push({part(text)}, std::signbit(node.value) && precedence > kUnary);
  }

  void op(const Node& node, int precedence) {
    const auto* infix =
        std::find_if(kOperators.begin(), kOperators.end(), [&node](const Operator& o) { return o.op == node.name; });
    if (infix != kOperators.end() && node.in.size() == 2) {
      // ** is the only one from right to left, and takes a sign on its right.
      const bool power = infix->precedence == kPower;
      const bool comparison = infix->precedence == kComparison;
      const int left = power || comparison ? infix->precedence + 1 : infix->precedence;
      const int right = power ? kUnary : infix->precedence + 1;
      push({part(node.in[0], left), part(fmt::format(" {} ", infix->symbol)), part(node.in[1], right)},
           infix->precedence < precedence);
    } else if (node.name == "negative") {
      // A sign before a constant would be read as part of the constant.
      const Node& operand = graph_.nodes[static_cast<std::size_t>(node.in[0])];
      if (operand.role == Node::Role::constant && operand.name.empty()) return call(node);
      push({part("-"), part(node.in[0], kUnary)}, kUnary < precedence);
    } else if (node.name == "slice" && !list_attr(node.attrs, "starts").empty()) {
      push({part(node.in[0], kPostfix), part("[" + subscript(node.attrs) + "]")}, false);
    } else {
      call(node);
    }
  }

  void call(const Node& node) {
    std::vector<Part> parts{part(node.name + "(")};
    std::string separator;
    for (const int argument : node.in) {
      parts.push_back(part(separator));
      parts.push_back(part(argument, 0));
      separator = ", ";
    }
    for (const auto& [name, value] : node.attrs) {
      const auto spec = std::find_if(node.op->attrs.begin(), node.op->attrs.end(),
                                     [&name = name](const AttrSpec& a) { return a.name == name; });
      if (spec == node.op->attrs.end() || spec->standard == value) continue;
      parts.push_back(part(fmt::format("{}{}={}", separator, name, to_text(*spec, value))));
      separator = ", ";
    }
    parts.push_back(part(")"));
    push(std::move(parts), false);
  }

  const Graph& graph_;
  std::vector<Part> todo_;
  std::string out_;
};

nlohmann::ordered_json json_of(const AttrValue& value) {
  const auto integer = [](std::int64_t i) {
    return i == kNoneInt ? nlohmann::ordered_json() : nlohmann::ordered_json(i);
  };
  if (const auto* one = std::get_if<std::int64_t>(&value)) return integer(*one);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* word = std::get_if<std::string>(&value)) return *word;
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    auto array = nlohmann::ordered_json::array();
    for (const std::int64_t item : *list) array.push_back(integer(item));
    return array;
  }
  return {};
}

nlohmann::ordered_json json_of(const Node& node) {
  nlohmann::ordered_json json;
  switch (node.role) {
    case Node::Role::input:
      json["op"] = "input";
      json["name"] = node.name;
      break;
    case Node::Role::constant:
      json["op"] = "constant";
      json["value"] = hex(node.value);
      json["integral"] = node.integral;
      break;
    case Node::Role::op:
      json["op"] = node.name;
      break;
    case Node::Role::gradient:
      json["op"] = "grad";
      break;
  }
  json["in"] = node.in;
  json["attrs"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : node.attrs) json["attrs"][name] = json_of(value);
  json["dtype"] = name_of(node.dtype);
  json["shape"] = node.shape;
  return json;
}

}  // namespace

std::string expression_of(const Graph& graph, int node) { return Printer(graph).run(node); }

std::string to_json(const Graph& graph) {
  nlohmann::ordered_json json;
  json["nodes"] = nlohmann::ordered_json::array();
  for (const Node& node : graph.nodes) json["nodes"].push_back(json_of(node));
  json["output"] = graph.output;
  return json.dump();
}

}  // namespace roundoff
