// tanh(x) = sinh(x) / cosh(x)
#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  if (above_2exp(*in[0], kGiantExponent)) return set_near(out, 1);
  if (below_neg_2exp(*in[0], kGiantExponent)) return set_near(out, -1);
  set_monotone(out, *in[0], arb_tanh, prec);
}

}  // namespace

Op make_tanh() {
  return {
      .name = "tanh",
      .summary = "hyperbolic tangent",
      .body =
          Elementwise{
              .arity = 1, .ball = ball, .special = edges({.keeps_zero = true, .neg_inf = -1.0, .pos_inf = 1.0})},
      .allowance = opencl(5),
      .special_values = "tanh(±0) = ±0, tanh(±inf) = ±1, tanh(NaN) = NaN (C17 F.10.2.6)",
      .sample = {{{-1, 1}, {-1e-3, 1e-3}, {-10, 10}, {-20, 20}}},
      .derivative = {"g * (1 - square(out))"},
      .dtype = floating("tanh"),
  };
}

}  // namespace roundoff::ops
