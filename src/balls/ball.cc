#include "balls/ball.h"

#include <cmath>
#include <limits>

namespace roundoff {

Ball::Ball(const Ball& other) : kind_(other.kind_) {
  arb_init(arb_);
  arb_set(arb_, other.arb_);
}

Ball::Ball(Ball&& other) noexcept : kind_(other.kind_) {
  arb_init(arb_);
  arb_swap(arb_, other.arb_);
}

Ball& Ball::operator=(const Ball& other) {
  arb_set(arb_, other.arb_);
  kind_ = other.kind_;
  return *this;
}

Ball& Ball::operator=(Ball&& other) noexcept {
  arb_swap(arb_, other.arb_);
  kind_ = other.kind_;
  return *this;
}

void Ball::set_double(double x) {
  arb_zero(arb_);
  if (std::isnan(x)) {
    kind_ = Kind::nan;
  } else if (std::isinf(x)) {
    kind_ = x > 0 ? Kind::pos_inf : Kind::neg_inf;
  } else if (x == 0) {
    kind_ = std::signbit(x) ? Kind::neg_zero : Kind::real;
  } else {
    kind_ = Kind::real;
    arb_set_d(arb_, x);
  }
}

std::optional<double> Ball::as_double() const {
  switch (kind_) {
    case Kind::nan:
      return std::numeric_limits<double>::quiet_NaN();
    case Kind::pos_inf:
      return std::numeric_limits<double>::infinity();
    case Kind::neg_inf:
      return -std::numeric_limits<double>::infinity();
    case Kind::neg_zero:
      return -0.0;
    case Kind::huge_pos:
    case Kind::huge_neg:
    case Kind::undecided:
      return std::nullopt;
    case Kind::real:
      break;
  }
  if (!arb_is_exact(arb_)) return std::nullopt;
  const arf_srcptr mid = arb_midref(arb_);
  if (arf_bits(mid) > 53 || arf_cmpabs_2exp_si(mid, 1024) >= 0) return std::nullopt;
  const double x = arf_get_d(mid, ARF_RND_DOWN);  // exact unless it is too small
  if (!arf_equal_d(mid, x)) return std::nullopt;
  return x;
}

void Ball::settle() { kind_ = arb_is_finite(arb_) ? Kind::real : Kind::undecided; }

}  // namespace roundoff
