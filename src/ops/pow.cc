// pow(x1, x2) = x1^x2
#include "balls/held.h"
#include "kernels/elementary.h"
#include "ops/shared/exponential.h"

namespace roundoff::ops {
namespace {

/// Integer exponents up to here are multiplied out: whatever is exact at a precision worth asking for, is then exact.
constexpr slong kMostFactors = 4096;
/// A float64 has at most this many exact square roots one after the other: 2^1024 would be the first to have one more.
constexpr slong kMostRoots = 10;

bool few(const fmpz* n) { return fmpz_cmp_si(n, kMostFactors) <= 0 && fmpz_cmp_si(n, -kMostFactors) >= 0; }

/// x^y = exp(y · log x) for x > 0
void by_logarithm(Ball& out, const Ball& x, const Ball& y, long prec) {
  Ball exponent;
  arb_log(exponent.arb(), x.arb(), 64);
  arb_mul(exponent.arb(), exponent.arb(), y.arb(), 64);
  const slong working = prec + 16 + integer_bits(exponent.arb());
  arb_log(exponent.arb(), x.arb(), working);
  arb_mul(exponent.arb(), exponent.arb(), y.arb(), working);
  exponent.settle();
  if (!exponent.real()) return out.set_kind(Kind::undecided);
  if (above_2exp(exponent, kGiantExponent)) return out.set_kind(Kind::huge_pos);
  if (below_neg_2exp(exponent, kGiantExponent)) return set_tiny(out);
  set_monotone(out, exponent, arb_exp, prec);
}

/// x^n by multiplication, n ≠ 0: |x|^n is monotone in |x|, x^n for odd n in x.
void by_factors(Ball& out, const Ball& x, fmpz* n, long prec) {
  Ball base = x;
  if (fmpz_is_even(n)) set_abs(base, x);
  if (fmpz_sgn(n) < 0 && arb_contains_zero(base.arb())) return out.set_kind(Kind::undecided);
  set_monotone(
      out, base, [n](arb_ptr z, arb_srcptr b, slong p) { arb_pow_fmpz(z, b, n, p); }, prec);
}

void integer_power(Ball& out, const Ball& x, const Ball& y, long prec) {
  Integer n;
  if (arb_is_zero(y.arb())) return out.set_double(1);
  if (arf_cmpabs_2exp_si(arb_midref(y.arb()), 1024) >= 0) {  // no double: its parity means nothing
    return arb_is_positive(x.arb()) ? by_logarithm(out, x, y, prec) : out.set_kind(Kind::undecided);
  }
  arf_get_fmpz(n, arb_midref(y.arb()), ARF_RND_DOWN);
  if (few(n)) return by_factors(out, x, n, prec);
  if (arb_contains_zero(x.arb())) return out.set_kind(Kind::undecided);
  Ball size;
  set_abs(size, x);
  by_logarithm(out, size, y, prec);
  if (fmpz_is_odd(n) && arb_is_negative(x.arb())) {
    arb_neg(out.arb(), out.arb());
    if (out.kind() == Kind::huge_pos) out.set_kind(Kind::huge_neg);
  }
}

/// x^(m/2^k) for exact x whose k square roots are exact; false where they are not.
bool by_roots(Ball& out, const Ball& x, const Ball& y, long prec) {
  if (!arb_is_exact(x.arb()) || !arb_is_exact(y.arb())) return false;
  Integer m, k;
  arf_get_fmpz_2exp(m, k, arb_midref(y.arb()));
  if (fmpz_cmp_si(k, -kMostRoots) < 0 || !few(m)) return false;
  Ball root = x;
  for (slong i = fmpz_get_si(k); i < 0; ++i) {
    arb_sqrt(root.arb(), root.arb(), prec);
    if (!arb_is_exact(root.arb())) return false;
  }
  by_factors(out, root, m, prec);
  return true;
}

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const Ball &x = *in[0], &y = *in[1];
  if (arb_is_int(y.arb())) return integer_power(out, x, y, prec);
  if (arb_is_positive(x.arb())) {
    if (!by_roots(out, x, y, prec)) by_logarithm(out, x, y, prec);
    return;
  }
  out.set_kind(arb_is_negative(x.arb()) && !arb_contains_int(y.arb()) ? Kind::nan : Kind::undecided);
}

std::optional<double> special(Numbers v, const Attrs&) {
  const double x = v[0], y = v[1];
  if (x == 1 || y == 0) return 1.0;
  if (std::isnan(x) || std::isnan(y)) return kNaN;
  const bool odd = std::isfinite(y) && std::fabs(std::fmod(y, 2)) == 1;
  if (x == 0) {
    const double zero = odd ? x : 0.0;
    return y < 0 ? std::copysign(kInf, zero) : zero;
  }
  if (std::isinf(y)) {
    if (std::fabs(x) == 1) return 1.0;
    return (std::fabs(x) > 1) == (y > 0) ? kInf : 0.0;
  }
  if (std::isinf(x)) return std::copysign(y < 0 ? 0.0 : kInf, x < 0 && odd ? -1.0 : 1.0);
  return std::nullopt;
}

/// Of positive numbers. Larger exponents magnify the logarithm's error too much.
DoubleDouble pair(const DoubleDouble* x) {
  return std::fabs(x[1].hi) > 0x1p8 ? no_answer() : exp(multiply(x[1], roundoff::log(x[0])));
}

}  // namespace

Op make_pow() {
  return {
      .name = "pow",
      .summary = "x1 raised to the power x2",
      .body = Elementwise{.arity = 2, .ball = ball, .special = special, .pair = pair},
      .allowance = opencl(16),
      .special_values =
          "pow(x, ±0) = 1 and pow(+1, y) = 1, even for NaN; pow(x < 0, y) = NaN unless y is an integer; "
          "pow(±0, y < 0) = +inf, ±inf for odd y; and the rest of C17 F.10.4.4",
      .sample = {{{0.5, 2}, {0, 10}, {1e-3, 1e3}}, {{-3, 3}, {-10, 10}, {0, 1}}},
      .derivative = {"g * x2 * pow(x1, x2 - 1)", "g * out * log(x1)"},
      .dtype = floating("pow"),
  };
}

}  // namespace roundoff::ops
