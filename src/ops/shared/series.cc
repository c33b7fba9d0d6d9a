#include "ops/shared/series.h"

#include <map>

#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

class Poly {
 public:
  Poly() { arb_poly_init(p_); }
  ~Poly() { arb_poly_clear(p_); }
  Poly(const Poly&) = delete;
  Poly& operator=(const Poly&) = delete;
  operator arb_poly_struct*() { return p_; }

 private:
  arb_poly_t p_;
};

using PolyFunction = void (*)(arb_poly_t, const arb_poly_t, slong, slong);

template <PolyFunction f>
void plain(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  f(out, x, length, prec);
}

void multiply_by_square(arb_poly_t out, const arb_poly_t x, slong length, slong prec) {
  arb_poly_mullow(out, x, x, length, prec);
}

/// out = low + sign · x²
void one_and_square(arb_poly_t out, const arb_poly_t x, int low, int sign, slong length, slong prec) {
  multiply_by_square(out, x, length, prec);
  if (sign < 0) arb_poly_neg(out, out);
  Poly constant;
  arb_poly_set_si(constant, low);
  arb_poly_add(out, out, constant, prec);
}

/// out = ∫ out; x has slope 1, so that this is the function whose derivative was there.
void integrate(arb_poly_t out, slong length, slong prec) {
  arb_poly_integral(out, out, prec);
  arb_poly_truncate(out, length);
}

// ---- exponentials and logarithms ------------------------------------------------------------------------------------

void exp2_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  Ball log2;
  arb_const_log2(log2.arb(), prec);
  arb_poly_scalar_mul(out, x, log2.arb(), prec);
  arb_poly_exp_series(out, out, length, prec);
}

template <unsigned kBase>
void log_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  Ball scale;
  arb_log_ui(scale.arb(), kBase, prec);
  arb_poly_log_series(out, x, length, prec);
  arb_poly_scalar_div(out, out, scale.arb(), prec);
}

void log1p_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  Poly one;
  arb_poly_one(one);
  arb_poly_add(out, x, one, prec);
  arb_poly_log_series(out, out, length, prec);
}

/// 1 / (1 + e^−x)
void logistic(arb_poly_t out, const arb_poly_t x, slong length, slong prec) {
  Poly one;
  arb_poly_one(one);
  arb_poly_neg(out, x);
  arb_poly_exp_series(out, out, length, prec);
  arb_poly_add(out, out, one, prec);
  arb_poly_inv_series(out, out, length, prec);
}

void softplus_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  logistic(out, x, length, prec);
  integrate(out, length, prec);
}

/// tanh(x) = 2 / (1 + e^−2x) − 1
void tanh_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  Poly twice;
  arb_poly_scalar_mul_2exp_si(twice, x, 1);
  logistic(out, twice, length, prec);
  arb_poly_scalar_mul_2exp_si(out, out, 1);
}

// ---- inverse functions, by their derivatives
// --------------------------------------------------------------------------

/// ∫ (low + sign · x²)^(−1/2)
template <int kLow, int kSign, bool kNegative = false>
void root_integral(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  one_and_square(out, x, kLow, kSign, length, prec);
  arb_poly_rsqrt_series(out, out, length, prec);
  integrate(out, length, prec);
  if (kNegative) arb_poly_neg(out, out);
}

/// ∫ 1 / (1 + sign · x²)
template <int kSign>
void inverse_integral(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  one_and_square(out, x, 1, kSign, length, prec);
  arb_poly_inv_series(out, out, length, prec);
  integrate(out, length, prec);
}

// ---- the normal distribution and gamma
// ----------------------------------------------------------------------------------

/// numerator/√π · ∫ e^(−x² / divisor)
void gaussian(arb_poly_t out, const arb_poly_t x, int numerator, ulong divisor, slong length, slong prec) {
  Ball scale;
  multiply_by_square(out, x, length, prec);
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

template <int kNumerator>
void erf_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  gaussian(out, x, kNumerator, 1, length, prec);
}

/// Φ(x) with its constant term: erfc(−x / √2) / 2, and its derivative e^(−x²/2) / √(2π)
void normal(arb_poly_t out, const arb_poly_t x, slong length, slong prec) {
  Ball root, start;
  gaussian(out, x, 1, 2, length, prec);
  arb_rsqrt_ui(root.arb(), 2, prec);
  arb_poly_scalar_mul(out, out, root.arb(), prec);
  arb_poly_get_coeff_arb(start.arb(), x, 0);
  arb_mul(start.arb(), start.arb(), root.arb(), prec);
  arb_neg(start.arb(), start.arb());
  arb_hypgeom_erfc(start.arb(), start.arb(), prec);
  arb_mul_2exp_si(start.arb(), start.arb(), -1);
  arb_poly_set_coeff_arb(out, 0, start.arb());
}

/// 1 / (1 + e^−2u) for u = √(2/π) · (x + 0.044715 x³)
void tanh_gate(arb_poly_t out, const arb_poly_t x, slong length, slong prec) {
  Poly argument, one;
  Ball scale;
  arb_poly_one(one);
  multiply_by_square(argument, x, length, prec);
  arb_set_ui(scale.arb(), 44715);
  arb_div_ui(scale.arb(), scale.arb(), 1000000, prec);
  arb_poly_scalar_mul(argument, argument, scale.arb(), prec);
  arb_poly_add(argument, argument, one, prec);
  arb_poly_mullow(argument, argument, x, length, prec);
  arb_const_pi(scale.arb(), prec);
  arb_ui_div(scale.arb(), 8, scale.arb(), prec);
  arb_sqrt(scale.arb(), scale.arb(), prec);
  arb_poly_scalar_mul(argument, argument, scale.arb(), prec);
  logistic(out, argument, length, prec);
}

