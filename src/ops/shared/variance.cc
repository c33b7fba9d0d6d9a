#include "ops/shared/variance.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace roundoff::ops {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// n Σ x² − (Σ x)², which is exact where prec bits hold it. For exact x only: it would lose the correlation of balls.
void scaled_exact(arb_t out, std::span<const Ball> in, long prec) {
  arb_t sum;
  arb_init(sum);
  arb_zero(out);
  for (const Ball& x : in) {
    if (!x.real()) continue;  // −0
    arb_addmul(out, x.arb(), x.arb(), prec);
    arb_add(sum, sum, x.arb(), prec);
  }
  arb_mul_ui(out, out, in.size(), prec);
  arb_submul(out, sum, sum, prec);
  arb_clear(sum);
}

/// n Σ (x − mean)².
void scaled_inexact(arb_t out, std::span<const Ball> in, long prec) {
  Ball mean;
  sum_balls(mean, in, prec);
  arb_div_ui(mean.arb(), mean.arb(), in.size(), prec);
  arb_t difference;
  arb_init(difference);
  arb_zero(out);
  for (const Ball& x : in) {
    x.real() ? arb_sub(difference, x.arb(), mean.arb(), prec) : arb_set(difference, mean.arb());
    arb_sqr(difference, difference, prec);
    arb_add(out, out, difference, prec);
  }
  arb_mul_ui(out, out, in.size(), prec);
  arb_clear(difference);
}

/// Bounds that a computed variance reaches by honest roundings, over the sums that the walk knows.
struct Moments {
  double n, mean = 0, sizes = 0, radii = 0, squares = 0, deepest = 0, greatest = 0;
  double change = 0, change_squared = 0;  ///< what the radii make of Σ d², and the same for errors that are independent
};

Moments moments_of(std::span<const double> mid, std::span<const double> rad) {
  Moments m{.n = static_cast<double>(mid.size())};
  double sum = 0;
  for (std::size_t i = 0; i < mid.size(); ++i) {
    sum += mid[i];
    m.sizes += std::fabs(mid[i]) + rad[i];
    m.radii += rad[i];
    m.greatest = std::max(m.greatest, std::fabs(mid[i]) + rad[i]);
  }
  m.mean = sum / m.n;
  // Of the mean and the differences, as computed here.
  const double off = (slack(mid.size()) - 1) * m.sizes / m.n + std::fabs(m.mean) * 0x1p-52;
  for (std::size_t i = 0; i < mid.size(); ++i) {
    const double d = std::fabs(mid[i] - m.mean) + off;
    const double change = 2 * d * rad[i] + rad[i] * rad[i];
    m.squares += d * d;
    m.deepest = std::max(m.deepest, d + rad[i]);
    m.change += change;
    m.change_squared += change * change;
  }
  return m;
}

}  // namespace

void variance_ball(Ball& out, std::span<const Ball> in, const Attrs& attrs, long prec) {
  const Census census = census_of(in);
  if (in.empty() || census.nan || census.pos_inf || census.neg_inf) return out.set_kind(Kind::nan);
  if (census.undecided || census.huge_pos || census.huge_neg) return out.set_kind(Kind::undecided);
  const bool exact = std::all_of(in.begin(), in.end(), [](const Ball& x) { return x.exact(); });
  exact ? scaled_exact(out.arb(), in, prec) : scaled_inexact(out.arb(), in, prec);
  const double divisor = static_cast<double>(in.size()) - number_attr(attrs, "correction");
  if (divisor > 0) {
    arb_t whole;
    arb_init(whole);
    arb_set_d(whole, divisor);
    arb_mul_ui(whole, whole, in.size(), ARF_PREC_EXACT);
    arb_div(out.arb(), out.arb(), whole, prec);
    arb_clear(whole);
    out.settle();
  } else {
    out.set_kind(arb_is_zero(out.arb()) ? Kind::nan : arb_is_positive(out.arb()) ? Kind::pos_inf : Kind::undecided);
  }
}

double variance_budget(std::span<const double> mid, std::span<const double> rad, const Unit& unit, const Attrs& attrs) {
  const double divisor = static_cast<double>(mid.size()) - number_attr(attrs, "correction");
  if (mid.empty() || !(divisor > 0)) return kInf;
  const Moments m = moments_of(mid, rad);
  const double inherited = m.change_squared > 1e-280 ? unit.add_up(m.change, m.change_squared) : m.change;
  const double squares = m.squares + m.change;
  const double u = unit.u, count = m.n > 1 ? unit.growth(m.n - 1) : 0;
  // Two passes: the mean's error enters squared, then the rounding of differences, squares and their sum.
  const double mean_error = (count * u * m.sizes / m.n + 2 * u * m.greatest) * slack(mid.size());
  const double shift = m.n * mean_error * mean_error;
  const double two_pass = shift + (squares + shift) * (3.02 * u + count * u * (1 + 3.02 * u));
  // Welford's updates and their merging (Chan, Golub & LeVeque 1983): the running means' errors enter once.
  const double running = std::min(m.n, 3 * std::sqrt(m.n)) * u * (m.greatest + 6 * m.deepest);
  const double merges = std::max(1.0, std::log2(m.n) / 2);
  const double updates = m.n > 1 ? 4 * running * std::sqrt(squares * m.n * merges) + m.n * running * running : 0;
  const double largest = std::max({squares + two_pass + updates, m.sizes, m.deepest * m.deepest});
  if (!(largest <= overflow_of(unit)) || std::isinf(largest)) return kInf;
  return (inherited + two_pass + updates + m.n * unit.eta) / divisor * slack(mid.size() + 16);
}

}  // namespace roundoff::ops
