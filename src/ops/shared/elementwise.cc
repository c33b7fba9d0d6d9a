#include "ops/shared/elementwise.h"

namespace roundoff::ops {
namespace {

/// Below this many relative bits a ball is wide: enclosing it by its ends is tighter than by a derivative bound.
constexpr slong kNarrowBits = 24;

class Ends {
 public:
  explicit Ends(const Ball& x, long prec) {
    arb_init(low_);
    arb_init(high_);
    arb_get_interval_arf(arb_midref(low_), arb_midref(high_), x.arb(), prec);
  }
  ~Ends() {
    arb_clear(low_);
    arb_clear(high_);
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  [[nodiscard]] arb_ptr low() { return low_; }
  [[nodiscard]] arb_ptr high() { return high_; }

 private:
  arb_t low_, high_;
};

}  // namespace

void set_monotone(Ball& out, const Ball& x, ArbUnary f, long prec) {
  if (arb_is_exact(x.arb()) || arb_rel_accuracy_bits(x.arb()) >= kNarrowBits) {
    f(out.arb(), x.arb(), prec);
  } else {
    Ends ends(x, prec);
    f(ends.low(), ends.low(), prec);
    f(ends.high(), ends.high(), prec);
    arb_union(out.arb(), ends.low(), ends.high(), prec);
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

BallFunction monotone_on(double low, double high, ArbUnary f) {
  return [f, low, high](Ball& out, Arguments in, const Attrs&, long prec) {
    switch (side(*in[0], low, high)) {
      case Side::inside:
        return set_monotone(out, *in[0], f, prec);
      case Side::outside:
        return out.set_kind(Kind::nan);
      case Side::across:
        return out.set_kind(Kind::undecided);
    }
  };
}

Side side(const Ball& x, double low, double high) {
  arb_t end;
  arb_init(end);
  arb_set_d(end, low);
  bool above_low = true, below_low = false, below_high = true, above_high = false;
  if (std::isfinite(low)) {
    above_low = arb_ge(x.arb(), end) != 0;
    below_low = arb_lt(x.arb(), end) != 0;
  }
  if (std::isfinite(high)) {
    arb_set_d(end, high);
    below_high = arb_le(x.arb(), end) != 0;
    above_high = arb_gt(x.arb(), end) != 0;
  }
  arb_clear(end);
  if (above_low && below_high) return Side::inside;
  return below_low || above_high ? Side::outside : Side::across;
}

bool above_2exp(const Ball& x, slong e) {
  if (!arb_is_positive(x.arb())) return false;
  mag_t least;
  mag_init(least);
  arb_get_mag_lower(least, x.arb());
  const bool is = mag_cmp_2exp_si(least, e) >= 0;
  mag_clear(least);
  return is;
}

bool below_neg_2exp(const Ball& x, slong e) {
  if (!arb_is_negative(x.arb())) return false;
  mag_t least;
  mag_init(least);
  arb_get_mag_lower(least, x.arb());
  const bool is = mag_cmp_2exp_si(least, e) >= 0;
  mag_clear(least);
  return is;
}

void set_tiny(Ball& out, bool negative) {
  constexpr slong kExponent = -(slong{1} << 20) - 1;
  arb_set_si(out.arb(), negative ? -1 : 1);
  mag_one(arb_radref(out.arb()));
  arb_mul_2exp_si(out.arb(), out.arb(), kExponent);
  out.settle();
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
