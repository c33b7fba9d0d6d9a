// exp and log of one pair: what composed functions are made of.
#include <cmath>

#include "kernels/elementary.h"

namespace roundoff {

DoubleDouble exp(const DoubleDouble& x) {
  if (!(x.rad <= 0x1p-10)) return no_answer();
  double y[3];
  elementary_oracle(Elementary::exp, elementary_tables(), x.hi, x.lo, 0, y);
  DoubleDouble out{y[0], y[1], y[2]};
  // e^ρ − 1 ≤ ρ·(1 + ρ) for ρ ≤ 1
  if (x.rad > 0) out.rad += out.hi * x.rad * (1 + x.rad) * (1 + 0x1p-50);
  return out;
}

/// With y near ln x and z = x·e^-y − 1: ln x = y + ln(1 + z). y may come from anywhere: z shows how good it is, and
/// only where |z| < 2^-45 there is an answer, with ln(1 + z) = z − z²/2 + ….
DoubleDouble log(const DoubleDouble& x) {
  const double guess = std::log(x.hi);
  if (!(std::fabs(guess) >= 0x1p-8 && std::fabs(guess) <= 312 && x.hi > 2 * x.rad)) return no_answer();
  const DoubleDouble exact{x.hi, x.lo, 0};
  const DoubleDouble z = subtract(multiply(exact, exp(DoubleDouble{-guess, 0, 0})), DoubleDouble{1, 0, 0});
  if (!(std::fabs(z.hi) < 0x1p-45)) return no_answer();
  // z³/3, z² from z.hi alone, and what z's radius does beyond its first order: each below 2^-132.
  const DoubleDouble half_square{z.hi * z.hi * 0.5, 0, 0x1p-130};
  DoubleDouble out = add(DoubleDouble{guess, 0, 0}, subtract(z, half_square));
  // |ln x' − ln x| ≤ ρ / (x − ρ)
  out.rad = (out.rad + x.rad / ((x.hi - x.rad) * (1 - 0x1p-50)) * (1 + 0x1p-50)) * kRoundUp;
  return out;
}

}  // namespace roundoff
