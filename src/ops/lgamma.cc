// lgamma(x) = log|Γ(x)|
#include "ops/shared/course.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

/// log Γ(x) for wide x > 0, by the mean value theorem: the derivative, digamma, increases.
void wide_lgamma(Ball& out, const Ball& x, long prec) {
  Ball slope, reach;
  set_monotone(slope, x, arb_digamma, prec);
  arb_get_rad_arb(reach.arb(), x.arb());
  arb_mul(slope.arb(), slope.arb(), reach.arb(), prec);
  arb_get_mid_arb(out.arb(), x.arb());
  arb_hypgeom_lgamma(out.arb(), out.arb(), prec);
  arb_add_error(out.arb(), slope.arb());
}

/// log|Γ(x)| = log(π / |sin(πx)|) − log Γ(1 − x) for x < 0
void reflected(Ball& out, const Ball& x, long prec) {
  Ball sine, mirrored;
  arb_sin_pi(sine.arb(), x.arb(), prec);
  arb_abs(sine.arb(), sine.arb());
  arb_const_pi(out.arb(), prec);
  arb_div(sine.arb(), out.arb(), sine.arb(), prec);
  arb_log(sine.arb(), sine.arb(), prec);
  arb_sub_ui(mirrored.arb(), x.arb(), 1, prec);
  arb_neg(mirrored.arb(), mirrored.arb());
  arb_hypgeom_lgamma(mirrored.arb(), mirrored.arb(), prec);
  arb_sub(out.arb(), sine.arb(), mirrored.arb(), prec);
}

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const Ball& x = *in[0];
  if (arb_is_positive(x.arb())) {
    is_wide(x) ? wide_lgamma(out, x, prec) : arb_hypgeom_lgamma(out.arb(), x.arb(), prec);
    return out.settle();
  }
  if (arb_contains_int(x.arb())) return out.set_kind(arb_is_exact(x.arb()) ? Kind::pos_inf : Kind::undecided);
  reflected(out, x, prec);
  out.settle();
}

std::optional<double> special(Numbers x, const Attrs&) {
  if (x[0] < 0 && x[0] == std::floor(x[0])) return kInf;
  static const SpecialFunction at_edges =
      edges({.zero = kInf, .neg_inf = kInf, .pos_inf = kInf, .points = {{1, 0}, {2, 0}}});
  return at_edges(x, {});
}

/// The derivative of log|Γ| is digamma on both sides of its poles.
void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  arb_poly_digamma_series(out, x, length, prec);
  integrate(out, length, prec);
}

}  // namespace

Op make_lgamma() {
  return {
      .name = "lgamma",
      .summary = "logarithm of the absolute value of the gamma function",
      .body = Elementwise{.arity = 1, .ball = ball, .special = special},
      .allowance =
          {
              .ulps = 16,
              .scale_ulps = 4,
              .scale = 1,
              .source =
                  "relative: what OpenCL C 3.0 grants tgamma, for it leaves lgamma undefined; weak: near its zeros "
                  "lgamma is a difference of terms near 1, each within a few ulp",
          },
      .special_values =
          "lgamma(1) = lgamma(2) = +0, lgamma(±0) = lgamma(negative integer) = +inf, lgamma(±inf) = +inf, "
          "lgamma(NaN) = NaN (C17 F.10.5.3)",
      .sample = {{{0.5, 3}, {0, 30}, {-5, 0}, {1, 1e6}}},
      .derivative = {"g * digamma(x1)"},
      .course = {.tails = monotone_above(2), .series = series},
      .dtype = floating("lgamma"),
  };
}

}  // namespace roundoff::ops
