// where(x1, x2, x3): x2 where x1 holds, else x3
#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

void ball(Ball& out, Arguments in, const Attrs&, long prec) {
  const Ball& condition = *in[0];
  const bool zero = condition.kind() == Kind::neg_zero || (condition.real() && arb_is_zero(condition.arb()));
  const bool maybe_zero =
      condition.kind() == Kind::undecided || (condition.real() && arb_contains_zero(condition.arb()));
  if (zero || !maybe_zero) {
    out = zero ? *in[2] : *in[1];
  } else if (in[1]->real() && in[2]->real()) {
    arb_union(out.arb(), in[1]->arb(), in[2]->arb(), prec);
    out.settle();
  } else {
    out.set_kind(Kind::undecided);
  }
}

std::optional<double> special(Numbers x, const Attrs&) { return x[0] != 0 ? x[1] : x[2]; }

std::optional<Rational> rational(Rationals x, const Attrs&) { return sgn(x[0]) != 0 ? x[1] : x[2]; }

}  // namespace

Op make_where() {
  return {
      .name = "where",
      .summary = "choice between two numbers",
      .body = Elementwise{.arity = 3, .ball = ball, .special = special, .any_kind = true, .rational = rational},
      .allowance = nothing_to_round(),
      .special_values =
          "the chosen argument unchanged, NaN, infinities and signed zeros included; a NaN condition is not zero and "
          "so holds (C17 6.3.1.2)",
      .sample = {{{-1, 1}}, {{-10, 10}}, {{-10, 10}}},
      .derivative = {"0", "where(x1, g, 0)", "where(x1, 0, g)"},
      .dtype = [](std::span<const DType> in, const Attrs&) { return promote(in.subspan(1)); },
  };
}

}  // namespace roundoff::ops
