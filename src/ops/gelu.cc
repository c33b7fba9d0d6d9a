// gelu(x) = x · Φ(x), Φ the normal distribution, or its form by tanh
#include "ops/shared/course.h"
#include "ops/shared/exponential.h"
#include "ops/shared/series.h"

namespace roundoff::ops {
namespace {

bool by_tanh(const Attrs& attrs) { return word_attr(attrs, "approximate") == "tanh"; }

/// Φ(x) = erfc(−x / √2) / 2
void normal(arb_t out, const arb_t x, slong prec) {
  const slong working = prec + 8;
  Ball t;
  arb_rsqrt_ui(t.arb(), 2, working);
  arb_mul(t.arb(), t.arb(), x, working);
  arb_neg(t.arb(), t.arb());
  arb_hypgeom_erfc(out, t.arb(), prec);
  arb_mul_2exp_si(out, out, -1);
}

/// (1 + tanh(u)) / 2 = sigmoid(2u) for u = √(2/π) · (x + 0.044715 x³)
void tanh_gate(arb_t out, const arb_t x, slong prec) {
  const slong working = prec + 8;
  Ball u, scale;
  arb_mul(u.arb(), x, x, working);
  arb_mul_ui(u.arb(), u.arb(), 44715, working);
  arb_div_ui(u.arb(), u.arb(), 1000000, working);
  arb_add_ui(u.arb(), u.arb(), 1, working);
  arb_mul(u.arb(), u.arb(), x, working);
  arb_const_pi(scale.arb(), working);
  arb_ui_div(scale.arb(), 8, scale.arb(), working);
  arb_sqrt(scale.arb(), scale.arb(), working);  // 2 · √(2/π)
  arb_mul(u.arb(), u.arb(), scale.arb(), working);
  sigmoid_arb(out, u.arb(), prec);
}

void ball(Ball& out, Arguments in, const Attrs& attrs, long prec) {
  constexpr slong kSaturated = kGiantExponent / 3;  // so that x³ is no giant
  const Ball& x = *in[0];
  if (below_neg_2exp(x, kSaturated)) return set_tiny(out, true);
  Ball gate;
  if (above_2exp(x, kSaturated)) {
    set_near(gate, 1);
  } else {
    set_monotone(gate, x, by_tanh(attrs) ? tanh_gate : normal, prec + 8);
  }
  arb_mul(out.arb(), x.arb(), gate.arb(), prec);
  out.settle();
}

std::vector<std::string> derivative(const Attrs& attrs) {
  if (!by_tanh(attrs)) return {"g * (erfc(-x1 / sqrt(2)) / 2 + x1 * exp(-square(x1) / 2) / sqrt(2 * pi))"};
  const std::string gate = "sigmoid(sqrt(8 / pi) * (x1 + 44715 / 1000000 * x1 * square(x1)))";
  const std::string slope = "sqrt(8 / pi) * (1 + 134145 / 1000000 * square(x1))";
  return {"g * " + gate + " * (1 + x1 * (1 - " + gate + ") * " + slope + ")"};
}

/// Φ(x) with its constant term: erfc(−x / √2) / 2, and its derivative e^(−x²/2) / √(2π)
void normal_series(arb_poly_t out, const arb_poly_t x, slong length, slong prec) {
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
void tanh_gate_series(arb_poly_t out, const arb_poly_t x, slong length, slong prec) {
  Poly argument, one;
  Ball scale;
  arb_poly_one(one);
  arb_poly_mullow(argument, x, x, length, prec);
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

void series(arb_poly_t out, const arb_poly_t x, const Attrs& attrs, slong length, slong prec) {
  Poly gate;
  by_tanh(attrs) ? tanh_gate_series(gate, x, length, prec) : normal_series(gate, x, length, prec);
  arb_poly_mullow(out, gate, x, length, prec);
}

}  // namespace

Op make_gelu() {
  return {
      .name = "gelu",
      .summary = "Gaussian error linear unit",
      .body =
          Elementwise{
              .arity = 1, .ball = ball, .special = edges({.keeps_zero = true, .neg_inf = -0.0, .pos_inf = kInf})},
      .attrs = {{.name = "approximate",
                 .type = AttrType::word,
                 .standard = AttrValue(std::string("none")),
                 .doc = "none: x Φ(x); tanh: x (1 + tanh(sqrt(2/π) (x + 0.044715 x³))) / 2",
                 .choices = {"none", "tanh"}}},
      .allowance =
          {
              .ulps = 20,
              .scale_ulps = 8,
              .scale = 1,
              .source =
                  "x (1 + erf(x/√2)) / 2 for x ≥ 0: erf within 16 ulp (32u), halved by the sum (16u), four roundings; "
                  "weak, for the cancelling sum at x < 0, which is 0 below -9: 3u |x| / 2 with erf within 2 ulp, 14u",
          },
      .special_values =
          "gelu(±0) = ±0, gelu(-inf) = -0, gelu(+inf) = +inf, gelu(NaN) = NaN (the limits; ONNX Gelu, opset 20, "
          "leaves them open)",
      .sample = {{{-6, 6}, {-1e-3, 1e-3}, {-40, 40}}},
      .derivative_for = derivative,
      // Φ + x·φ has no zero below −1 (Mills' ratio), nor has the derivative of the form by tanh.
      .course = {.tails = {-1, 0}, .series = series},
      .variants =
          {
              {.name = "GELU by tanh",
               .attrs = {{"approximate", std::string("tanh")}},
               .who = "JAX jax.nn.gelu by default, PyTorch with approximate='tanh', GPT-2"},
              {.name = "GELU by erf",
               .attrs = {{"approximate", std::string("none")}},
               .who = "PyTorch and ONNX Gelu by default, JAX with approximate=False"},
              {.name = "the product as written, NaN at -inf",
               .expression = "x1 * (1 + erf(x1 / sqrt(2))) / 2",
               .who =
                   "PyTorch, TensorFlow and JAX, who leave 0 · ∞ as it is (the formula of each one's reference page)"},
              {.name = "GELU by sigmoid",
               .expression = "x1 * sigmoid(1702 / 1000 * x1)",
               .who = "Hendrycks & Gimpel 2016, section 2; CLIP"},
          },
      .dtype = floating("gelu"),
  };
}

}  // namespace roundoff::ops
