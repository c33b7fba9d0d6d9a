#include "truth/dot_balls.h"

#include "balls/held.h"

namespace roundoff::truth {
namespace {

bool exactly_zero(const Ball& x) { return x.kind() == Kind::neg_zero || (x.real() && arb_is_zero(x.arb())); }
bool infinite(Kind kind) { return kind == Kind::pos_inf || kind == Kind::neg_inf; }

/// −1 or 1; 0 where the ball holds both signs or zero.
int sign_of(const Ball& x) {
  switch (x.kind()) {
    case Kind::pos_inf:
    case Kind::huge_pos:
      return 1;
    case Kind::neg_inf:
    case Kind::huge_neg:
      return -1;
    case Kind::real:
      return arb_is_positive(x.arb()) ? 1 : arb_is_negative(x.arb()) ? -1 : 0;
    default:
      return 0;
  }
}

/// Whether |x| ≥ 1 for all of the ball.
bool at_least_one(const Ball& x) {
  if (!x.real()) return true;
  Arf low;
  arb_get_abs_lbound_arf(low, x.arb(), 64);
  return arf_cmpabs_2exp_si(low, 0) >= 0;
}

/// The Kind of x · y where one of them is not real.
Kind product_kind(const Ball& x, const Ball& y) {
  if (x.kind() == Kind::nan || y.kind() == Kind::nan) return Kind::nan;
  if (x.kind() == Kind::undecided || y.kind() == Kind::undecided) return Kind::undecided;
  const bool endless = infinite(x.kind()) || infinite(y.kind());
  if (exactly_zero(x) || exactly_zero(y)) return endless ? Kind::nan : Kind::real;
  const int sign = sign_of(x) * sign_of(y);
  if (sign == 0) return Kind::undecided;
  if (endless) return sign > 0 ? Kind::pos_inf : Kind::neg_inf;
  if (!at_least_one(x) || !at_least_one(y)) return Kind::undecided;
  return sign > 0 ? Kind::huge_pos : Kind::huge_neg;
}

}  // namespace

void BallDot::add(const Ball& x, const Ball& y) {
  if (x.real() && y.real()) return arb_addmul(sum_.arb(), x.arb(), y.arb(), prec_);
  Ball product;
  product.set_kind(product_kind(x, y));
  census_.count(product);
}

void BallDot::write(Ball& out) const {
  const Kind kind = census_.of_sum();
  out = sum_;
  kind == Kind::real ? out.settle() : out.set_kind(kind);
}

}  // namespace roundoff::truth
