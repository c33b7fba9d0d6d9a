#include "ops/shared/order.h"

#include <algorithm>

namespace roundoff::ops {
namespace {

constexpr slong kHugeExponent = slong{1} << 20;

/// −∞, huge negative, real, huge positive, +∞.
int rank(Kind kind) {
  switch (kind) {
    case Kind::neg_inf:
      return -2;
    case Kind::huge_neg:
      return -1;
    case Kind::huge_pos:
      return 1;
    case Kind::pos_inf:
      return 2;
    default:
      return 0;
  }
}

/// Whether a real ball surely lies below 2^(2^20) in size.
bool below_huge(const Ball& ball) {
  mag_t most;
  mag_init(most);
  arb_get_mag(most, ball.arb());
  const bool is = mag_cmp_2exp_si(most, kHugeExponent) < 0;
  mag_clear(most);
  return is;
}

Order order_of_ranks(int a, int b) { return {.less = a<b, .equal = a == b, .greater = a> b}; }

Order order_of_reals(const Ball& a, const Ball& b) {
  static const Ball kZero;
  const arb_srcptr x = a.real() ? a.arb() : kZero.arb(), y = b.real() ? b.arb() : kZero.arb();
  Order order;
  order.less = !arb_ge(x, y);
  order.greater = !arb_le(x, y);
  order.equal = arb_overlaps(x, y) != 0;
  return order;
}

}  // namespace

Order order(const Ball& a, const Ball& b) {
  if (a.kind() == Kind::nan || b.kind() == Kind::nan) return {.unordered = true};
  if (a.kind() == Kind::undecided || b.kind() == Kind::undecided) return {true, true, true, true};
  const int i = rank(a.kind()), j = rank(b.kind());
  if (i == 0 && j == 0) return order_of_reals(a, b);
  if (std::abs(i) == 1 && i == j) return {.less = true, .equal = true, .greater = true};
  if (std::abs(i) == 1 && j == 0 && !below_huge(b)) return {.less = true, .equal = true, .greater = true};
  if (i == 0 && std::abs(j) == 1 && !below_huge(a)) return {.less = true, .equal = true, .greater = true};
  return order_of_ranks(i, j);
}

void set_truth(Ball& out, bool maybe_false, bool maybe_true) {
  if (maybe_false != maybe_true) return out.set_double(maybe_true ? 1 : 0);
  arb_set_d(out.arb(), 0.5);
  mag_set_d(arb_radref(out.arb()), 0.5);
  out.settle();
}

Elementwise comparison(Order holds) {
  Elementwise f{.arity = 2, .any_kind = true};
  f.ball = [holds](Ball& out, Arguments in, const Attrs&, long) {
    const Order found = order(*in[0], *in[1]);
    const bool maybe_true = (found.less && holds.less) || (found.equal && holds.equal) ||
                            (found.greater && holds.greater) || (found.unordered && holds.unordered);
    const bool maybe_false = (found.less && !holds.less) || (found.equal && !holds.equal) ||
                             (found.greater && !holds.greater) || (found.unordered && !holds.unordered);
    set_truth(out, maybe_false, maybe_true);
  };
  f.rational = [holds](Rationals x, const Attrs&) -> std::optional<Rational> {
    const int sign = cmp(x[0], x[1]);
    return Rational(sign < 0 ? holds.less : sign == 0 ? holds.equal : holds.greater);
  };
  return f;
}

DTypeRule truth_value() {
  return [](std::span<const DType> in, const Attrs&) -> Result<DType> {
    ROUNDOFF_TRY([[maybe_unused]] const DType common, promote(in));
    return DType::bool_;
  };
}

Elementwise extremum(int sign) {
  Elementwise f{.arity = 2, .any_kind = true};
  f.special = [sign](Numbers x, const Attrs&) -> std::optional<double> {
    if (std::isnan(x[0]) || std::isnan(x[1])) return kNaN;
    if (x[0] == x[1]) return std::signbit(x[0]) == (sign < 0) ? x[0] : x[1];
    return (x[0] > x[1]) == (sign > 0) ? x[0] : x[1];
  };
  f.ball = [sign](Ball& out, Arguments in, const Attrs&, long prec) {
    const Order found = order(*in[0], *in[1]);
    const bool first = sign > 0 ? found.greater : found.less, second = sign > 0 ? found.less : found.greater;
    if (found.unordered) {
      const bool nan = in[0]->kind() == Kind::nan || in[1]->kind() == Kind::nan;
      out.set_kind(nan ? Kind::nan : Kind::undecided);
    } else if (!first || !second) {
      out = first || !second ? *in[0] : *in[1];
    } else if (in[0]->real() && in[1]->real()) {
      sign > 0 ? arb_max(out.arb(), in[0]->arb(), in[1]->arb(), prec)
               : arb_min(out.arb(), in[0]->arb(), in[1]->arb(), prec);
      out.settle();
    } else {
      out.set_kind(Kind::undecided);
    }
  };
  f.rational = [sign](Rationals x, const Attrs&) -> std::optional<Rational> {
    return (cmp(x[0], x[1]) > 0) == (sign > 0) ? x[0] : x[1];
  };
  return f;
}

}  // namespace roundoff::ops
