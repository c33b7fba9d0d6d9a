// One elementwise op on one element, whatever its arguments are.
#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <limits>

#include "balls/held.h"
#include "ops/op.h"

namespace roundoff {
namespace {

constexpr std::size_t kMostArguments = 3;
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr slong kHugeExponent = slong{1} << 20;

/// Doubles that stand for an argument: the argument itself where it is one, else both sides of its ball, and 0 where
/// that lies between.
struct Points {
  std::array<double, 3> x{};
  std::size_t count = 0;
  void add(double value) { x[count++] = value; }
};

Points points_of(const Ball& ball) {
  Points points;
  if (const auto exact = ball.as_double()) {
    points.add(*exact);
  } else if (!ball.real()) {
    points.add(ball.kind() == Kind::huge_pos ? DBL_MAX : -DBL_MAX);
  } else {
    Arf low, high;
    arb_get_interval_arf(low, high, ball.arb(), 64);
    double a = std::clamp(arf_get_d(low, ARF_RND_FLOOR), -DBL_MAX, DBL_MAX);
    double b = std::clamp(arf_get_d(high, ARF_RND_CEIL), -DBL_MAX, DBL_MAX);
    if (a == 0 && arf_sgn(low) > 0) a = DBL_TRUE_MIN;
    if (b == 0 && arf_sgn(high) < 0) b = -DBL_TRUE_MIN;
    points.add(a);
    points.add(b);
    if (a < 0 && b > 0) points.add(0.0);
  }
  return points;
}

/// What special() says of every choice of points, if that is one and the same. Zeros of both signs make +0.
std::optional<double> agreed(const Elementwise& f, std::span<const Points> points, const Attrs& attrs) {
  std::array<std::size_t, kMostArguments> at{};
  std::optional<double> answer;
  for (;;) {
    std::array<double, kMostArguments> x{};
    for (std::size_t i = 0; i < points.size(); ++i) x[i] = points[i].x[at[i]];
    const auto here = f.special(std::span(x).first(points.size()), attrs);
    if (!here) return std::nullopt;
    if (!answer) {
      answer = here;
    } else if (*here == 0 && *answer == 0) {
      if (std::signbit(*here) != std::signbit(*answer)) answer = 0.0;
    } else if (!(*here == *answer || (std::isnan(*here) && std::isnan(*answer)))) {
      return std::nullopt;
    }
    std::size_t i = 0;
    while (i < points.size() && ++at[i] == points[i].count) at[i++] = 0;
    if (i == points.size()) return answer;
  }
}

bool is_huge(const Ball& ball) { return ball.kind() == Kind::huge_pos || ball.kind() == Kind::huge_neg; }

/// Widens `out`, a ball, to hold the limit too. A ball on one side of a limit 0 ends there exactly, so that its sign is
/// kept.
void widen(Ball& out, double limit, long prec) {
  const bool positive = arb_is_nonnegative(out.arb()) != 0, negative = arb_is_nonpositive(out.arb()) != 0;
  if (limit == 0 && positive != negative) {
    if (arb_contains_zero(out.arb())) return;
    mag_t far;
    mag_init(far);
    arb_get_mag(far, out.arb());
    mag_mul_2exp_si(arb_radref(out.arb()), far, -1);
    arf_set_mag(arb_midref(out.arb()), arb_radref(out.arb()));
    if (negative) arf_neg(arb_midref(out.arb()), arb_midref(out.arb()));
    mag_clear(far);
    return;
  }
  arb_t end;
  arb_init(end);
  arb_set_d(end, limit);
  arb_union(out.arb(), out.arb(), end, prec);
  arb_clear(end);
}

/// Whether every real in the ball is at least 2^(2^20) in size, and of the sign.
bool beyond(const Ball& ball, bool negative) {
  if (ball.kind() == (negative ? Kind::huge_neg : Kind::huge_pos)) return true;
  if (!ball.real() || !(negative ? arb_is_negative(ball.arb()) : arb_is_positive(ball.arb()))) return false;
  Arf low;
  arb_get_abs_lbound_arf(low, ball.arb(), 64);
  return arf_cmpabs_2exp_si(low, kHugeExponent) >= 0;
}

/// Arguments beyond ±2^(2^20), where every op with a limit at infinity is monotone: its values lie between those at the
/// bound and the limit.
void at_huge(const Elementwise& f, Ball& out, std::span<const Ball* const> in, const Attrs& attrs, long prec) {
  std::array<Ball, kMostArguments> bound;
  std::array<const Ball*, kMostArguments> args{};
  std::array<Points, kMostArguments> limit_points;
  for (std::size_t i = 0; i < in.size(); ++i) {
    args[i] = in[i];
    limit_points[i] = points_of(*in[i]);
    if (!is_huge(*in[i])) continue;
    const int sign = in[i]->kind() == Kind::huge_pos ? 1 : -1;
    arb_set_si(bound[i].arb(), sign);
    arb_mul_2exp_si(bound[i].arb(), bound[i].arb(), kHugeExponent);
    args[i] = &bound[i];
    limit_points[i] = {};
    limit_points[i].add(sign * kInf);
  }
  // Arithmetic is cheap enough to be done without rounding, or 1 + huge would fall short of the bound.
  f.ball(out, std::span(args).first(in.size()), attrs, f.rational ? prec + kHugeExponent + 1100 : prec);
  const auto limit = f.special ? agreed(f, std::span(limit_points).first(in.size()), attrs) : std::nullopt;
  const bool near = limit && (out.real() || is_huge(out) || (out.kind() == Kind::nan && std::isnan(*limit)));
  if (near && std::isnan(*limit)) {
    if (out.kind() != Kind::nan) out.set_kind(Kind::undecided);
  } else if (near && std::isinf(*limit)) {
    const bool negative = *limit < 0;
    out.set_kind(!beyond(out, negative) ? Kind::undecided : negative ? Kind::huge_neg : Kind::huge_pos);
  } else if (near && out.real()) {
    widen(out, *limit, prec);
  } else {
    out.set_kind(Kind::undecided);
  }
}

void evaluate_apart(const Elementwise& f, Ball& out, std::span<const Ball* const> in, const Attrs& attrs, long prec) {
  std::array<double, kMostArguments> x{};
  bool exact = true, edge = false, infinite = false, huge = false, undecided = false;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto value = in[i]->as_double();
    exact = exact && value.has_value();
    x[i] = value.value_or(1.0);
    edge = edge || x[i] == 0 || !std::isfinite(x[i]);
    infinite = infinite || !std::isfinite(x[i]);
    huge = huge || is_huge(*in[i]);
    undecided = undecided || in[i]->kind() == Kind::undecided;
  }
  if (exact && f.special) {
    if (const auto value = f.special(std::span(x).first(in.size()), attrs)) return out.set_double(*value);
  }
  if (f.any_kind) return f.ball(out, in, attrs, prec);
  if (undecided) return out.set_kind(Kind::undecided);
  if (!exact && edge && f.special) {
    std::array<Points, kMostArguments> points;
    for (std::size_t i = 0; i < in.size(); ++i) points[i] = points_of(*in[i]);
    if (const auto value = agreed(f, std::span(points).first(in.size()), attrs)) return out.set_double(*value);
  }
  if (infinite) return out.set_kind(Kind::undecided);
  static const Ball kZero;
  std::array<const Ball*, kMostArguments> args{};
  for (std::size_t i = 0; i < in.size(); ++i) args[i] = in[i]->kind() == Kind::neg_zero ? &kZero : in[i];
  const auto real = std::span<const Ball* const>(args).first(in.size());
  huge ? at_huge(f, out, real, attrs, prec) : f.ball(out, real, attrs, prec);
}

}  // namespace

void evaluate(const Elementwise& f, Ball& out, std::span<const Ball* const> in, const Attrs& attrs, long prec) {
  if (std::find(in.begin(), in.end(), &out) == in.end()) return evaluate_apart(f, out, in, attrs, prec);
  Ball result;
  evaluate_apart(f, result, in, attrs, prec);
  out = std::move(result);
}

}  // namespace roundoff
