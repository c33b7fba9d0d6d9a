// Functions to the integers, decided exactly from exact arguments and enclosed from others.
#pragma once

#include "ops/shared/elementwise.h"

namespace roundoff::ops {

enum class Direction { down, up, to_zero, to_even };

/// The body of floor, ceil, trunc and round.
[[nodiscard]] Elementwise integer_step(Direction direction);

/// ⌊x⌋ and its kin on rationals.
[[nodiscard]] Rational to_integer(const Rational& x, Direction direction);

/// The quotient ⌊a/b⌋ and remainder a − b·⌊a/b⌋ of exact finite numbers, b ≠ 0; false where their exponents lie so far
/// apart that the integers would fill the memory.
[[nodiscard]] bool divide_exactly(const Ball& a, const Ball& b, Ball& quotient, Ball& remainder);

}  // namespace roundoff::ops
