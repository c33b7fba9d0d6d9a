// cumulative_sum(x, axis=None): out[j] = x[0] + … + x[j]
#include "ops/shared/fibers.h"

namespace roundoff::ops {
namespace {

void ball(std::span<Ball> out, std::span<const Ball> in, const Attrs&, long prec) {
  Census census;
  Ball sum;
  for (std::size_t i = 0; i < in.size(); ++i) {
    census.count(in[i]);
    if (in[i].real()) arb_add(sum.arb(), sum.arb(), in[i].arb(), prec);
    out[i] = sum;
    const Kind kind = census.of_sum();
    kind == Kind::real ? out[i].settle() : out[i].set_kind(kind);
  }
}

bool enclose(std::span<Enclosure> out, std::span<const Enclosure> in, const Attrs&) {
  EnclosureSum sum;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!sum.take(in[i]) || !sum.write(out[i])) return false;
  }
  return true;
}

/// Each output is a sum of its own: any order, for each.
void budget(std::span<double> out_rad, std::span<const double>, std::span<const double> mid,
            std::span<const double> rad, const Unit& unit, const Attrs&) {
  SumBudget total;
  for (std::size_t i = 0; i < mid.size(); ++i) {
    total.take(mid[i], rad[i]);
    out_rad[i] = total.radius(unit);
  }
}

bool rational(std::span<Rational> out, std::span<const Rational> in, const Attrs&) {
  Rational sum = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    sum += in[i];
    out[i] = sum;
  }
  return true;
}

}  // namespace

Op make_cumulative_sum() {
  return {
      .name = "cumulative_sum",
      .summary = "running sum along one axis",
      .body = Fiber{.scan = true, .ball = ball, .enclose = enclose, .budget = budget, .rational = rational},
      .attrs = {axis_attr(std::monostate())},
      .allowance = {.ulps = 1,
                    .source = "one rounding of each result; each sum: (n-1)·u·Σ|x| in any order (Rump 2012)"},
      .special_values = "as sum, for each result; axis None for 1-D arguments only (array API 2023.12)",
      .derivative = {"flip(cumulative_sum(flip(g)))"},
      .shape = shape_along_one_axis,
      .dtype = dtype_of_sum,
  };
}

}  // namespace roundoff::ops
