// Operators of the expression language: one table for the parser and for the printer.
#pragma once

#include <array>
#include <string_view>

namespace roundoff {

/// Precedence as in Python; a higher one binds tighter.
inline constexpr int kComparison = 1, kSum = 2, kProduct = 3, kUnary = 4, kPower = 5, kPostfix = 6;

struct Operator {
  std::string_view symbol, op;
  int precedence;
};

/// Binary operators, all from left to right but **, which goes from right to left.
inline constexpr std::array kOperators = std::to_array<Operator>({
    {"<", "less", kComparison},
    {"<=", "less_equal", kComparison},
    {">", "greater", kComparison},
    {">=", "greater_equal", kComparison},
    {"==", "equal", kComparison},
    {"!=", "not_equal", kComparison},
    {"+", "add", kSum},
    {"-", "subtract", kSum},
    {"*", "multiply", kProduct},
    {"/", "divide", kProduct},
    {"//", "floor_divide", kProduct},
    {"%", "remainder", kProduct},
    {"@", "matmul", kProduct},
    {"**", "pow", kPower},
});

}  // namespace roundoff
