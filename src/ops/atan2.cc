// atan2(x1, x2): the angle in [−π, π] of the point with ordinate x1 and abscissa x2
#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

bool infinite(const Ball& ball) { return ball.kind() == Kind::pos_inf || ball.kind() == Kind::neg_inf; }

bool zero(const Ball& ball) { return ball.kind() == Kind::neg_zero || (ball.real() && arb_is_zero(ball.arb())); }

/// Whether the sign bit is set; nullopt where a ball holds numbers of both signs.
std::optional<bool> sign_bit(const Ball& ball) {
  if (ball.kind() == Kind::neg_inf || ball.kind() == Kind::neg_zero) return true;
  if (ball.kind() == Kind::pos_inf || arb_is_nonnegative(ball.arb())) return false;
  if (arb_is_negative(ball.arb())) return true;
  return std::nullopt;
}

/// Points at infinity, and those on the abscissa: multiples of π/4.
void set_direction(Ball& out, const Ball& y, const Ball& x, long prec) {
  const auto below = sign_bit(y);
  const auto left = infinite(y) && !infinite(x) ? std::optional(false) : sign_bit(x);
  if (!below || !left) return out.set_kind(Kind::undecided);
  int quarters = *left ? 4 : 0;
  if (infinite(y)) quarters = !infinite(x) ? 2 : *left ? 3 : 1;
  if (quarters == 0 && *below) return out.set_kind(Kind::neg_zero);
  set_angle(out, *below ? -quarters : quarters, prec);
}

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const Ball &y = *in[0], &x = *in[1];
  if (y.kind() == Kind::nan || x.kind() == Kind::nan) return out.set_kind(Kind::nan);
  for (const Ball* each : in) {
    if (!each->real() && !infinite(*each) && !zero(*each)) return out.set_kind(Kind::undecided);
  }
  if (infinite(y) || infinite(x) || zero(y)) return set_direction(out, y, x, prec);
  if (zero(x)) {
    const auto below = sign_bit(y);
    if (!below || arb_contains_zero(y.arb())) return out.set_kind(Kind::undecided);
    return set_angle(out, *below ? -2 : 2, prec);
  }
  arb_atan2(out.arb(), y.arb(), x.arb(), prec);
  out.settle();
}

}  // namespace

Op make_atan2() {
  return {
      .name = "atan2",
      .summary = "angle of the point with ordinate x1 and abscissa x2",
      .body = Elementwise{.arity = 2, .ball = ball, .any_kind = true},
      .allowance = opencl(6),
      .special_values =
          "atan2(±0, +0) = ±0, atan2(±0, -0) = ±π, atan2(±inf, +inf) = ±π/4, atan2(±inf, -inf) = ±3π/4, "
          "NaN if an argument is NaN, and the rest of C17 F.10.1.4",
      .sample = {{{-1, 1}, {-1e3, 1e3}}, {{-1, 1}, {-1e3, 1e3}}},
      .derivative = {"g * x2 / (square(x1) + square(x2))", "-g * x1 / (square(x1) + square(x2))"},
      .dtype = floating("atan2"),
  };
}

}  // namespace roundoff::ops
