// exp2(x) = 2^x
#include "balls/held.h"
#include "kernels/elementary.h"
#include "ops/shared/course.h"
#include "ops/shared/exponential.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

void exp2_arb(arb_t out, const arb_t x, slong prec) {
  if (arb_is_int(x) && integer_bits(x) <= kGiantExponent + 1) {
    Integer n;
    arf_get_fmpz(n, arb_midref(x), ARF_RND_DOWN);
    arb_one(out);
    arb_mul_2exp_fmpz(out, out, n);
    return;
  }
  const slong working = prec + integer_bits(x) + 8;
  arb_t product;
  arb_init(product);
  arb_const_log2(product, working);
  arb_mul(product, x, product, working);
  arb_exp(out, product, prec);
  arb_clear(product);
}

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (above_2exp(*in[0], kGiantExponent)) return out.set_kind(Kind::huge_pos);
  if (below_neg_2exp(*in[0], kGiantExponent)) return set_tiny(out);
  set_monotone(out, *in[0], exp2_arb, prec);
}

void series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  Ball log2;
  arb_const_log2(log2.arb(), prec);
  arb_poly_scalar_mul(out, x, log2.arb(), prec);
  arb_poly_exp_series(out, out, length, prec);
}

}  // namespace

Op make_exp2() {
  return {
      .name = "exp2",
      .summary = "two raised to the power x",
      .body = Elementwise{.arity = 1,
                          .ball = ball,
                          .special = edges({.zero = 1.0, .neg_inf = 0.0, .pos_inf = kInf}),
                          .pair = [](const DoubleDouble* x) { return exp(multiply(x[0], kLn2)); }},
      .allowance = opencl(3),
      .special_values =
          "exp2(±0) = 1, exp2(-inf) = +0, exp2(+inf) = +inf, exp2(NaN) = NaN (C17 F.10.3.2); exact at integers",
      .sample = {{{-126, 128}, {-1, 1}, {-149, -126}, {-1074, 1024}}},
      .derivative = {"g * out * log(2)"},
      .course = {.monotone = rises(), .tails = monotone_everywhere(), .series = series},
      .dtype = floating("exp2"),
  };
}

}  // namespace roundoff::ops
