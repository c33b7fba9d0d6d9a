// What the files of elementwise ops share: enclosures from Arb functions, allowances, the answers of IEEE 754 at
// special values.
#pragma once

#include <cmath>
#include <functional>
#include <optional>
#include <span>

#include "ops/op.h"

namespace roundoff::ops {

using Arguments = std::span<const Ball* const>;
using Numbers = std::span<const double>;
using ArbUnary = void (*)(arb_t, const arb_t, slong);
using ArbBinary = void (*)(arb_t, const arb_t, const arb_t, slong);
using BallFunction = std::function<void(Ball&, Arguments, const Attrs&, long)>;

/// f where Arb's own enclosure is meant as it is: defined everywhere, or refused by Arb (not finite: undecided).
[[nodiscard]] BallFunction from_arb(ArbUnary f);
[[nodiscard]] BallFunction from_arb(ArbBinary f);
/// f monotone on the reals: wide balls are enclosed by f at their two ends, narrow ones as Arb does it.
[[nodiscard]] BallFunction monotone(ArbUnary f);
/// monotone(), on [low, high] only: NaN where the ball lies outside, undecided where it lies across an end.
[[nodiscard]] BallFunction monotone_on(double low, double high, ArbUnary f);

/// out = f(x) for f monotone on all of x.
void set_monotone(Ball& out, const Ball& x, ArbUnary f, long prec);

// ---- where a ball lies ------------------------------------------------------------------------------------------

enum class Side { inside, outside, across };
/// Of the closed interval [low, high].
[[nodiscard]] Side side(const Ball& x, double low, double high);
/// Whether all of x is at least (at most) 2^e in size and positive (negative).
[[nodiscard]] bool above_2exp(const Ball& x, slong e);
[[nodiscard]] bool below_neg_2exp(const Ball& x, slong e);

/// Exponentials of arguments beyond ±2^kGiantExponent are not computed: they are huge or tiny.
inline constexpr slong kGiantExponent = 64;

/// A positive (negative) real below 2^-(2^20), no tighter bound kept: the ball that ends at 0.
void set_tiny(Ball& out, bool negative = false);

// ---- allowances -------------------------------------------------------------------------------------------------

/// A basic operation of IEEE 754-2019, clause 5.4: 1 ulp for the verdict, and conformance (half an ulp) reported apart.
[[nodiscard]] Allowance basic_operation();
/// The result is an argument, an integer or a truth value: nothing to round.
[[nodiscard]] Allowance nothing_to_round();
/// The maximum error that the OpenCL C specification grants single precision in the full profile.
[[nodiscard]] Allowance opencl(double ulps);

// ---- special values ---------------------------------------------------------------------------------------------

/// The IEEE 754 result of a basic operation where it needs no rounding: special arguments, or zero from zeros.
template <class F>
std::optional<double> ieee_special(Numbers x, F f) {
  bool special = false, zeros = true;
  for (const double each : x) {
    special = special || !std::isfinite(each);
    zeros = zeros && each == 0;
  }
  if (!special && !zeros) return std::nullopt;
  return f();
}

}  // namespace roundoff::ops