void gelu_series(arb_poly_t out, const arb_poly_t x, const Attrs& attrs, slong length, slong prec) {
  Poly gate;
  word_attr(attrs, "approximate") == "tanh" ? tanh_gate(gate, x, length, prec) : normal(gate, x, length, prec);
  arb_poly_mullow(out, gate, x, length, prec);
}

/// The derivative of log|Γ| is digamma on both sides of its poles.
void lgamma_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong length, slong prec) {
  arb_poly_digamma_series(out, x, length, prec);
  integrate(out, length, prec);
}

// ---- piecewise polynomials
// -------------------------------------------------------------------------------------------

/// The sign of x[0]: 0 where it is not known.
int sign_of(const arb_poly_t x) {
  Ball start;
  arb_poly_get_coeff_arb(start.arb(), x, 0);
  return arb_is_positive(start.arb()) ? 1 : arb_is_negative(start.arb()) ? -1 : 0;
}

void indeterminate(arb_poly_t out) {
  Ball none;
  arb_indeterminate(none.arb());
  arb_poly_zero(out);
  arb_poly_set_coeff_arb(out, 1, none.arb());
}

void abs_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong, slong) {
  const int sign = sign_of(x);
  if (sign == 0) return indeterminate(out);
  sign < 0 ? arb_poly_neg(out, x) : arb_poly_set(out, x);
}

void relu_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong, slong) {
  const int sign = sign_of(x);
  if (sign == 0) return indeterminate(out);
  sign < 0 ? arb_poly_zero(out) : arb_poly_set(out, x);
}

void sign_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong, slong) {
  sign_of(x) == 0 ? indeterminate(out) : arb_poly_zero(out);
}

void negative_series(arb_poly_t out, const arb_poly_t x, const Attrs&, slong, slong) { arb_poly_neg(out, x); }

}  // namespace

Series series_of(std::string_view op) {
  static const std::map<std::string_view, Series> all{
      {"abs", abs_series},
      {"acos", root_integral<1, -1, true>},
      {"acosh", root_integral<-1, 1>},
      {"asin", root_integral<1, -1>},
      {"asinh", root_integral<1, 1>},
      {"atan", inverse_integral<1>},
      {"atanh", inverse_integral<-1>},
      {"cos", plain<arb_poly_cos_series>},
      {"cosh", plain<arb_poly_cosh_series>},
      {"digamma", plain<arb_poly_digamma_series>},
      {"erf", erf_series<2>},
      {"erfc", erf_series<-2>},
      {"exp", plain<arb_poly_exp_series>},
      {"exp2", exp2_series},
      {"expm1", plain<arb_poly_exp_series>},
      {"gelu", gelu_series},
      {"lgamma", lgamma_series},
      {"log", plain<arb_poly_log_series>},
      {"log10", log_series<10>},
      {"log1p", log1p_series},
      {"log2", log_series<2>},
      {"negative", negative_series},
      {"reciprocal", plain<arb_poly_inv_series>},
      {"relu", relu_series},
      {"rsqrt", plain<arb_poly_rsqrt_series>},
      {"sigmoid", [](arb_poly_t out, const arb_poly_t x, const Attrs&, slong length,
                     slong prec) { logistic(out, x, length, prec); }},
      {"sign", sign_series},
      {"sin", plain<arb_poly_sin_series>},
      {"sinh", plain<arb_poly_sinh_series>},
      {"softplus", softplus_series},
      {"sqrt", plain<arb_poly_sqrt_series>},
      {"square", [](arb_poly_t out, const arb_poly_t x, const Attrs&, slong length,
                    slong prec) { multiply_by_square(out, x, length, prec); }},
      {"tan", plain<arb_poly_tan_series>},
      {"tanh", tanh_series},
  };
  const auto it = all.find(op);
  return it == all.end() ? nullptr : it->second;
}

Tails tails_of(std::string_view op) {
  constexpr Tails kEverywhere{0, 0}, kPositive{kNaN, 0};
  static const std::map<std::string_view, Tails> all{
      {"abs", kEverywhere},
      {"asinh", kEverywhere},
      {"atan", kEverywhere},
      {"ceil", kEverywhere},
      {"cosh", kEverywhere},
      {"digamma", kPositive},
      {"erf", kEverywhere},
      {"erfc", kEverywhere},
      {"exp", kEverywhere},
      {"exp2", kEverywhere},
      {"expm1", kEverywhere},
      {"floor", kEverywhere},
      // Φ + x·φ has no zero below −1 (Mills' ratio), nor has the derivative of the form by tanh.
      {"gelu", {-1, 0}},
      {"lgamma", {kNaN, 2}},
      {"log", kPositive},
      {"log10", kPositive},
      {"log1p", kPositive},
      {"log2", kPositive},
      {"reciprocal", kEverywhere},
      {"relu", kEverywhere},
      {"round", kEverywhere},
      {"rsqrt", kPositive},
      {"sigmoid", kEverywhere},
      {"sign", kEverywhere},
      {"sinh", kEverywhere},
      {"softplus", kEverywhere},
      {"sqrt", kPositive},
      {"square", kEverywhere},
      {"tanh", kEverywhere},
      {"trunc", kEverywhere},
  };
  const auto it = all.find(op);
  return it == all.end() ? Tails{kNaN, kNaN} : it->second;
}

}  // namespace roundoff::ops
