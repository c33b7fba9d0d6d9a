// Balls, their 32-byte form and correct rounding, against MPFR and against exact inclusion.
#include "balls/ball.h"

#include <gtest/gtest.h>
#include <mpfr.h>  // before FLINT, which declares its conversions where MPFR is known

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace roundoff {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> kFormats = {DType::float16, DType::bfloat16, DType::float32, DType::float64};

bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

class Inputs {
 public:
  std::uint64_t bits() { return engine_(); }
  long between(long low, long high) {
    return low + static_cast<long>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

 private:
  std::mt19937_64 engine_{20261123};
};

/// x rounded to the format by MPFR: its exponent range, then its double-rounding-free subnormals.
double by_mpfr(arf_srcptr x, const Format& format) {
  mpfr_t y;
  mpfr_init2(y, 20'000);
  arf_get_mpfr(y, x, MPFR_RNDN);
  const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
  mpfr_set_emin(format.emin - format.precision + 2);
  mpfr_set_emax(format.emax + 1);
  mpfr_t out;
  mpfr_init2(out, format.precision);
  int inexact = mpfr_set(out, y, MPFR_RNDN);
  inexact = mpfr_check_range(out, inexact, MPFR_RNDN);
  mpfr_subnormalize(out, inexact, MPFR_RNDN);
  const double answer = mpfr_get_d(out, MPFR_RNDN);
  mpfr_set_emin(emin);
  mpfr_set_emax(emax);
  mpfr_clear(y);
  mpfr_clear(out);
  return answer;
}

/// What rounded() promises: the common answer of both ends, +0 for a ball round zero that rounds to zero.
std::optional<double> by_ends(const Ball& ball, const Format& format) {
  arf_t low, high;
  arf_init(low);
  arf_init(high);
  arf_set_mag(low, arb_radref(ball.arb()));
  arf_add(high, arb_midref(ball.arb()), low, ARF_PREC_EXACT, ARF_RND_DOWN);
  arf_sub(low, arb_midref(ball.arb()), low, ARF_PREC_EXACT, ARF_RND_DOWN);
  const double a = by_mpfr(low, format), b = by_mpfr(high, format);
  const bool below = arf_sgn(low) < 0 && arf_sgn(high) <= 0;
  arf_clear(low);
  arf_clear(high);
  if (a != b) return std::nullopt;
  return a == 0 ? (below ? -0.0 : 0.0) : a;
}

/// A midpoint near what the format makes difficult: floats, ties, the ends of its range; and any number at all.
void difficult_midpoint(arf_t out, const Format& format, Inputs& random) {
  const long exponent = random.between(0, 3) == 0 ? random.between(format.emin - format.precision - 3, format.emin + 2)
                                                  : random.between(format.emin, format.emax + 1);
  const long half = std::max<long>(exponent, format.emin) - format.precision;  // half an ulp is 2^half
  arf_set_ui(out, random.between(0, 4) == 0 ? 1 : 1 + random.bits() % (1ul << format.precision));
  if (random.between(0, 2) != 0) arf_mul_ui(out, out, 2, ARF_PREC_EXACT, ARF_RND_DOWN);
  arf_mul_2exp_si(out, out,
                  exponent < format.emin || random.between(0, 4) != 0 ? half : random.between(half - 40, half + 40));
  arf_t off;
  arf_init(off);
  arf_set_si(off, random.between(-2, 2));
  arf_mul_2exp_si(off, off, half - random.between(0, 120));
  arf_add(out, out, off, ARF_PREC_EXACT, ARF_RND_DOWN);
  if (random.bits() % 2 != 0) arf_neg(out, out);
  arf_clear(off);
}

TEST(Rounding, AgreesWithMpfrRoundTheEnds) {
  Inputs random;
  int decided = 0, open = 0;
  for (const DType dtype : kFormats) {
    const Format& format = format_of(dtype);
    for (int i = 0; i < 30'000; ++i) {
      Ball ball;
      difficult_midpoint(arb_midref(ball.arb()), format, random);
      if (random.between(0, 2) != 0) {
        arf_t rad;
        arf_init(rad);
        arf_abs(rad, arb_midref(ball.arb()));
        arf_get_mag(arb_radref(ball.arb()), rad);
        mag_mul_2exp_si(arb_radref(ball.arb()), arb_radref(ball.arb()), random.between(-130, 1));
        arf_clear(rad);
      }
      const auto answer = rounded(ball, format), truth = by_ends(ball, format);
      ASSERT_EQ(answer.has_value(), truth.has_value());
      if (answer) {
        ASSERT_TRUE(same(*answer, *truth)) << *answer << " is " << *truth << " in " << name_of(dtype);
      }
      (answer ? decided : open)++;

      // The 32-byte form may decide less, and never otherwise; exact ones that fit decide the same.
      const Enclosure small = enclosure_of(ball);
      const auto short_answer = rounded(small, format);
      if (short_answer) {
        ASSERT_TRUE(answer && same(*answer, *short_answer));
      }
      if (small.exact()) {
        ASSERT_TRUE(short_answer.has_value());
      }
    }
  }
  EXPECT_GT(decided, 40'000);
  EXPECT_GT(open, 10'000);
}

TEST(Rounding, OverflowsAtTheLastTie) {
  for (const DType dtype : kFormats) {
    const Format& format = format_of(dtype);
    Ball ball;
    const arf_ptr mid = arb_midref(ball.arb());
    arf_set_d(mid, format.max_finite());
    arf_t half;
    arf_init(half);
    arf_one(half);
    arf_mul_2exp_si(half, half, format.emax - format.precision);
    arf_add(mid, mid, half, ARF_PREC_EXACT, ARF_RND_DOWN);
    EXPECT_EQ(rounded(ball, format), kInf);
    EXPECT_EQ(rounded(enclosure_of(ball), format), kInf);
    arf_mul_2exp_si(half, half, -40);
    arf_sub(mid, mid, half, ARF_PREC_EXACT, ARF_RND_DOWN);
    EXPECT_EQ(rounded(ball, format), format.max_finite());
    EXPECT_EQ(rounded(enclosure_of(ball), format), format.max_finite());
    arf_clear(half);
  }
}

TEST(Rounding, TiesGoToEvenAndAreDecidedOnlyByExactBalls) {
  const Format& format = format_of(DType::float32);
  for (const double even : {0x1p0, 0x1.000004p0, 0x1.fffffep127}) {
    const double tie = even + 0x1p-24;
    if (tie == even) continue;
    EXPECT_EQ(rounded(enclosure_of(tie), format), even);
    EXPECT_EQ(rounded(Enclosure{.hi = tie, .rad = 0x1p-200}, format), std::nullopt);
    EXPECT_EQ(rounded(Enclosure{.hi = tie, .lo = 0x1p-100, .rad = 0x1p-110}, format), even + 0x1p-23);
    EXPECT_EQ(rounded(Enclosure{.hi = tie, .lo = -0x1p-100, .rad = 0x1p-110}, format), even);
  }
}

TEST(Rounding, KindsAndZeros) {
  const Format& format = format_of(DType::float32);
  const auto of = [&](Kind kind) { return rounded(Enclosure{.kind = kind}, format); };
  EXPECT_TRUE(std::isnan(*of(Kind::nan)));
  EXPECT_EQ(of(Kind::pos_inf), kInf);
  EXPECT_EQ(of(Kind::huge_neg), -kInf);
  EXPECT_EQ(of(Kind::undecided), std::nullopt);
  EXPECT_TRUE(same(*of(Kind::neg_zero), -0.0));
  EXPECT_TRUE(same(*of(Kind::real), 0.0));
  EXPECT_TRUE(same(*rounded(Enclosure{.hi = -0x1p-200, .rad = 0x1p-210}, format), -0.0));
  EXPECT_TRUE(same(*rounded(Enclosure{.hi = -0x1p-200, .rad = 0x1p-200}, format), -0.0));  // ends at 0
  EXPECT_TRUE(same(*rounded(Enclosure{.hi = -0x1p-200, .rad = 0x1p-190}, format), 0.0));   // holds 0
  EXPECT_TRUE(same(*rounded(Enclosure{.hi = -0.5, .rad = 0.5, .exp = -(1 << 20)}, format), -0.0));
}

TEST(Rounding, QuickAndCarefulAgreeOnDoubleDoubles) {
  Inputs random;
  for (const DType dtype : kFormats) {
    const Format& format = format_of(dtype);
    int decided = 0;
    for (int i = 0; i < 50'000; ++i) {
      Enclosure e;
      e.hi = std::ldexp(1 + random.unit(), static_cast<int>(random.between(format.emin - 30, format.emax + 3) % 1000));
      if (random.between(0, 3) == 0) e.hi = round_to(format, e.hi);
      if (random.between(0, 3) == 0) e.hi += ulp(format, e.hi) / 2;
      if (!std::isfinite(e.hi)) continue;
      if (random.bits() % 2 != 0) e.hi = -e.hi;
      e.lo = e.hi * (random.unit() - 0.5) * 0x1p-54;
      e.rad = std::fabs(e.hi) * random.unit() * std::ldexp(1.0, -static_cast<int>(random.between(20, 110)));
      Ball ball;
      set(ball, e);
      const auto careful = rounded(ball, format), quick = rounded(e, format);
      ASSERT_EQ(careful.has_value(), quick.has_value()) << e.hi << " " << e.lo << " " << e.rad;
      if (careful) {
        ASSERT_TRUE(same(*careful, *quick)) << e.hi << " " << e.lo << " " << e.rad;
      }
      decided += careful.has_value();
    }
    EXPECT_GT(decided, 20'000) << name_of(dtype);
  }
}

TEST(Enclosures, HoldTheBallAndLittleMore) {
  Inputs random;
  for (int i = 0; i < 40'000; ++i) {
    Ball ball;
    const arf_ptr mid = arb_midref(ball.arb());
    const long bits = random.between(1, 400);
    arf_set_ui(mid, 1 + 2 * (random.bits() >> 2));
    arf_mul_2exp_si(mid, mid, bits);
    arf_add_ui(mid, mid, random.bits() % 1000, ARF_PREC_EXACT, ARF_RND_DOWN);
    if (random.bits() % 2 != 0) arf_neg(mid, mid);
    arf_mul_2exp_si(mid, mid,
                    random.between(0, 9) == 0 ? random.between(-3'000'000, 900'000) : random.between(-1500, 1100));
    if (random.bits() % 2 != 0) {
      arf_get_mag(arb_radref(ball.arb()), mid);
      mag_mul_2exp_si(arb_radref(ball.arb()), arb_radref(ball.arb()), random.between(-2500, 40));
    }
    const Enclosure e = enclosure_of(ball);
    ASSERT_TRUE(e.real());
    ASSERT_EQ(e.hi, e.hi + e.lo);
    for (const double part : {e.hi, e.lo, e.rad}) ASSERT_TRUE(part == 0 || std::isnormal(part));
    Ball back;
    set(back, e);
    ASSERT_TRUE(arb_contains(back.arb(), ball.arb()));
    // The radius grows by no more than the residue: an ulp of the low part, and what a double of the radius rounds.
    mag_t allowed;
    mag_init(allowed);
    arf_get_mag(allowed, mid);
    mag_mul_2exp_si(allowed, allowed, -104);
    mag_add(allowed, allowed, arb_radref(ball.arb()));
    mag_mul_2exp_si(allowed, allowed, 1);
    ASSERT_LE(mag_cmp(arb_radref(back.arb()), allowed), 0);
    mag_clear(allowed);
    if (arb_is_exact(ball.arb()) && arf_bits(mid) <= 53) {
      ASSERT_TRUE(arb_equal(back.arb(), ball.arb()));
    }
  }
}

TEST(Enclosures, BeyondTheirRange) {
  Ball ball;
  arb_one(ball.arb());
  arb_mul_2exp_si(ball.arb(), ball.arb(), 1 << 20);
  EXPECT_EQ(enclosure_of(ball).kind, Kind::huge_pos);
  arb_neg(ball.arb(), ball.arb());
  EXPECT_EQ(enclosure_of(ball).kind, Kind::huge_neg);
  mag_set_ui_2exp_si(arb_radref(ball.arb()), 1, 1 << 20);
  EXPECT_TRUE(enclosure_of(ball).real());  // from −2^(2^20 + 1) to 0: still stored
  fmpz_t far;
  fmpz_init(far);
  fmpz_one(far);
  fmpz_mul_2exp(far, far, 80);
  arb_one(ball.arb());
  arb_mul_2exp_fmpz(ball.arb(), ball.arb(), far);
  mag_set_ui_2exp_si(arb_radref(ball.arb()), 1, 3);
  EXPECT_EQ(enclosure_of(ball).kind, Kind::huge_pos);
  mag_set_fmpz_2exp_fmpz(arb_radref(ball.arb()), far, far);
  EXPECT_EQ(enclosure_of(ball).kind, Kind::undecided);
  arb_set_si(ball.arb(), -1);
  fmpz_neg(far, far);
  arb_mul_2exp_fmpz(ball.arb(), ball.arb(), far);
  const Enclosure tiny = enclosure_of(ball);
  EXPECT_TRUE(same(*rounded(tiny, format_of(DType::float64)), -0.0));
  Ball back;
  set(back, tiny);
  EXPECT_TRUE(arb_contains(back.arb(), ball.arb()));
  EXPECT_TRUE(arb_is_nonpositive(back.arb()));
  fmpz_clear(far);
}

TEST(Enclosures, MidpointsAreTheNearestDoubles) {
  EXPECT_EQ(midpoint(enclosure_of(0x1.23456789abcdep-1060)), 0x1.23456789abcdep-1060);
  EXPECT_EQ(midpoint(enclosure_of(5e-324)), 5e-324);
  EXPECT_EQ(midpoint(enclosure_of(1.5)), 1.5);
  EXPECT_EQ(midpoint({.hi = 0.75, .exp = 2000}), kInf);
  EXPECT_TRUE(std::isnan(midpoint({.kind = Kind::undecided})));
  EXPECT_TRUE(same(midpoint(enclosure_of(-0.0)), -0.0));
  EXPECT_EQ(midpoint(enclosure_of(-kInf)), -kInf);
}

TEST(Balls, KeepEveryDouble) {
  Inputs random;
  for (int i = 0; i < 50'000; ++i) {
    double x = std::bit_cast<double>(random.bits());
    if (i < 4) x = std::vector<double>{0.0, -0.0, kInf, kNaN}[static_cast<std::size_t>(i)];
    Ball ball;
    ball.set_double(x);
    ASSERT_TRUE(ball.exact());
    ASSERT_TRUE(same(ball.as_double().value(), x));
    Ball back;
    set(back, enclosure_of(x));
    ASSERT_TRUE(same(back.as_double().value(), x));
    ASSERT_TRUE(same(midpoint(enclosure_of(x)), x));
  }
}

TEST(Balls, AreDoublesOnlyWhereExactlySo) {
  Ball ball;
  arb_set_d(ball.arb(), 1);
  mag_set_ui_2exp_si(arb_radref(ball.arb()), 1, -3000);
  EXPECT_EQ(ball.as_double(), std::nullopt);
  arb_one(ball.arb());
  arb_mul_2exp_si(ball.arb(), ball.arb(), -1075);
  EXPECT_EQ(ball.as_double(), std::nullopt);
  arb_mul_2exp_si(ball.arb(), ball.arb(), 1075 + 1024);
  EXPECT_EQ(ball.as_double(), std::nullopt);
  arb_set_str(ball.arb(), "18014398509481985", 200);  // 2^54 + 1
  EXPECT_EQ(ball.as_double(), std::nullopt);
  ball.set_kind(Kind::huge_pos);
  EXPECT_EQ(ball.as_double(), std::nullopt);
}

TEST(Balls, SettleRefusesWhatIsNotFinite) {
  Ball ball;
  arb_log(ball.arb(), ball.arb(), 64);
  ball.settle();
  EXPECT_EQ(ball.kind(), Kind::undecided);
  EXPECT_FALSE(ball.exact());
}

}  // namespace
}  // namespace roundoff
