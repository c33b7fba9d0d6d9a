// logaddexp(x1, x2) = log(e^x1 + e^x2)
#include "ops/shared/exponential.h"

namespace roundoff::ops {
namespace {

/// max + log(1 + e^−|a − b|) at two numbers.
void at_point(arb_t out, const arb_t a, const arb_t b, slong prec) {
  const slong working = prec + 16;
  Ball gap, most;
  arb_max(most.arb(), a, b, ARF_PREC_EXACT);
  arb_sub(gap.arb(), a, b, working);
  set_abs(gap, gap);
  arb_neg(gap.arb(), gap.arb());
  if (below_neg_2exp(gap, kGiantExponent)) {
    set_tiny(gap);
  } else {
    softplus_arb(gap.arb(), gap.arb(), working);
  }
  arb_add(out, most.arb(), gap.arb(), prec);
}

/// Increasing in both arguments: enclosed by its lowest and highest corners.
void sum(Ball& out, const Ball& x, const Ball& y, long prec) {
  arb_t a, b, high;
  arb_init(a);
  arb_init(b);
  arb_init(high);
  const slong working = prec + 16;
  arb_get_ubound_arf(arb_midref(a), x.arb(), working);
  arb_get_ubound_arf(arb_midref(b), y.arb(), working);
  at_point(high, a, b, prec);
  if (arb_is_exact(x.arb()) && arb_is_exact(y.arb())) {
    arb_set(out.arb(), high);
  } else {
    arb_get_lbound_arf(arb_midref(a), x.arb(), working);
    arb_get_lbound_arf(arb_midref(b), y.arb(), working);
    at_point(a, a, b, prec);
    arb_union(out.arb(), a, high, prec);
  }
  out.settle();
  arb_clear(a);
  arb_clear(b);
  arb_clear(high);
}

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const auto any = [in](Kind kind) { return in[0]->kind() == kind || in[1]->kind() == kind; };
  static const Ball kZero;
  for (const Kind kind : {Kind::nan, Kind::undecided, Kind::pos_inf, Kind::huge_pos}) {
    if (any(kind)) return out.set_kind(kind);
  }
  if (any(Kind::neg_inf)) {
    out = in[0]->kind() == Kind::neg_inf ? *in[1] : *in[0];
  } else if (any(Kind::huge_neg)) {
    out.set_kind(Kind::undecided);
  } else {
    sum(out, in[0]->real() ? *in[0] : kZero, in[1]->real() ? *in[1] : kZero, prec);
  }
}

}  // namespace

Op make_logaddexp() {
  return {
      .name = "logaddexp",
      .summary = "sum of two numbers that are given by their logarithms",
      .body = Elementwise{.arity = 2, .ball = ball, .any_kind = true},
      .allowance =
          {
              .ulps = 10,
              .scale_ulps = 4,
              .scale = 1,
              .source = "max + log1p(exp(-|x1 - x2|)): exp within 3 ulp (6u) and log1p within 2 ulp (4u) of at most "
                        "log 2, the rounded difference (u/3), one sum (u): within 10 ulp where the result exceeds 1; "
                        "weak: the same error, 8u, where the terms cancel",
          },
      .special_values =
          "logaddexp(-inf, x) = x, logaddexp(+inf, x) = +inf, NaN if an argument is NaN "
          "(array API 2023.12: logaddexp)",
      .sample = {{{-1, 1}, {-100, 100}}, {{-1, 1}, {-100, 100}}},
      .derivative = {"g * exp(x1 - out)", "g * exp(x2 - out)"},
      .dtype = floating("logaddexp"),
  };
}

}  // namespace roundoff::ops
