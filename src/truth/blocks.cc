#include "truth/blocks.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/format.h"
#include "truth/taylor.h"

namespace roundoff::truth {
namespace {

constexpr int kTerms = 7;  // Taylor coefficients; the next one bounds the rest
constexpr long kPointBits = 110, kWideBits = 64;
constexpr int kRangeLevel = 14;  // smaller blocks are not worth a look at their whole range
constexpr int kRestLevel = 16;   // of blocks whose remainder serves smaller ones
// ulp: a polynomial's bound, for what the kernel needs, and for few elements to need balls.
constexpr double kTolerance = 0x1p-22, kSteepTolerance = 0x1p-19;
constexpr double kSteep = 29;        // ulps per input: beyond, the smallest chunk needs more than 2^11 of them
constexpr double kUp = 1 + 0x1p-40;  // above the roundings of a few dozen operations on non-negative doubles
constexpr std::uint32_t kSign = 0x8000'0000, kInfinity = 0x7f80'0000, kHidden = 0x80'0000;

double value(std::uint32_t pattern) { return static_cast<double>(std::bit_cast<float>(pattern)); }

/// Inputs from the block's first to its middle; 0 of a block of one.
double half_of(const Block& block) {
  const std::uint32_t half = block.size() / 2;
  return half;
}

/// An upper bound of |x|; +∞ where there is none.
double upper(arb_srcptr x) {
  if (!arb_is_finite(x)) return std::numeric_limits<double>::infinity();
  mag_t bound;
  mag_init(bound);
  arb_get_mag(bound, x);
  const double out = mag_cmp_2exp_si(bound, -900) < 0 ? 0x1p-900 : mag_get_d(bound) * kUp;
  mag_clear(bound);
  return out;
}

/// The midpoint in double, and a bound of how far the ball's numbers are from it.
double split(arb_srcptr x, double& radius) {
  const double mid = arf_get_d(arb_midref(x), ARF_RND_NEAR);
  radius = (mag_cmp_2exp_si(arb_radref(x), -900) < 0 ? 0x1p-900 : mag_get_d(arb_radref(x)) * kUp) +
           std::fabs(mid) * 0x1p-53 + 0x1p-1000;
  return mid;
}

/// Whether all errors from `low` to `high`, in units, are in one cell of the line's contract; then that cell.
bool one_cell(double low, double high, double& cell) {
  if (low > -1 && high < 1) {
    cell = 0;
    return true;
  }
  if (!(low > 1 || high < -1)) return false;
  const double a = std::min(std::fabs(low), std::fabs(high)), b = std::max(std::fabs(low), std::fabs(high));
  if (std::floor(a) != std::floor(b) || std::floor(a) == a) return false;
  cell = std::copysign(std::floor(a) + 0.5, low);
  return true;
}

}  // namespace

/// |f| about a block's centre, in ulps: Σ a[k]·z^k ± error for −1 ≤ z < 1, a[0] counted from `base`.
struct Blocks::Taylor {
  bool negative = false;
  int ulp_exponent = 0;
  std::uint32_t base = 0;                 ///< bits of the nearest float
  double room_below = 0, room_above = 0;  ///< from base to where bits cease to be linear, in ulps
  std::array<double, kTerms> a{};
  double error = 0;
};

Blocks::Blocks(const Op& op, Attrs attrs)
    : op_(std::get<Elementwise>(op.body)),
      series_(op.course.series),
      tails_(op.course.tails),
      attrs_(std::move(attrs)) {}

const Block& Blocks::at(std::uint32_t pattern) {
  if (block_.level > 0 && pattern - block_.first < block_.size()) return block_;
  int level = kTop;
  while (level >= kLeast) {
    const std::uint32_t first = pattern >> level << level;
    Failure& failure = failed_[static_cast<std::size_t>(level)];
    if (failure.first != first) {
      int next = level - 1;
      if (certify(first, level, next)) return block_;
      failure = {first, next};
    }
    level = failure.next;
  }
  block_ = Block{};
  block_.first = pattern >> kLeast << kLeast;
  block_.level = kLeast;
  return block_;
}

bool Blocks::certify(std::uint32_t first, int level, int& next) {
  const auto start = [&] {
    block_ = Block{};
    block_.first = first;
    block_.level = level;
  };
  start();
  if (level >= kRangeLevel) {
    if (certify_tail(block_)) return fits_zero(block_);
    start();
    if (certify_range(block_)) return fits_zero(block_);
    start();
  }
  return series_ != nullptr && certify_taylor(block_, next) && fits_zero(block_);
}

/// Zero's own result may be another than its neighbours': a special value, a sign.
bool Blocks::fits_zero(const Block& block) {
  if ((block.first & ~kSign) != 0) return true;
  Ball zero, result;
  zero.set_double(value(block.first));
  const Ball* const argument = &zero;
  evaluate(op_, result, {&argument, 1}, attrs_, kPointBits);
  const auto nearest = rounded(result, format_of(DType::float32));
  return nearest && block.kind == Block::Kind::line &&
         std::bit_cast<std::uint32_t>(static_cast<float>(*nearest)) == block.expected;
}

namespace {

/// A line of slope 0 from a ball that holds the truth of every input: saturated at one float, or beyond the format.
bool certify_saturated(const Ball& y, Block& block) {
  const auto nearest = rounded(y, format_of(DType::float32));
  if (!nearest || std::isnan(*nearest)) return false;
  block.kind = Block::Kind::line;
  block.expected = std::bit_cast<std::uint32_t>(static_cast<float>(*nearest));
  block.slope = 0;
  if (std::isinf(*nearest)) return y.real() || y.kind() == Kind::huge_pos || y.kind() == Kind::huge_neg;
  if (!y.real()) return false;
  if (*nearest == 0) {
    // Which zero: the side where the truth is.
    if (!arb_is_nonnegative(y.arb()) && !arb_is_nonpositive(y.arb())) return false;
    block.expected = arb_is_nonnegative(y.arb()) ? 0 : kSign;
  }
  block.negative = !arb_is_nonnegative(y.arb());
  block.finite = true;
  // Against the smaller ulp on both sides of R.
  Ball distance;
  arb_set_d(distance.arb(), *nearest);
  arb_sub(distance.arb(), distance.arb(), y.arb(), kWideBits + 1100);
  const int exponent = *nearest == 0 ? -126 : std::max(-126, std::ilogb(*nearest) - 1);
  arb_mul_2exp_si(distance.arb(), distance.arb(), kFineBits - (exponent - 23));
  return upper(distance.arb()) < 1;
}

}  // namespace

/// Where f is monotone the truth lies between those at both ends, and so does what is certified of it.
bool Blocks::certify_tail(Block& block) {
  const double low = value(block.first), high = value(block.first + block.size() - 1);
  const bool tail = std::signbit(low) ? low <= tails_.below : low >= tails_.above;
  if (!tail) return false;
  Block other = block;
  for (Block* const each : {&block, &other}) {
    Ball x, y;
    x.set_double(each == &block ? high : low);
    if (each == &other && low == 0) x.set_double(value(block.first + 1));  // zero itself: fits_zero()
    const Ball* const argument = &x;
    evaluate(op_, y, {&argument, 1}, attrs_, kWideBits);
    if (y.kind() == Kind::pos_inf || y.kind() == Kind::neg_inf || !certify_saturated(y, *each)) return false;
  }
  return block.expected == other.expected && block.finite == other.finite;
}

/// From the function's range over the whole block.
bool Blocks::certify_range(Block& block) {
  Ball x, y;
  // From the first input to the one behind the last, which a binade's end makes a number in every case.
  const double low = value(block.first), step = value(block.first + 1) - low;
  arb_set_d(x.arb(), low + step * half_of(block));
  mag_set_d(arb_radref(x.arb()), std::fabs(step) * half_of(block));
  const Ball* const argument = &x;
  evaluate(op_, y, {&argument, 1}, attrs_, kWideBits);
  if (y.kind() == Kind::nan) {
    block.kind = Block::Kind::nan;
    return true;
  }
  return certify_saturated(y, block);
}

/// The first Taylor coefficients, of f about every number of the ball.
/// f^(kTerms)(t) / kTerms! for every t in an aligned block.
const Ball& Blocks::rest(std::uint32_t first, int level) {
  Rest& kept = level == kRestLevel ? wide_rest_ : own_rest_;
  if (kept.level == level && kept.first == first) return kept.bound;
  Ball x;
  const double start = value(first), step = value(first + 1) - start, half = std::ldexp(step, level - 1);
  arb_set_d(x.arb(), start + half);
  mag_set_d(arb_radref(x.arb()), std::fabs(half));
  Poly coefficients;
  truth::expand(series_, attrs_, x, kTerms + 1, kWideBits, coefficients);
  arb_poly_get_coeff_arb(kept.bound.arb(), coefficients, kTerms);
  kept.first = first;
  kept.level = level;
  return kept.bound;
}

/// Taylor coefficients about the centre and the bound of what they leave out.
bool Blocks::expand(const Block& block, Taylor& out) {
  Ball centre, start, scale;
  const double x = value(block.centre()), step = value(block.centre() + 1) - x;
  arb_set_d(centre.arb(), x);
  const Ball* const argument = &centre;
  evaluate(op_, start, {&argument, 1}, attrs_, kPointBits);
  if (!start.real() || arb_contains_zero(start.arb())) return false;
  out.negative = arb_is_negative(start.arb());
  if (out.negative) arb_neg(start.arb(), start.arb());
  const double size = arf_get_d(arb_midref(start.arb()), ARF_RND_NEAR);
  if (!(size < 0x1p128) || size < 0x1p-180) return false;
  const int exponent = std::max(-126, std::ilogb(size));
  out.ulp_exponent = exponent - 23;
  // The nearest integer of ulps, from there on everything is a small double.
  arb_mul_2exp_si(start.arb(), start.arb(), -out.ulp_exponent);
  const double nearest = std::rint(std::ldexp(size, -out.ulp_exponent));
  arb_set_d(scale.arb(), nearest);
  arb_sub(start.arb(), start.arb(), scale.arb(), kPointBits);
  out.base = static_cast<std::uint32_t>(exponent + 126) * kHidden + static_cast<std::uint32_t>(nearest);
  const bool lowest = exponent == -126;  // subnormals and the first normal binade are one line
  out.room_below = nearest - (lowest ? 0 : double{kHidden});
  out.room_above = 2 * double{kHidden} - nearest;
  if (exponent == 127) out.room_above -= 1;  // beyond the largest float R is infinite
  if (out.base >= kInfinity) return false;
  double radius = 0;
  out.a[0] = split(start.arb(), radius);
  out.error = radius;

  Poly coefficients;
  truth::expand(series_, attrs_, centre, kTerms, kPointBits, coefficients);
  const double half = std::fabs(step) * half_of(block);
  const int sign = out.negative ? -1 : 1;
  Ball term;
  for (int k = 1; k < kTerms; ++k) {
    arb_poly_get_coeff_arb(term.arb(), coefficients, k);
    // The offset runs with the pattern, away from zero: for x < 0 against x.
    if ((x < 0 && k % 2 != 0) != (sign < 0)) arb_neg(term.arb(), term.arb());
    // half is a power of two.
    arb_mul_2exp_si(term.arb(), term.arb(), static_cast<slong>(k) * std::ilogb(half) - out.ulp_exponent);
    if (!arb_is_finite(term.arb())) {
      out.error = std::numeric_limits<double>::infinity();
      break;
    }
    out.a[static_cast<std::size_t>(k)] = split(term.arb(), radius);
    out.error += radius;
  }
  // Lagrange's remainder. That of a wider block will mostly do, and serves many.
  const auto with_rest = [&](std::uint32_t first, int level) {
    Ball bound;
    arb_mul_2exp_si(bound.arb(), rest(first, level).arb(), slong{kTerms} * std::ilogb(half) - out.ulp_exponent);
    return (out.error + upper(bound.arb())) * kUp;
  };
  double error = block.level < kRestLevel ? with_rest(block.first >> kRestLevel << kRestLevel, kRestLevel) : kTolerance;
  if (!(error < kTolerance / 2)) error = with_rest(block.first, block.level);
  out.error = error;
  return std::isfinite(out.error);
}

namespace {

/// Replaces a[n]·z^n, n from the highest down to degree + 1, by what Chebyshev's T_n leaves of it; answers the bound of
/// what is lost, roundings included.
double economize(std::span<double> a, int degree) {
  double lost = 0;
  for (int n = static_cast<int>(a.size()) - 1; n > degree; --n) {
    const double top = a[static_cast<std::size_t>(n)];
    // T_n = Σ_j t[j] z^j; z^n = (T_n − Σ_{j<n} t[j] z^j) / 2^(n−1)
    std::array<double, kTerms + 1> previous{1}, current{0, 1};
    for (int m = 2; m <= n; ++m) {
      std::array<double, kTerms + 1> next{};
      for (int j = m; j-- > 0;) next[static_cast<std::size_t>(j) + 1] = 2 * current[static_cast<std::size_t>(j)];
      for (int j = 0; j <= m - 2; ++j) next[static_cast<std::size_t>(j)] -= previous[static_cast<std::size_t>(j)];
      previous = current;
      current = next;
    }
    const double scale = std::ldexp(top, 1 - n);
    for (int j = n - 2; j >= 0; j -= 2) {
      const double part = scale * current[static_cast<std::size_t>(j)];
      double& to = a[static_cast<std::size_t>(j)];
      to -= part;
      lost += (std::fabs(part) + std::fabs(to)) * 0x1p-52;
    }
    lost += std::fabs(scale);
    a[static_cast<std::size_t>(n)] = 0;
  }
  return lost * kUp;
}

double size_of_rest(std::span<const double> a, std::size_t from) {
  double sum = 0;
  for (std::size_t k = from; k < a.size(); ++k) sum += std::fabs(a[k]);
  return sum * kUp;
}

}  // namespace

bool Blocks::certify_taylor(Block& block, int& next) {
  Taylor t;
  if (!expand(block, t)) return false;
  const double half = half_of(block);
  block.negative = t.negative;
  block.ulp_exponent = t.ulp_exponent;

  // A line of correct results?
  for (const double slope : {0.0, 1.0}) {
    const double spread = std::fabs(t.a[1] - slope * half) * kUp + size_of_rest(t.a, 2) + t.error;
    const double reach = slope * half;
    if (!(spread < 0.25) || reach > t.room_above || reach > t.room_below) continue;
    const double unit = std::ldexp(1.0, kFineBits);
    const bool inside = t.a[0] - reach - spread > -t.room_below && t.a[0] + reach + spread < t.room_above;
    double low = (-t.a[0] - spread) * unit, high = (-t.a[0] + spread) * unit;
    if (!inside) {  // an ulp may be half as large
      low = std::min(low, -1e-9) * 2;
      high = std::max(high, 1e-9) * 2;
      if (!(low > -1 && high < 1)) continue;
    }
    if (!one_cell(low, high, block.cell)) continue;
    block.kind = Block::Kind::line;
    block.finite = true;
    block.slope = static_cast<std::uint32_t>(slope);
    block.expected = (t.base | (t.negative ? kSign : 0)) - block.slope * (block.size() / 2);
    return true;
  }

  // A polynomial of low degree, within one line of bits?
  const double reach = size_of_rest(t.a, 1);
  std::array<double, kTerms> a = t.a;
  const double lost = economize(a, kDegree);
  const double error = (t.error + lost) * kUp;
  const bool steep = std::fabs(t.a[1]) > kSteep * half;
  const double tolerance = steep ? kSteepTolerance : kTolerance;
  if (!(error <= tolerance)) {
    const double times = std::ceil(std::log2(std::min(error / tolerance, 0x1p200)) / (kDegree + 2));
    next = std::max(block.level - std::max(1, static_cast<int>(times)), std::min(kLeast, block.level - 1));
    return false;
  }
  if (!(t.a[0] - reach - error > -t.room_below && t.a[0] + reach + error < t.room_above)) return false;
  block.kind = Block::Kind::polynomial;
  block.base = t.base;
  block.lowest = t.base - static_cast<std::uint32_t>(t.room_below);
  block.highest = t.base + static_cast<std::uint32_t>(t.room_above);
  double slope = 0;
  for (int k = 0; k <= kDegree; ++k) {
    const auto i = static_cast<std::size_t>(k);
    block.a[i] = std::ldexp(a[i], -k * (block.level - 1));
    slope += k * std::fabs(a[i]);
  }
  block.steepness = slope / half * kUp;
  // Horner in double: each of the degree's steps rounds a product and a sum, below 2·2^-53 of what they come to.
  const double rounding = (size_of_rest(a, 1) + std::fabs(a[0])) * 4 * kDegree * 0x1p-53;
  block.radius = (error + rounding) * kUp;
  // In units: the constant and the last sum are rounded to integers, half a unit each.
  block.units.bits = block.steepness > kSteep ? kSteepBits : kFineBits;
  const double unit = std::ldexp(1.0, block.units.bits);
  block.kernel = (error + rounding) * unit + 1 < kMargin - 0.5;
  block.units.c[0] = fixed_constant(block.units.bits, t.base, static_cast<std::int32_t>(std::lrint(a[0] * unit)));
  for (int k = 1; k <= kDegree; ++k) block.units.c[k] = block.a[static_cast<std::size_t>(k)] * unit;
  return true;
}

}  // namespace roundoff::truth
