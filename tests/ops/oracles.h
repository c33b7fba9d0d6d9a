// The second engine: every elementwise op by MPFR functions or compositions of them, never by Arb.
#pragma once

#include <mpfr.h>

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ops/op.h"

namespace roundoff::testing {

class Real {
 public:
  explicit Real(mpfr_prec_t bits) { mpfr_init2(x_, bits); }
  Real(mpfr_prec_t bits, double x) : Real(bits) { mpfr_set_d(x_, x, MPFR_RNDN); }
  ~Real() { mpfr_clear(x_); }
  Real(const Real&) = delete;
  Real& operator=(const Real&) = delete;
  operator mpfr_ptr() { return x_; }

 private:
  mpfr_t x_;
};

/// f writes what the op is at x, with so many bits that rounding it is rounding the real number.
struct Oracle {
  std::function<void(mpfr_ptr out, const std::vector<double>& x)> f;
  mpfr_prec_t bits = 240;
  Attrs attrs = {};
};

using MpfrUnary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
using MpfrBinary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

inline Oracle by(MpfrUnary f, mpfr_prec_t bits = 240) {
  return {[f](mpfr_ptr out, const std::vector<double>& x) {
            Real a(53, x[0]);
            f(out, a, MPFR_RNDN);
          },
          bits};
}

inline Oracle by(MpfrBinary f, mpfr_prec_t bits = 240) {
  return {[f](mpfr_ptr out, const std::vector<double>& x) {
            Real a(53, x[0]), b(53, x[1]);
            f(out, a, b, MPFR_RNDN);
          },
          bits};
}

/// An op that is exact in double arithmetic.
inline Oracle exactly(double (*f)(const std::vector<double>&)) {
  return {[f](mpfr_ptr out, const std::vector<double>& x) { mpfr_set_d(out, f(x), MPFR_RNDN); }};
}

/// log(1 + e^x) without overflow.
inline void mpfr_softplus(mpfr_ptr out, mpfr_srcptr x) {
  const mpfr_prec_t bits = mpfr_get_prec(out) + 64;
  Real t(bits);
  mpfr_abs(t, x, MPFR_RNDN);
  mpfr_neg(t, t, MPFR_RNDN);
  mpfr_exp(t, t, MPFR_RNDN);
  mpfr_log1p(out, t, MPFR_RNDN);
  if (mpfr_sgn(x) > 0) mpfr_add(out, out, x, MPFR_RNDN);
}

inline void mpfr_logaddexp(mpfr_ptr out, double a, double b) {
  const double most = std::fmax(a, b), least = std::fmin(a, b);
  if (std::isnan(a) || std::isnan(b)) return mpfr_set_nan(out);
  if (std::isinf(a) || std::isinf(b)) {
    mpfr_set_d(out, most, MPFR_RNDN);
    return;
  }
  Real gap(2200, least), x(53, most);
  mpfr_sub(gap, gap, x, MPFR_RNDN);
  mpfr_exp(out, gap, MPFR_RNDN);
  mpfr_log1p(out, out, MPFR_RNDN);
  mpfr_add(out, out, x, MPFR_RNDN);
}

/// fmod, moved to the divisor's sign (needs the bits of both exponents).
inline void mpfr_remainder_floor(mpfr_ptr out, double a, double b) {
  Real x(53, a), y(53, b);
  mpfr_fmod(out, x, y, MPFR_RNDN);
  if (mpfr_nan_p(out)) return;
  if (mpfr_zero_p(out)) {
    mpfr_setsign(out, out, std::signbit(b), MPFR_RNDN);
  } else if (std::signbit(b) != (mpfr_signbit(out) != 0)) {
    mpfr_add(out, out, y, MPFR_RNDN);
  }
}

inline void mpfr_floor_divide(mpfr_ptr out, double a, double b) {
  Real x(53, a), y(53, b);
  if (std::isfinite(a) && std::isinf(b)) {
    mpfr_set_d(out, a == 0 ? a / b : (a < 0) != (b < 0) ? -1.0 : 0.0, MPFR_RNDN);
  } else if (std::isfinite(a) && std::isfinite(b) && a != 0 && b != 0) {
    Real rest(2200);
    mpfr_remainder_floor(rest, a, b);
    mpfr_sub(out, x, rest, MPFR_RNDN);
    mpfr_div(out, out, y, MPFR_RNDN);
    if (mpfr_zero_p(out)) mpfr_set_d(out, 0.0, MPFR_RNDN);
  } else {
    mpfr_div(out, x, y, MPFR_RNDN);
  }
}

/// Both forms at ±0, ±∞ and NaN, and near 0, where they are x/2 + √(1/2π)·x²: a little above x/2. False elsewhere.
inline bool mpfr_gelu_ends(mpfr_ptr out, double a) {
  const bool special = a == 0 || !std::isfinite(a);
  if (!special && std::fabs(a) > 0x1p-300) return false;
  mpfr_set_d(out, special && a < 0 ? -0.0 : a, MPFR_RNDN);
  if (special) return true;
  mpfr_div_ui(out, out, 2, MPFR_RNDN);
  mpfr_nextabove(out);
  return true;
}

inline void mpfr_gelu(mpfr_ptr out, double a) {
  if (mpfr_gelu_ends(out, a)) return;
  Real x(53, a), t(mpfr_get_prec(out));
  mpfr_sqrt_ui(t, 2, MPFR_RNDN);
  mpfr_div(t, x, t, MPFR_RNDN);
  mpfr_neg(t, t, MPFR_RNDN);
  mpfr_erfc(t, t, MPFR_RNDN);
  mpfr_mul(t, t, x, MPFR_RNDN);
  mpfr_div_ui(out, t, 2, MPFR_RNDN);
}

/// x / (1 + exp(−2u))
inline void mpfr_gelu_tanh(mpfr_ptr out, double a) {
  if (mpfr_gelu_ends(out, a)) return;
  Real x(53, a), t(mpfr_get_prec(out)), pi(mpfr_get_prec(out));
  mpfr_pow_ui(t, x, 3, MPFR_RNDN);
  mpfr_mul_ui(t, t, 44715, MPFR_RNDN);
  mpfr_div_ui(t, t, 1000000, MPFR_RNDN);
  mpfr_add(t, t, x, MPFR_RNDN);
  mpfr_const_pi(pi, MPFR_RNDN);
  mpfr_ui_div(pi, 2, pi, MPFR_RNDN);
  mpfr_sqrt(pi, pi, MPFR_RNDN);
  mpfr_mul(t, t, pi, MPFR_RNDN);
  mpfr_mul_si(t, t, -2, MPFR_RNDN);
  mpfr_exp(t, t, MPFR_RNDN);
  mpfr_add_ui(t, t, 1, MPFR_RNDN);
  mpfr_div(out, x, t, MPFR_RNDN);
}

inline void mpfr_sigmoid(mpfr_ptr out, double a) {
  Real x(53, a);
  mpfr_neg(x, x, MPFR_RNDN);
  mpfr_exp(out, x, MPFR_RNDN);
  mpfr_add_ui(out, out, 1, MPFR_RNDN);
  mpfr_ui_div(out, 1, out, MPFR_RNDN);
}

/// By op, or "op word" for a form of it.
inline const std::map<std::string, Oracle>& oracles() {
  using V = const std::vector<double>&;
  using Out = mpfr_ptr;
  static const std::map<std::string, Oracle> kTable = {
      {"abs", by(mpfr_abs)},
      {"negative", by(mpfr_neg)},
      {"sqrt", by(mpfr_sqrt)},
      {"rsqrt", {[](Out o, V x) {
         x[0] == 0 ? mpfr_set_d(o, 1 / x[0], MPFR_RNDN) : mpfr_rec_sqrt(o, Real(53, x[0]), MPFR_RNDN);
       }}},
      {"square", by(mpfr_sqr)},
      {"reciprocal", {[](Out o, V x) { mpfr_ui_div(o, 1, Real(53, x[0]), MPFR_RNDN); }}},
      {"exp", by(mpfr_exp)},
      {"exp2", by(mpfr_exp2)},
      {"expm1", by(mpfr_expm1)},
      {"log", by(mpfr_log)},
      {"log2", by(mpfr_log2)},
      {"log10", by(mpfr_log10)},
      {"log1p", by(mpfr_log1p)},
      {"sin", by(mpfr_sin)},
      {"cos", by(mpfr_cos)},
      {"tan", by(mpfr_tan)},
      {"asin", by(mpfr_asin)},
      {"acos", by(mpfr_acos)},
      {"atan", by(mpfr_atan)},
      {"sinh", by(mpfr_sinh)},
      {"cosh", by(mpfr_cosh)},
      {"tanh", by(mpfr_tanh)},
      {"asinh", by(mpfr_asinh)},
      {"acosh", by(mpfr_acosh)},
      {"atanh", by(mpfr_atanh)},
      {"floor", {[](Out o, V x) { mpfr_floor(o, Real(53, x[0])); }}},
      {"ceil", {[](Out o, V x) { mpfr_ceil(o, Real(53, x[0])); }}},
      {"trunc", {[](Out o, V x) { mpfr_trunc(o, Real(53, x[0])); }}},
      {"round", {[](Out o, V x) { mpfr_roundeven(o, Real(53, x[0])); }}},
      {"sign", exactly([](V x) { return std::isnan(x[0]) ? x[0] : static_cast<double>((x[0] > 0) - (x[0] < 0)); })},
      {"sigmoid", {[](Out o, V x) { mpfr_sigmoid(o, x[0]); }}},
      {"relu", exactly([](V x) { return std::isnan(x[0]) ? x[0]
                                        : x[0] > 0       ? x[0]
                                                         : 0.0; })},
      {"gelu", {[](Out o, V x) { mpfr_gelu(o, x[0]); }, 200, {{"approximate", std::string("none")}}}},
      {"gelu tanh", {[](Out o, V x) { mpfr_gelu_tanh(o, x[0]); }, 400, {{"approximate", std::string("tanh")}}}},
      {"softplus", {[](Out o, V x) { mpfr_softplus(o, Real(53, x[0])); }}},
      {"erf", by(mpfr_erf, 160)},
      {"erfc", by(mpfr_erfc, 160)},
      {"lgamma",
       {[](Out o, V x) {
          int sign = 0;
          mpfr_lgamma(o, &sign, Real(53, x[0]), MPFR_RNDN);
        },
        160}},
      {"digamma", by(mpfr_digamma, 160)},
      {"add", by(mpfr_add, 2200)},
      {"subtract", by(mpfr_sub, 2200)},
      {"multiply", by(mpfr_mul)},
      {"divide", by(mpfr_div)},
      {"floor_divide", {[](Out o, V x) { mpfr_floor_divide(o, x[0], x[1]); }, 4500}},
      {"pow", by(mpfr_pow)},
      {"atan2", by(mpfr_atan2)},
      {"maximum", exactly([](V x) {
         if (std::isnan(x[0]) || std::isnan(x[1])) return x[0] + x[1];
         return x[0] > x[1] || (x[0] == x[1] && std::signbit(x[1])) ? x[0] : x[1];
       })},
      {"minimum", exactly([](V x) {
         if (std::isnan(x[0]) || std::isnan(x[1])) return x[0] + x[1];
         return x[0] < x[1] || (x[0] == x[1] && std::signbit(x[0])) ? x[0] : x[1];
       })},
      {"remainder", {[](Out o, V x) { mpfr_remainder_floor(o, x[0], x[1]); }, 2200}},
      {"hypot", by(mpfr_hypot)},
      {"logaddexp", {[](Out o, V x) { mpfr_logaddexp(o, x[0], x[1]); }, 300}},
      {"where", exactly([](V x) { return x[0] != 0 ? x[1] : x[2]; })},
      {"less", exactly([](V x) { return x[0] < x[1] ? 1.0 : 0.0; })},
      {"less_equal", exactly([](V x) { return x[0] <= x[1] ? 1.0 : 0.0; })},
      {"greater", exactly([](V x) { return x[0] > x[1] ? 1.0 : 0.0; })},
      {"greater_equal", exactly([](V x) { return x[0] >= x[1] ? 1.0 : 0.0; })},
      {"equal", exactly([](V x) { return x[0] == x[1] ? 1.0 : 0.0; })},
      {"not_equal", exactly([](V x) { return x[0] != x[1] ? 1.0 : 0.0; })},
      {"astype", {[](Out o, V x) { mpfr_set_d(o, x[0], MPFR_RNDN); }, 53, {{"dtype", std::string("float32")}}}},
      {"astype bool",
       {[](Out o, V x) { mpfr_set_d(o, x[0] != 0 ? 1 : 0, MPFR_RNDN); }, 53, {{"dtype", std::string("bool")}}}},
  };
  return kTable;
}

}  // namespace roundoff::testing
