// Recursive descent over the tokens. Precedence is Python's: comparisons, + -, * / // % @, unary + -, **.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numbers>
#include <optional>

#include "graph/attributes.h"
#include "graph/builder.h"
#include "graph/cursor.h"
#include "graph/differentiate.h"
#include "graph/graph.h"
#include "graph/literals.h"
#include "graph/operators.h"
#include "graph/suggest.h"

namespace roundoff {
namespace {

struct NamedConstant {
  std::string_view name;
  double value;
};
constexpr std::array kConstants = std::to_array<NamedConstant>({
    {"pi", std::numbers::pi},
    {"e", std::numbers::e},
    {"inf", std::numeric_limits<double>::infinity()},
    {"nan", std::numeric_limits<double>::quiet_NaN()},
});

constexpr std::array<std::string_view, 5> kHelpers = {"expand", "total", "average", "flip", "transposed"};
bool one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

enum class Dialect { expression, derivative };

class Parser {
 public:
  Parser(std::vector<Token> tokens, const Limits& limits, Dialect dialect)
      : cursor_(std::move(tokens)), limits_(limits), dialect_(dialect) {}

  Result<Graph> run(std::string_view text) {
    ROUNDOFF_TRY(const int output, expression(kComparison));
    if (cursor_.now().kind != Token::Kind::end) return cursor_.unexpected("the expression could end here");
    return std::move(builder_).finish(std::string(text), output);
  }

 private:
  // Counts the nesting of the recursive functions for as long as one runs.
  class Nesting {
   public:
    explicit Nesting(std::size_t& depth) : depth_(depth) { ++depth_; }
    ~Nesting() { --depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    std::size_t& depth_;
  };

  Status check_depth() const {
    if (depth_ <= limits_.depth) return {};
    return error_at(cursor_.column(), fmt::format("the expression is nested deeper than {} levels", limits_.depth),
                    "compute a part of it beforehand and give it as an input");
  }

  // ---- nodes ----------------------------------------------------------------------------------------------------

  Result<int> add(Node node) {
    const int column = node.column;
    const int index = builder_.add(std::move(node));
    if (builder_.size() <= limits_.nodes) return index;
    return error_at(column, fmt::format("the expression has more than {} nodes", limits_.nodes), "split the function");
  }

  Result<int> constant(double value, bool integral, int column, std::string_view name = {}) {
    return add({.role = Node::Role::constant,
                .name = std::string(name),
                .value = value,
                .integral = integral,
                .column = column});
  }

  Result<int> call_of(const Op& op, std::vector<int> arguments, Attrs given, int column) {
    Attrs attrs = std::move(given);
    // In a derivative a missing axis is the differentiated node's, so its default waits.
    if (dialect_ == Dialect::expression) {
      ROUNDOFF_TRY(attrs, completed(op, std::move(attrs), column));
    }
    return add({.op = &op, .name = op.name, .in = std::move(arguments), .attrs = std::move(attrs), .column = column});
  }

  static Result<const Op*> op_of(std::string_view symbol, std::string_view name, int column) {
    if (const Op* op = find_op(name)) return op;
    return error_at(column, fmt::format("{} needs the op {}, which does not exist", symbol, name), suggest_op(name));
  }

  Result<int> apply(std::string_view symbol, std::string_view name, std::vector<int> arguments, int column) {
    ROUNDOFF_TRY(const Op* op, op_of(symbol, name, column));
    return call_of(*op, std::move(arguments), {}, column);
  }

  // ---- grammar --------------------------------------------------------------------------------------------------

  Result<int> expression(int precedence) {
    const Nesting nesting(depth_);
    ROUNDOFF_CHECK(check_depth());
    ROUNDOFF_TRY(int left, unary());
    for (const Operator* op = infix(); op != nullptr && op->precedence >= precedence; op = infix()) {
      const int column = cursor_.take().column;
      ROUNDOFF_TRY(const int right, expression(op->precedence + 1));
      ROUNDOFF_TRY(left, apply(op->symbol, op->op, {left, right}, column));
      const Operator* next = infix();
      if (op->precedence == kComparison && next != nullptr && next->precedence == kComparison) {
        return error_at(cursor_.column(), "comparisons cannot be chained", "put one of them in parentheses");
      }
    }
    return left;
  }

  [[nodiscard]] const Operator* infix() const {
    if (cursor_.now().kind != Token::Kind::symbol) return nullptr;
    const auto* found = std::find_if(kOperators.begin(), kOperators.end(),
                                     [this](const Operator& o) { return o.symbol == cursor_.now().text; });
    return found == kOperators.end() ? nullptr : found;
  }

