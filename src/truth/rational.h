// Between balls and exact rationals.
#pragma once

#include <optional>

#include "balls/ball.h"
#include "balls/rational.h"

namespace roundoff::truth {

/// Numerators and denominators beyond this many bits are given up.
inline constexpr std::size_t kMostBits = 1 << 16;

/// The number, where the ball is one (a dyadic rational) of reasonable size.
[[nodiscard]] std::optional<Rational> rational_of(const Ball& ball);
/// Exactly x where it is dyadic with at most prec bits, else the ball of prec bits round it.
void set(Ball& out, const Rational& x, long prec);
/// Bits of numerator and denominator.
[[nodiscard]] std::size_t bits_of(const Rational& x);

}  // namespace roundoff::truth
