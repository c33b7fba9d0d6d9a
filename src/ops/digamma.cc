// digamma(x) = d/dx log|Γ(x)|
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const Ball& x = *in[0];
  if (arb_is_positive(x.arb()) || !arb_contains_int(x.arb())) {  // increasing between its poles
    return set_monotone(out, x, arb_digamma, prec);
  }
  out.set_kind(arb_is_int(x.arb()) && !arb_is_zero(x.arb()) ? Kind::nan : Kind::undecided);
}

std::optional<double> special(Numbers x, const Attrs&) {
  if (x[0] == 0) return std::copysign(kInf, -x[0]);
  if (x[0] < 0 && x[0] == std::floor(x[0])) return std::numeric_limits<double>::quiet_NaN();
  static const SpecialFunction at_edges = edges({.pos_inf = kInf});
  return at_edges(x, {});
}

}  // namespace

Op make_digamma() {
  return {
      .name = "digamma",
      .summary = "derivative of lgamma",
      .body = Elementwise{.arity = 1, .ball = ball, .special = special},
      .allowance =
          {
              .ulps = 16,
              .scale_ulps = 4,
              .scale = 1,
              .source = "no standard names a figure: as lgamma, whose derivative it is",
          },
      .special_values =
          "digamma(±0) = ∓inf, digamma(negative integer) = NaN, digamma(-inf) = NaN, digamma(+inf) = +inf, "
          "digamma(NaN) = NaN (PyTorch digamma, SciPy special.digamma)",
      .sample = {{{0.5, 3}, {0, 30}, {-5, 0}, {1, 1e6}}},
      .course = {.tails = monotone_above(0), .series = from_arb_poly<arb_poly_digamma_series>},
      .dtype = floating("digamma"),
  };
}

}  // namespace roundoff::ops
