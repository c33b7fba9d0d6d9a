#include "truth/cells.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "truth/taylor.h"
#include "truth/values.h"

namespace roundoff::truth {
namespace {

constexpr long kPointBits = 180, kWideBits = 64;
constexpr double kReach = 1.25;         // half-widths: so far an argument and its radius may go
constexpr double kWanted = 0x1p-96;     // of the remainder, against the largest coefficient; with it terms end
constexpr double kTolerated = 0x1p-84;  // what it may be at kMostTerms
constexpr double kShort = 0x1p-50;      // coefficients of that size are added in double
constexpr double kFlushed = 0x1p-200;   // coefficients and lower parts below are bounded, not used
constexpr double kUp = 1 + 0x1p-40;     // above the roundings of a few dozen operations on non-negative doubles
constexpr double kInf = std::numeric_limits<double>::infinity();

/// An upper bound of |x|; +∞ where there is none.
double size_of(const Ball& x) {
  if (!arb_is_finite(x.arb())) return kInf;
  Mag size;
  arb_get_mag(size, x.arb());
  return std::max(mag_get_d(size), 0x1p-1000) * kUp;
}

/// Coefficient k times 2^shift.
Ball coefficient(const Poly& poly, int k, slong shift) {
  Ball out;
  arb_poly_get_coeff_arb(out.arb(), poly, k);
  arb_mul_2exp_si(out.arb(), out.arb(), shift);
  return out;
}

/// As a pair without parts below kFlushed; no answer where it is no finite number.
DoubleDouble pair_of(const Ball& ball) {
  const double size = size_of(ball);
  if (size < kFlushed) return {0, 0, kFlushed};
  const Enclosure e = enclosure_of(ball);
  if (!(size < kInf) || !e.real() || e.exp != 0) return no_answer();
  return std::fabs(e.lo) < kFlushed ? DoubleDouble{e.hi, 0, e.rad + kFlushed} : DoubleDouble{e.hi, e.lo, e.rad};
}

}  // namespace

Cells::Cells(const Op& op, const Attrs& attrs, std::int64_t count, const std::function<double(std::int64_t)>& x)
    : place_(kCells, -1) {
  std::vector<std::int64_t> arguments(kCells);
  for (std::int64_t i = 0; i < count; ++i) {
    if (const double at = x(i); std::isfinite(at)) ++arguments[index_of(at)];
  }
  std::vector<std::size_t> wanted;
  for (std::size_t index = 0; index < kCells; ++index)
    if (arguments[index] >= kWorth) wanted.push_back(index);
  cells_.resize(wanted.size());
  std::vector<char> made(wanted.size());
  parallel_balls(static_cast<std::int64_t>(wanted.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
      made[i] = make(op, attrs, wanted[i], cells_[i]);
  });
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (made[i] != 0) place_[wanted[i]] = static_cast<std::int32_t>(i);
}

std::size_t Cells::index_of(double x) { return std::bit_cast<std::uint64_t>(x) >> kShift; }

bool Cells::make(const Op& op, const Attrs& attrs, std::size_t index, Cell& cell) {
  const std::uint64_t half = std::uint64_t{1} << (kShift - 1);
  cell.centre = std::bit_cast<double>((std::uint64_t{index} << kShift) + half);
  cell.width = std::ilogb(cell.centre) - kIndexBits - 1;
  Ball centre, value;
  arb_set_d(centre.arb(), cell.centre);
  const Ball* const argument = &centre;
  evaluate(std::get<Elementwise>(op.body), value, {&argument, 1}, attrs, kPointBits);
  if (!value.real()) return false;
  Poly series;
  expand(op.course.series, attrs, centre, kMostTerms, kPointBits, series);
  arb_poly_set_coeff_arb(series, 0, value.arb());
  // Scaled so that the largest coefficient is about 1.
  double largest = 0;
  for (int k = 0; k < kMostTerms; ++k) {
    largest = std::max(largest, size_of(coefficient(series, k, slong{k} * cell.width)));
  }
  if (!(largest < 0x1p600 && largest > 0x1p-600)) return false;
  cell.scale = std::ilogb(largest) + 1;
  for (int k = 0; k < kMostTerms; ++k) {
    DoubleDouble& a = cell.a[static_cast<std::size_t>(k)];
    a = pair_of(coefficient(series, k, slong{k} * cell.width - cell.scale));
    if (!(a.rad < kInf)) return false;
  }
  return bound(centre, op, attrs, cell);
}

/// Ends the series where it is good enough, and bounds what is left out and what adding in double costs.
bool Cells::bound(const Ball& centre, const Op& op, const Attrs& attrs, Cell& cell) {
  Ball around = centre;
  Mag reach;
  mag_set_d(reach, std::ldexp(kReach, cell.width));
  arb_add_error_mag(around.arb(), reach);
  Poly wide;
  expand(op.course.series, attrs, around, kMostTerms + 1, kWideBits, wide);
  const auto left_out = [&](int k) { return size_of(coefficient(wide, k, slong{k} * cell.width - cell.scale)); };
  cell.slope = left_out(1);
  double remainder = kInf;  // at |z| = kReach
  for (cell.terms = 1; cell.terms < kMostTerms && !(remainder < kWanted);) {
    ++cell.terms;
    remainder = left_out(cell.terms) * std::pow(kReach, cell.terms) * kUp;
  }
  if (!(remainder < kTolerated && cell.slope < kInf)) return false;
  cell.longs = 1;
  while (cell.longs < cell.terms && std::fabs(cell.a[static_cast<std::size_t>(cell.longs)].hi) > kShort) ++cell.longs;
  // The short coefficients' sum s(z.hi) for s(z): each of two roundings a term is below 2^-53 of Σ|a|·kReach^k, and
  // |z.lo| < 2^-45.
  double sizes = 0, slopes = 0, inexact = 0, power = 1;
  for (int k = cell.longs; k < cell.terms; ++k, power *= kReach) {
    const DoubleDouble& a = cell.a[static_cast<std::size_t>(k)];
    sizes += std::fabs(a.hi) * power;
    slopes += (k - cell.longs) * std::fabs(a.hi) * power;
    inexact += (std::fabs(a.lo) + a.rad) * power;
  }
  cell.rest = (sizes * (2 * kMostTerms) * 0x1p-53 + slopes * 0x1p-45 + inexact) * kUp;
  cell.remainder = remainder;
  return true;
}

DoubleDouble Cells::at(const DoubleDouble& x) const {
  const std::int32_t place = place_[index_of(x.hi)];
  if (place < 0) return no_answer();
  const Cell& cell = cells_[static_cast<std::size_t>(place)];
  const double narrow = std::ldexp(1.0, -cell.width);
  DoubleDouble z;
  z.hi = two_sum((x.hi - cell.centre) * narrow, x.lo * narrow, z.lo);  // the difference is exact: within a binade
  const double spread = x.rad * narrow;
  if (!(std::fabs(z.hi) + spread < kReach * (1 - 0x1p-40))) return no_answer();
  double tail = 0;
  for (int k = cell.terms; k-- > cell.longs;) tail = tail * z.hi + cell.a[static_cast<std::size_t>(k)].hi;
  if (std::fabs(z.lo) < kFlushed) z.lo = 0;
  DoubleDouble sum{tail, 0, cell.rest};
  for (int k = cell.longs; k-- > 0;) sum = add(multiply(sum, z), cell.a[static_cast<std::size_t>(k)]);
  sum.rad = (sum.rad + cell.remainder + cell.slope * (spread + kFlushed) + kFlushed) * kUp;
  if (!(std::fabs(sum.hi) > 0x1p20 * sum.rad)) return no_answer();
  const double wide = std::ldexp(1.0, cell.scale);
  return {sum.hi * wide, sum.lo * wide, sum.rad * wide};
}

}  // namespace roundoff::truth
