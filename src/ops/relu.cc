// relu(x) = max(x, 0)
#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long) {
  if (arb_is_nonnegative(in[0]->arb())) {
    arb_set(out.arb(), in[0]->arb());
  } else {
    arb_nonnegative_part(out.arb(), in[0]->arb());
  }
  out.settle();
}

std::optional<double> special(Numbers x, const Attrs&) { return x[0] > 0 || std::isnan(x[0]) ? x[0] : 0.0; }

std::optional<Rational> rational(Rationals x, const Attrs&) { return sgn(x[0]) > 0 ? x[0] : Rational(0); }

}  // namespace

Op make_relu() {
  return {
      .name = "relu",
      .summary = "the number where positive, else zero",
      .body = Elementwise{.arity = 1, .ball = ball, .special = special, .rational = rational},
      .allowance = nothing_to_round(),
      .special_values =
          "relu(±0) = +0, relu(-inf) = +0, relu(+inf) = +inf, relu(NaN) = NaN (ONNX Relu as max(0, x), with NaN as in "
          "IEEE 754-2019 maximum)",
      .sample = {{{-1, 1}, {-1e6, 1e6}}},
      .derivative = {"where(greater(x1, 0), g, 0)"},
      .dtype = numeric("relu"),
  };
}

}  // namespace roundoff::ops
