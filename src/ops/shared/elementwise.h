// What the files of elementwise ops share: enclosures from Arb functions, special values, dtypes, allowances.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ops/op.h"

namespace roundoff::ops {

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Arguments = std::span<const Ball* const>;
using Numbers = std::span<const double>;
using Rationals = std::span<const Rational>;
using BallFunction = std::function<void(Ball&, Arguments, const Attrs&, long)>;
using SpecialFunction = std::function<std::optional<double>(Numbers, const Attrs&)>;

// ---- enclosures -------------------------------------------------------------------------------------------------

using ArbUnary = void (*)(arb_t, const arb_t, slong);
using ArbFunction = std::function<void(arb_ptr, arb_srcptr, slong)>;  ///< an ArbUnary that knows more than its argument
using ArbBinary = void (*)(arb_t, const arb_t, const arb_t, slong);

/// f where Arb's own enclosure is meant as it is: defined everywhere, or refused by Arb (not finite: undecided).
[[nodiscard]] BallFunction from_arb(ArbUnary f);
[[nodiscard]] BallFunction from_arb(ArbBinary f);
/// f monotone on the reals: wide balls are enclosed by f at their two ends, narrow ones as Arb does it.
[[nodiscard]] BallFunction monotone(ArbUnary f);

enum class Ends { closed, open };
/// f monotone on the interval from low to high: NaN where the ball lies outside, undecided where it lies across an end.
[[nodiscard]] BallFunction monotone_on(double low, double high, Ends ends, ArbUnary f);

/// out = f(x) for f monotone on all of x.
void set_monotone(Ball& out, const Ball& x, const ArbFunction& f, long prec);
/// Whether enclosing f(x) by its ends is tighter than by a derivative bound.
[[nodiscard]] bool is_wide(const Ball& x);
/// out = the interval [low, high], enclosed at `prec` bits (exactly where both are the same number).
void set_interval(Ball& out, arf_srcptr low, arf_srcptr high, long prec);
/// out = |x|: where x changes sign the ball from 0 to its farther end.
void set_abs(Ball& out, const Ball& x);
/// A positive (negative) real below 2^-(2^20), no tighter bound kept: the ball that ends at 0.
void set_tiny(Ball& out, bool negative = false);
/// A real nearer to `value` than 2^-(2^20), on either side.
void set_near(Ball& out, int value);
/// quarters · π/4
void set_angle(Ball& out, int quarters, long prec);

/// Exponentials of arguments beyond ±2^kGiantExponent are not computed: they are huge or tiny.
inline constexpr slong kGiantExponent = 64;
/// Whether all of x is at least 2^e (at most −2^e).
[[nodiscard]] bool above_2exp(const Ball& x, slong e);
[[nodiscard]] bool below_neg_2exp(const Ball& x, slong e);

// ---- special values ---------------------------------------------------------------------------------------------

/// What a function of one argument answers where arithmetic needs no rounding. NaN gives NaN.
struct Edges {
  std::optional<double> zero = {};  ///< at both zeros; where absent the ball decides
  bool keeps_zero = false;          ///< f(±0) = ±0
  double neg_inf = kNaN;
  double pos_inf = kNaN;
  std::vector<std::pair<double, double>> points = {};  ///< exact values f(first) = second
};
[[nodiscard]] SpecialFunction edges(Edges table);

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

// ---- dtypes -----------------------------------------------------------------------------------------------------

using DTypeRule = std::function<Result<DType>(std::span<const DType>, const Attrs&)>;
/// The promoted dtype, which must be floating (must not be bool); `name` is the op's, for the message.
[[nodiscard]] DTypeRule floating(std::string name);
[[nodiscard]] DTypeRule numeric(std::string name);

// ---- allowances -------------------------------------------------------------------------------------------------

/// A basic operation of IEEE 754-2019, clause 5.4: 1 ulp for the verdict, and conformance (half an ulp) reported apart.
[[nodiscard]] Allowance basic_operation();
/// The result is an argument, an integer or a truth value: nothing to round.
[[nodiscard]] Allowance nothing_to_round();
/// The maximum error that the OpenCL C specification grants single precision in the full profile.
[[nodiscard]] Allowance opencl(double ulps);

}  // namespace roundoff::ops