  Result<int> unary() {
    if (!cursor_.at("-") && !cursor_.at("+")) return power();
    const Nesting nesting(depth_);
    ROUNDOFF_CHECK(check_depth());
    const Token sign = cursor_.take();
    ROUNDOFF_TRY(const int operand, unary());
    if (sign.text == "+") return operand;
    const Node& node = builder_[operand];
    if (node.role == Node::Role::constant && node.name.empty()) {
      // Python's integers have no −0.
      const double value = node.integral && node.value == 0 ? 0.0 : -node.value;
      return constant(value, node.integral, sign.column);
    }
    return apply("-", "negative", {operand}, sign.column);
  }

  Result<int> power() {
    ROUNDOFF_TRY(const int base, subscripted());
    if (!cursor_.at("**")) return base;
    const Nesting nesting(depth_);
    ROUNDOFF_CHECK(check_depth());
    const int column = cursor_.take().column;
    ROUNDOFF_TRY(const int exponent, unary());
    return apply("**", "pow", {base, exponent}, column);
  }

  Result<int> subscripted() {
    ROUNDOFF_TRY(int node, primary());
    while (cursor_.at("[")) {
      const int column = cursor_.take().column;
      ROUNDOFF_TRY(const Op* op, op_of("[]", "slice", column));
      ROUNDOFF_TRY(Attrs attrs, read_subscript(cursor_));
      ROUNDOFF_TRY(node, call_of(*op, {node}, std::move(attrs), column));
    }
    return node;
  }

  Result<int> primary() {
    const Token& token = cursor_.now();
    switch (token.kind) {
      case Token::Kind::number: {
        const Token number = cursor_.take();
        return constant(number.value, number.integral, number.column);
      }
      case Token::Kind::name:
        if (cursor_.before("(")) return call();
        return named();
      case Token::Kind::word:
        return error_at(token.column, fmt::format("'{}' is a word, not an array", shortened(token.text)),
                        "names are written without quotes");
      case Token::Kind::symbol:
        if (cursor_.take_if("(")) return parenthesised();
        if (cursor_.at("[")) return error_at(token.column, "a list is not an array", "arrays are given as inputs");
        break;
      case Token::Kind::end:
        break;
    }
    return cursor_.unexpected("an array, a constant or '(' is wanted here");
  }

  Result<int> parenthesised() {
    ROUNDOFF_TRY(const int inside, expression(kComparison));
    if (cursor_.at(",")) return error_at(cursor_.column(), "a tuple is not an array", "give the arrays one by one");
    ROUNDOFF_CHECK(cursor_.expect(")", "is wanted here"));
    return inside;
  }

  Result<int> named() {
    if (is_python_word(cursor_.now().text)) return cursor_.unexpected("");
    const Token token = cursor_.take();
    const std::string_view name = token.text;
    if (name.find('.') != std::string_view::npos) {
      return error_at(token.column,
                      fmt::format("'{}' has a dot; there are no modules and no methods here", shortened(name)),
                      "write f(x), not module.f(x) or x.f()");
    }
    if (name == "None" || name == "True" || name == "False") {
      return error_at(token.column, fmt::format("{} is a value of an attribute, not an array", name),
                      "constants are numbers");
    }
    const auto* constant_named =
        std::find_if(kConstants.begin(), kConstants.end(), [name](const NamedConstant& c) { return c.name == name; });
    if (constant_named != kConstants.end()) {
      if (dialect_ == Dialect::expression) return constant(constant_named->value, false, token.column, name);
      if (name == "pi") {
        ROUNDOFF_TRY(const int minus_one, constant(-1, true, token.column));
        return apply(name, "acos", {minus_one}, token.column);
      }
    }
    return add({.role = Node::Role::input, .name = std::string(name), .column = token.column});
  }

  // ---- calls ----------------------------------------------------------------------------------------------------

  Result<int> call() {
    const Token name = cursor_.take();
    cursor_.take();  // "("
    if (name.text == "grad" && dialect_ == Dialect::expression) return gradient(name.column);
    if (dialect_ == Dialect::derivative && one_of(name.text, kHelpers)) return helper(name);
    const Op* op = find_op(name.text);
    if (op == nullptr) {
      return error_at(name.column, fmt::format("unknown op {}", shortened(name.text)), suggest_op(name.text));
    }
    ROUNDOFF_TRY(Arguments arguments, arguments_of(*op));
    return call_of(*op, std::move(arguments.arrays), std::move(arguments.attrs), name.column);
  }

  Result<int> gradient(int column) {
    constexpr std::string_view kForm = "the form is grad(expression, input)";
    ROUNDOFF_TRY(const int function, expression(kComparison));
    if (!cursor_.take_if(",") || cursor_.at(")"))
      return error_at(cursor_.column(), "grad takes 2 arguments, a function and an input", std::string(kForm));
    if (cursor_.now().kind != Token::Kind::name || !(cursor_.before(")") || cursor_.before(","))) {
      return error_at(cursor_.column(), "the second argument of grad must be the name of an input", std::string(kForm));
    }
    ROUNDOFF_TRY(const int input, named());
    cursor_.take_if(",");
    ROUNDOFF_CHECK(cursor_.expect(")", "is wanted here: grad takes 2 arguments"));
    return add({.role = Node::Role::gradient, .name = "grad", .in = {function, input}, .column = column});
  }

