#include <mpfr.h>

#include <bit>
#include <cmath>
#include <limits>

#include "kernels/elementary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace roundoff {
namespace HWY_NAMESPACE {
namespace {

struct Plain {
  using V = double;
  static V set(double x) { return x; }
  static V product_error(V a, V b, V p) { return std::fma(a, b, -p); }
  static V outside(V x, double low, double high) {
    return x >= low && x <= high ? 0 : std::numeric_limits<double>::infinity();
  }
  static Wide<V> row(const ElementaryTables& tables, V shifted, V& scale) {
    const auto k = static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(shifted) & 0xffffffff);
    scale = std::bit_cast<double>(static_cast<std::uint64_t>((k >> 11) + std::int64_t{1023}) << 52);
    const Pair64& row = tables.exp[k & (kExpRows - 1)];
    return {row.hi, row.low};
  }
};

void oracle(const ElementaryTables& tables, double x, double low, double rad, double out[3]) {
  const Bounded<double> y = rad == 0 ? exp_of<Plain, true>(tables, Wide<double>{x, low}, rad)
                                     : exp_of<Plain, false>(tables, Wide<double>{x, low}, rad);
  out[0] = y.hi;
  out[1] = y.low;
  out[2] = y.rad;
}

}  // namespace
}  // namespace HWY_NAMESPACE

namespace {

/// 2^(i / steps) as a pair.
Pair64 power_of_two(int i, int steps) {
  Pair64 out{};
  mpfr_t x;
  mpfr_init2(x, 200);
  mpfr_set_si(x, i, MPFR_RNDN);
  mpfr_div_si(x, x, steps, MPFR_RNDN);
  mpfr_exp2(x, x, MPFR_RNDN);
  out.hi = mpfr_get_d(x, MPFR_RNDN);
  mpfr_sub_d(x, x, out.hi, MPFR_RNDN);
  out.low = mpfr_get_d(x, MPFR_RNDN);
  mpfr_clear(x);
  return out;
}

ElementaryTables make_tables() {
  ElementaryTables tables{};
  for (int i = 0; i < kExpRows; ++i) tables.exp[i] = power_of_two(i, kExpRows);
  return tables;
}

}  // namespace

const ElementaryTables& elementary_tables() {
  static const ElementaryTables kTables = make_tables();
  return kTables;
}

std::optional<Elementary> find_elementary(std::string_view op) {
  if (op == "exp") return Elementary::exp;
  return std::nullopt;
}

void elementary_oracle(Elementary, const ElementaryTables& tables, double x, double low, double rad, double out[3]) {
  HWY_NAMESPACE::oracle(tables, x, low, rad, out);
}

}  // namespace roundoff
HWY_AFTER_NAMESPACE();
