#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

/// out = low + sign · x²
void one_and_square(arb_poly_t out, const arb_poly_t x, int low, int sign, slong length, slong prec) {
  arb_poly_mullow(out, x, x, length, prec);
  if (sign < 0) arb_poly_neg(out, out);
  Poly constant;
  arb_poly_set_si(constant, low);
  arb_poly_add(out, out, constant, prec);
}

}  // namespace

void integrate(arb_poly_t out, slong length, slong prec) {
  arb_poly_integral(out, out, prec);
  arb_poly_truncate(out, length);
}

void logistic(arb_poly_t out, const arb_poly_t x, slong length, slong prec) {
  Poly one;
  arb_poly_one(one);
  arb_poly_neg(out, x);
  arb_poly_exp_series(out, out, length, prec);
  arb_poly_add(out, out, one, prec);
  arb_poly_inv_series(out, out, length, prec);
}

void gaussian(arb_poly_t out, const arb_poly_t x, int numerator, ulong divisor, slong length, slong prec) {
  Ball scale;
  arb_poly_mullow(out, x, x, length, prec);
  arb_poly_neg(out, out);
  arb_set_ui(scale.arb(), divisor);
  arb_poly_scalar_div(out, out, scale.arb(), prec);
  arb_poly_exp_series(out, out, length, prec);
  integrate(out, length, prec);
  arb_const_sqrt_pi(scale.arb(), prec);
  arb_inv(scale.arb(), scale.arb(), prec);
  arb_mul_si(scale.arb(), scale.arb(), numerator, prec);
  arb_poly_scalar_mul(out, out, scale.arb(), prec);
}

void logarithm(arb_poly_t out, const arb_poly_t x, unsigned base, slong length, slong prec) {
  Ball scale;
  arb_log_ui(scale.arb(), base, prec);
  arb_poly_log_series(out, x, length, prec);
  arb_poly_scalar_div(out, out, scale.arb(), prec);
}

void root_integral(arb_poly_t out, const arb_poly_t x, int low, int sign, slong length, slong prec) {
  one_and_square(out, x, low, sign, length, prec);
  arb_poly_rsqrt_series(out, out, length, prec);
  integrate(out, length, prec);
}

void inverse_integral(arb_poly_t out, const arb_poly_t x, int sign, slong length, slong prec) {
  one_and_square(out, x, 1, sign, length, prec);
  arb_poly_inv_series(out, out, length, prec);
  integrate(out, length, prec);
}

int sign_of(const arb_poly_t x) {
  Ball start;
  arb_poly_get_coeff_arb(start.arb(), x, 0);
  return arb_is_positive(start.arb()) ? 1 : arb_is_negative(start.arb()) ? -1 : 0;
}

void set_indeterminate(arb_poly_t out) {
  Ball none;
  arb_indeterminate(none.arb());
  arb_poly_zero(out);
  arb_poly_set_coeff_arb(out, 1, none.arb());
}

}  // namespace roundoff::ops
