#include "truth/rational.h"

#include <flint/fmpq.h>

namespace roundoff::truth {

std::optional<Rational> rational_of(const Ball& ball) {
  if (!ball.real() || !arb_is_exact(ball.arb())) return std::nullopt;
  const arf_srcptr mid = arb_midref(ball.arb());
  const slong most = static_cast<slong>(kMostBits) / 2;
  if (!arf_is_zero(mid) &&
      (arf_cmpabs_2exp_si(mid, most) > 0 || arf_cmpabs_2exp_si(mid, -most) < 0 || arf_bits(mid) > most)) {
    return std::nullopt;
  }
  Rational out;
  fmpq_t exact;
  fmpq_init(exact);
  arf_get_fmpq(exact, mid);
  fmpq_get_mpq(out.get_mpq_t(), exact);
  fmpq_clear(exact);
  return out;
}

void set(Ball& out, const Rational& x, long prec) {
  fmpq_t exact;
  fmpq_init(exact);
  fmpq_set_mpq(exact, x.get_mpq_t());
  arb_set_fmpq(out.arb(), exact, prec);
  fmpq_clear(exact);
  out.settle();
}

std::size_t bits_of(const Rational& x) {
  return mpz_sizeinbase(x.get_num_mpz_t(), 2) + mpz_sizeinbase(x.get_den_mpz_t(), 2);
}

}  // namespace roundoff::truth
