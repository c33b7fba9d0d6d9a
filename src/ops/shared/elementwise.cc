#include "ops/shared/elementwise.h"

#include <fmt/format.h>

namespace roundoff::ops {
namespace {

/// Below this many relative bits a ball is wide.
constexpr slong kNarrowBits = 24;
/// What set_tiny() and set_near() bound by.
constexpr slong kTinyExponent = -(slong{1} << 20);

enum class Side { inside, outside, across };

/// Where x lies: with respect to the interval from low to high.
Side side(const Ball& x, double low, double high, Ends ends) {
  const bool closed = ends == Ends::closed;
  arb_t end;
  arb_init(end);
  bool inside = true, outside = false;
  if (std::isfinite(low)) {
    arb_set_d(end, low);
    inside = closed ? arb_ge(x.arb(), end) : arb_gt(x.arb(), end);
    outside = closed ? arb_lt(x.arb(), end) : arb_le(x.arb(), end);
  }
  if (std::isfinite(high)) {
    arb_set_d(end, high);
    inside = inside && (closed ? arb_le(x.arb(), end) : arb_lt(x.arb(), end));
    outside = outside || (closed ? arb_gt(x.arb(), end) : arb_ge(x.arb(), end));
  }
  arb_clear(end);
  return inside ? Side::inside : outside ? Side::outside : Side::across;
}

bool at_least_2exp(const Ball& x, slong e) {
  mag_t least;
  mag_init(least);
  arb_get_mag_lower(least, x.arb());
  const bool is = mag_cmp_2exp_si(least, e) >= 0;
  mag_clear(least);
  return is;
}

}  // namespace

bool is_wide(const Ball& x) { return !arb_is_exact(x.arb()) && arb_rel_accuracy_bits(x.arb()) < kNarrowBits; }

void set_monotone(Ball& out, const Ball& x, const ArbFunction& f, long prec) {
  if (!is_wide(x)) {
    f(out.arb(), x.arb(), prec);
  } else {
    arb_t low, high;
    arb_init(low);
    arb_init(high);
    arb_get_interval_arf(arb_midref(low), arb_midref(high), x.arb(), prec);
    f(low, low, prec);
    f(high, high, prec);
    arb_union(out.arb(), low, high, prec);
    arb_clear(low);
    arb_clear(high);
  }
  out.settle();
}

BallFunction from_arb(ArbUnary f) {
  return [f](Ball& out, Arguments in, const Attrs&, long prec) {
    f(out.arb(), in[0]->arb(), prec);
    out.settle();
  };
}

BallFunction from_arb(ArbBinary f) {
  return [f](Ball& out, Arguments in, const Attrs&, long prec) {
    f(out.arb(), in[0]->arb(), in[1]->arb(), prec);
    out.settle();
  };
}

BallFunction monotone(ArbUnary f) {
  return [f](Ball& out, Arguments in, const Attrs&, long prec) { set_monotone(out, *in[0], f, prec); };
}

BallFunction monotone_on(double low, double high, Ends ends, ArbUnary f) {
  return [f, low, high, ends](Ball& out, Arguments in, const Attrs&, long prec) {
    switch (side(*in[0], low, high, ends)) {
      case Side::inside:
        return set_monotone(out, *in[0], f, prec);
      case Side::outside:
        return out.set_kind(Kind::nan);
      case Side::across:
        return out.set_kind(Kind::undecided);
    }
  };
}

void set_interval(Ball& out, arf_srcptr low, arf_srcptr high, long prec) {
  if (arf_equal(low, high)) {
    arb_set_arf(out.arb(), low);
  } else {
    arb_set_interval_arf(out.arb(), low, high, prec);
  }
  out.settle();
}

void set_abs(Ball& out, const Ball& x) {
  if (arb_is_nonnegative(x.arb())) {
    arb_set(out.arb(), x.arb());
  } else if (arb_is_nonpositive(x.arb())) {
    arb_neg(out.arb(), x.arb());
  } else {
    mag_t half;
    mag_init(half);
    arb_get_mag(half, x.arb());
    mag_mul_2exp_si(half, half, -1);
    arf_set_mag(arb_midref(out.arb()), half);
    mag_swap(arb_radref(out.arb()), half);
    mag_clear(half);
  }
  out.settle();
}

void set_tiny(Ball& out, bool negative) {
  arb_set_si(out.arb(), negative ? -1 : 1);
  mag_one(arb_radref(out.arb()));
  arb_mul_2exp_si(out.arb(), out.arb(), kTinyExponent - 1);
  out.settle();
}

void set_near(Ball& out, int value) {
  arb_set_si(out.arb(), value);
  mag_set_ui_2exp_si(arb_radref(out.arb()), 1, kTinyExponent);
  out.settle();
}

void set_angle(Ball& out, int quarters, long prec) {
  arb_const_pi(out.arb(), prec);
  arb_mul_si(out.arb(), out.arb(), quarters, prec);
  arb_mul_2exp_si(out.arb(), out.arb(), -2);
  out.settle();
}

bool above_2exp(const Ball& x, slong e) { return arb_is_positive(x.arb()) && at_least_2exp(x, e); }

bool below_neg_2exp(const Ball& x, slong e) { return arb_is_negative(x.arb()) && at_least_2exp(x, e); }

SpecialFunction edges(Edges table) {
  return [table = std::move(table)](Numbers in, const Attrs&) -> std::optional<double> {
    const double x = in[0];
    if (std::isnan(x)) return x;
    if (std::isinf(x)) return x < 0 ? table.neg_inf : table.pos_inf;
    if (x == 0 && table.keeps_zero) return x;
    if (x == 0 && table.zero) return *table.zero;
    for (const auto& [at, value] : table.points) {
      if (x == at) return value;
    }
    return std::nullopt;
  };
}

DTypeRule floating(std::string name) {
  return [name = std::move(name)](std::span<const DType> in, const Attrs&) -> Result<DType> {
    ROUNDOFF_TRY(const DType dtype, promote(in));
    if (is_float(dtype)) return dtype;
    return Error{Code::input, fmt::format("{} takes floating arguments, not {}", name, name_of(dtype)), "",
                 "convert with astype(x, dtype='float32')"};
  };
}

DTypeRule numeric(std::string name) {
  return [name = std::move(name)](std::span<const DType> in, const Attrs&) -> Result<DType> {
    ROUNDOFF_TRY(const DType dtype, promote(in));
    if (dtype != DType::bool_) return dtype;
    return Error{Code::input, fmt::format("{} takes numbers, not truth values", name), "",
                 "convert with astype(x, dtype='float32')"};
  };
}

Allowance basic_operation() {
  return {.ulps = 1, .ieee754 = true, .source = "IEEE 754-2019, 5.4: correctly rounded; 1 ulp for the verdict"};
}

Allowance nothing_to_round() { return {.ulps = 0, .source = "the result is exact in the format"}; }

Allowance opencl(double ulps) {
  return {.ulps = ulps,
          .source = "The OpenCL C Specification 3.0, \"Relative Error as ULPs\", single precision, full profile"};
}

}  // namespace roundoff::ops
