// atan(x): the y in (−π/2, π/2) with tan(y) = x
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const Ball& x = *in[0];
  switch (x.kind()) {
    case Kind::real:
      return set_monotone(out, x, arb_atan, prec);
    case Kind::pos_inf:
    case Kind::huge_pos:
      set_angle(out, 2, prec);
      break;
    case Kind::neg_inf:
    case Kind::huge_neg:
      set_angle(out, -2, prec);
      break;
    default:
      return out.set_kind(x.kind());
  }
  if (x.kind() == Kind::huge_pos || x.kind() == Kind::huge_neg) {
    arb_add_error_2exp_si(out.arb(), -(slong{1} << 20));  // π/2 − atan(x) < 1/x
  }
}

std::optional<double> special(Numbers x, const Attrs&) {
  if (x[0] == 0 || std::isnan(x[0])) return x[0];
  return std::nullopt;
}

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  inverse_integral(out, x, 1, length, prec);
}

}  // namespace

Op make_atan() {
  return {
      .name = "atan",
      .summary = "inverse tangent",
      .body = Elementwise{.arity = 1, .ball = ball, .special = special, .any_kind = true},
      .allowance = opencl(5),
      .special_values = "atan(±0) = ±0, atan(±inf) = ±π/2, atan(NaN) = NaN (C17 F.10.1.3)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {-100, 100}}},
      .derivative = {"g / (1 + square(x1))"},
      .course = {.parity = Parity::odd, .monotone = rises(), .tails = monotone_everywhere(), .series = series},
      .dtype = floating("atan"),
  };
}

}  // namespace roundoff::ops
