// cumulative_prod(x, axis=None): out[j] = x[0] · … · x[j]
#include "ops/shared/products.h"

namespace roundoff::ops {
namespace {

void ball(std::span<Ball> out, std::span<const Ball> in, const Attrs&, long prec) {
  BallProduct product;
  for (std::size_t i = 0; i < in.size(); ++i) {
    product.take(in[i], prec);
    out[i] = product.value();
  }
}

/// Each output is a product of its own: any order, for each.
void budget(std::span<double> out_rad, std::span<const double> out_mid, std::span<const double> mid,
            std::span<const double> rad, const Unit& unit, const Attrs&) {
  ProductBudget product(unit);
  for (std::size_t i = 0; i < mid.size(); ++i) {
    product.take(mid[i], rad[i]);
    out_rad[i] = product.radius(out_mid[i]);
  }
}

bool rational(std::span<Rational> out, std::span<const Rational> in, const Attrs&) {
  Rational product = 1;
  for (std::size_t i = 0; i < in.size(); ++i) {
    product *= in[i];
    out[i] = product;
  }
  return true;
}

}  // namespace

Op make_cumulative_prod() {
  return {
      .name = "cumulative_prod",
      .summary = "running product along one axis",
      .body = Fiber{.scan = true, .ball = ball, .budget = budget, .rational = rational},
      .attrs = {axis_attr(std::monostate())},
      .allowance = {.ulps = 1,
                    .source =
                        "one rounding of each result; each product: (1+u)^(n-1) in any order (Higham 2002, lemma 3.1)"},
      .special_values = "as prod, for each result; axis None for 1-D arguments only (array API 2023.12)",
      .derivative = {"flip(cumulative_sum(flip(g * out))) / x1"},
      .shape = shape_along_one_axis,
      .dtype = dtype_of_sum,
  };
}

}  // namespace roundoff::ops
