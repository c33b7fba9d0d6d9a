// prod(x, axis=None, keepdims=False): Π x along axes
#include "ops/shared/products.h"

namespace roundoff::ops {
namespace {

void ball(std::span<Ball> out, std::span<const Ball> in, const Attrs&, long prec) {
  BallProduct product;
  for (const Ball& factor : in) product.take(factor, prec);
  out[0] = product.value();
}

void budget(std::span<double> out_rad, std::span<const double> out_mid, std::span<const double> mid,
            std::span<const double> rad, const Unit& unit, const Attrs&) {
  ProductBudget product(unit);
  for (std::size_t i = 0; i < mid.size(); ++i) product.take(mid[i], rad[i]);
  out_rad[0] = product.radius(out_mid[0]);
}

bool rational(std::span<Rational> out, std::span<const Rational> in, const Attrs&) {
  out[0] = 1;
  for (const Rational& x : in) out[0] *= x;
  return true;
}

}  // namespace

Op make_prod() {
  return {
      .name = "prod",
      .summary = "product of the elements along axes",
      .body = Fiber{.ball = ball, .budget = budget, .rational = rational},
      .attrs = {axis_attr(std::monostate()), keepdims_attr()},
      .allowance =
          {.ulps = 1,
           .source =
               "one rounding of the result; the product itself: (1+u)^(n-1) in any order (Higham 2002, lemma 3.1)"},
      .special_values =
          "as IEEE 754 multiplies: inf · 0 = NaN, NaN propagates, the sign of a zero is the product of the signs; of "
          "no elements 1",
      .derivative = {"expand(g * out) / x1"},
      .dtype = dtype_of_sum,
  };
}

}  // namespace roundoff::ops