  Result<int> helper(const Token& name) {
    ROUNDOFF_TRY(const int inside, expression(kComparison));
    ROUNDOFF_CHECK(cursor_.expect(")", "is wanted here"));
    return add({.name = std::string(name.text), .in = {inside}, .column = name.column});
  }

  struct Arguments {
    std::vector<int> arrays;
    Attrs attrs;
  };

  // Arrays come first, as many as the op may take; what follows by position are its attributes in their order.
  Result<Arguments> arguments_of(const Op& op) {
    Arguments arguments;
    std::size_t position = 0;
    bool keyword_seen = false;
    const auto most = static_cast<std::size_t>(op.arity_max);
    while (!cursor_.take_if(")")) {
      const int column = cursor_.column();
      if (cursor_.now().kind == Token::Kind::name && cursor_.before("=")) {
        keyword_seen = true;
        const Token name = cursor_.take();
        cursor_.take();  // "="
        ROUNDOFF_CHECK(attribute(op, name.text, column, arguments.attrs));
      } else if (keyword_seen) {
        return error_at(column, "a positional argument follows a keyword argument", "positional arguments come first");
      } else if (arguments.arrays.empty() && op.arity_max > op.arity_min && cursor_.at("[")) {
        ROUNDOFF_TRY(arguments.arrays, array_list(op));
        position = most;
      } else if (position < most) {
        ROUNDOFF_TRY(const int array, expression(kComparison));
        arguments.arrays.push_back(array);
        ++position;
      } else if (position - most < op.attrs.size()) {
        ROUNDOFF_CHECK(attribute(op, op.attrs[position++ - most].name, column, arguments.attrs));
      } else {
        return error_at(column, fmt::format("{} takes {}: this argument is too much", op.name, arity(op)), extras(op));
      }
      ROUNDOFF_CHECK(cursor_.separator(")"));
    }
    if (arguments.arrays.size() < static_cast<std::size_t>(op.arity_min)) {
      return error_at(cursor_.column(), fmt::format("{} takes {}, not {}", op.name, arity(op), arguments.arrays.size()),
                      op.summary);
    }
    return arguments;
  }

  Result<std::vector<int>> array_list(const Op& op) {
    cursor_.take();  // "["
    std::vector<int> arrays;
    while (!cursor_.take_if("]")) {
      if (arrays.size() == static_cast<std::size_t>(op.arity_max))
        return error_at(cursor_.column(), fmt::format("{} takes {}", op.name, arity(op)), "leave some out");
      ROUNDOFF_TRY(const int array, expression(kComparison));
      arrays.push_back(array);
      ROUNDOFF_CHECK(cursor_.separator("]"));
    }
    return arrays;
  }

  static std::string arity(const Op& op) {
    if (op.arity_min == op.arity_max) {
      std::string names = "x1";
      for (int i = 2; i <= op.arity_max; ++i) names += fmt::format(", x{}", i);
      return fmt::format("{} array{} ({})", op.arity_min, op.arity_min == 1 ? "" : "s", names);
    }
    constexpr int kCountable = 16;
    return op.arity_max > kCountable ? fmt::format("{} or more arrays", op.arity_min)
                                     : fmt::format("{} to {} arrays", op.arity_min, op.arity_max);
  }

  static std::string extras(const Op& op) {
    std::vector<std::string_view> names;
    for (const AttrSpec& a : op.attrs) names.push_back(a.name);
    return names.empty() ? "it has no attributes" : fmt::format("its attributes are {}", fmt::join(names, ", "));
  }

  Status attribute(const Op& op, std::string_view name, int column, Attrs& attrs) {
    ROUNDOFF_TRY(const AttrSpec* spec, attribute_of(op, name, column));
    ROUNDOFF_TRY(const Literal written, read_literal(cursor_));
    ROUNDOFF_TRY(AttrValue value, value_of(op, *spec, written));
    if (attrs.emplace(name, std::move(value)).second) return {};
    return error_at(column, fmt::format("{}: {} is given twice", op.name, name), "give it once");
  }

  Cursor cursor_;
  std::size_t depth_ = 0;
  Limits limits_;
  Dialect dialect_;
  Builder builder_;
};

Result<Graph> parse(std::string_view text, const Limits& limits, Dialect dialect) {
  if (text.size() > limits.length) {
    return error_at(1, fmt::format("the expression has {} characters, more than {}", text.size(), limits.length),
                    "split the function");
  }
  ROUNDOFF_TRY(std::vector<Token> tokens, tokens_of(text));
  return Parser(std::move(tokens), limits, dialect).run(text);
}

}  // namespace

Result<Graph> parse_expression(std::string_view text, const Limits& limits) {
  return parse(text, limits, Dialect::expression);
}

Result<Graph> parse_derivative(std::string_view text) { return parse(text, {}, Dialect::derivative); }

}  // namespace roundoff
