// astype(x, dtype): the same number in another dtype. The truth is not rounded: that is the backend's rounding.
#include "ops/shared/order.h"
#include "ops/shared/steps.h"

namespace roundoff::ops {
namespace {

DType target(const Attrs& attrs) { return dtype_named(word_attr(attrs, "dtype")).value_or(DType::float64); }

/// −2^low and 2^high: an integer dtype holds [−2^low, 2^high).
struct Range {
  int low, high;
  bool is_signed;
};

Range range_of(DType dtype) {
  const int bits = static_cast<int>(8 * size_of(dtype));
  const bool is_signed =
      dtype == DType::int8 || dtype == DType::int16 || dtype == DType::int32 || dtype == DType::int64;
  return is_signed ? Range{bits - 1, bits - 1, true} : Range{0, bits, false};
}

/// Whether all of a ball of integers fits; what does not is left open by C and by the array API.
bool fits(const Ball& integers, DType dtype) {
  const Range range = range_of(dtype);
  arb_t bound;
  arb_init(bound);
  arb_set_si(bound, range.is_signed ? -1 : 0);
  arb_mul_2exp_si(bound, bound, range.low);
  const bool above = arb_ge(integers.arb(), bound) != 0;
  arb_one(bound);
  arb_mul_2exp_si(bound, bound, range.high);
  const bool below = arb_lt(integers.arb(), bound) != 0;
  arb_clear(bound);
  return above && below;
}

void ball(Ball& out, Arguments in, const Attrs& attrs, long prec) {
  const DType dtype = target(attrs);
  if (is_float(dtype)) {
    out = *in[0];
  } else if (dtype == DType::bool_) {
    set_truth(out, arb_contains_zero(in[0]->arb()) != 0, arb_is_zero(in[0]->arb()) == 0);
  } else {
    static const Elementwise kTrunc = integer_step(Direction::to_zero);
    kTrunc.ball(out, in, {}, prec);
    if (out.kind() == Kind::neg_zero) out.set_double(0);
    if (!fits(out, dtype)) out.set_kind(Kind::undecided);
  }
}

std::optional<double> special(Numbers x, const Attrs& attrs) {
  const DType dtype = target(attrs);
  if (is_float(dtype)) return x[0];
  if (dtype == DType::bool_) return x[0] != 0;
  return std::nullopt;
}

std::optional<Rational> rational(Rationals x, const Attrs& attrs) {
  const DType dtype = target(attrs);
  if (is_float(dtype)) return x[0];
  if (dtype == DType::bool_) return Rational(sgn(x[0]) != 0);
  return to_integer(x[0], Direction::to_zero);
}

Result<DType> dtype_rule(std::span<const DType>, const Attrs& attrs) { return target(attrs); }

}  // namespace

Op make_astype() {
  return {
      .name = "astype",
      .summary = "the same number in another dtype; to integers it is truncated",
      .body = Elementwise{.arity = 1, .ball = ball, .special = special, .rational = rational},
      .attrs = {{.name = "dtype", .type = AttrType::dtype, .doc = "the dtype of the result"}},
      .allowance = {.ulps = 1,
                    .ieee754 = true,
                    .source = "IEEE 754-2019, 5.4.2: conversions are correctly rounded; 1 ulp for the verdict"},
      .special_values =
          "to floating dtypes NaN, infinities and signed zeros stay; to integers NaN, infinities and numbers "
          "out of range are undecided (C17 6.3.1.4); to bool all but zeros are true (C17 6.3.1.2)",
      .sample = {{{-1, 1}, {-100, 100}}},
      .dtype = dtype_rule,
  };
}

}  // namespace roundoff::ops
