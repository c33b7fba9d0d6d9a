// hypot(x1, x2) = √(x1² + x2²)
#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

void square(arb_ptr out, arb_srcptr x, slong prec) { arb_mul(out, x, x, prec); }

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const slong working = prec + 8;
  Ball a, b;
  set_abs(a, *in[0]);
  set_abs(b, *in[1]);
  set_monotone(a, a, square, working);
  set_monotone(b, b, square, working);
  arb_add(a.arb(), a.arb(), b.arb(), working);
  arb_nonnegative_part(a.arb(), a.arb());  // a sum of squares, whatever its radius says
  set_monotone(out, a, arb_sqrt, prec);
}

std::optional<double> special(Numbers x, const Attrs&) {
  if (std::isinf(x[0]) || std::isinf(x[1])) return kInf;
  if (std::isnan(x[0]) || std::isnan(x[1])) return kNaN;
  return std::nullopt;
}

}  // namespace

Op make_hypot() {
  return {
      .name = "hypot",
      .summary = "length of the vector (x1, x2)",
      .body = Elementwise{.arity = 2,
                          .ball = ball,
                          .special = special,
                          .pair =
                              [](const DoubleDouble* x) {
                                return square_root(add(multiply(x[0], x[0]), multiply(x[1], x[1])));
                              }},
      .allowance = opencl(4),
      .special_values = "+inf if an argument is infinite, even if the other is NaN; else NaN if one is (C17 F.10.4.3)",
      .sample = {{{-1, 1}, {-1e3, 1e3}, {-1e25, 1e25}}, {{-1, 1}, {-1e3, 1e3}, {-1e25, 1e25}}},
      .derivative = {"g * x1 / out", "g * x2 / out"},
      .dtype = floating("hypot"),
  };
}

}  // namespace roundoff::ops
