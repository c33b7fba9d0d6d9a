#include "ops/shared/exponential.h"

namespace roundoff::ops {

slong integer_bits(const arb_t x) {
  constexpr slong kMost = 1024;
  if (arf_cmpabs_2exp_si(arb_midref(x), 0) < 0) return 0;
  if (arf_cmpabs_2exp_si(arb_midref(x), kMost) >= 0) return kMost;
  return fmpz_get_si(ARF_EXPREF(arb_midref(x)));
}

void sigmoid_arb(arb_t out, const arb_t x, slong prec) {
  arb_t t;
  arb_init(t);
  arb_neg(t, x);
  arb_exp(t, t, prec + 8);
  arb_add_ui(t, t, 1, prec + 8);
  arb_inv(out, t, prec);
  arb_clear(t);
}

void softplus_arb(arb_t out, const arb_t x, slong prec) {
  if (!arb_is_positive(x)) {
    arb_exp(out, x, prec + 8);
    arb_log1p(out, out, prec);
    return;
  }
  arb_t t;
  arb_init(t);
  arb_neg(t, x);
  arb_exp(t, t, prec + 8);
  arb_log1p(t, t, prec + 8);
  arb_add(out, x, t, prec);
  arb_clear(t);
}

}  // namespace roundoff::ops
