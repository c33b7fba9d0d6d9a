#include "ops/shared/extremum.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "balls/held.h"

namespace roundoff::ops {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// The ends of what a ball may be, mirrored where the least element counts: then the greatest is what is looked for.
class Range {
 public:
  void set(const Ball& ball, End end) {
    switch (ball.kind()) {
      case Kind::real:
        arb_get_interval_arf(low_, high_, ball.arb(), arf_bits(arb_midref(ball.arb())) + 128);
        break;
      case Kind::pos_inf:
        infinite(1, 1);
        break;
      case Kind::neg_inf:
        infinite(-1, -1);
        break;
      case Kind::huge_pos:
        giant(1);
        break;
      case Kind::huge_neg:
        giant(-1);
        break;
      case Kind::neg_zero:
        arf_zero(low_);
        arf_zero(high_);
        break;
      default:
        infinite(-1, 1);
        break;
    }
    if (end == End::greatest) return;
    arf_swap(low_, high_);
    arf_neg(low_, low_);
    arf_neg(high_, high_);
  }
  [[nodiscard]] arf_srcptr low() const { return low_; }
  [[nodiscard]] arf_srcptr high() const { return high_; }

 private:
  void infinite(int low, int high) {
    low < 0 ? arf_neg_inf(low_) : arf_pos_inf(low_);
    high < 0 ? arf_neg_inf(high_) : arf_pos_inf(high_);
  }
  /// Between ±2^(2^20) and ±∞.
  void giant(int sign) {
    infinite(sign, sign);
    arf_ptr inner = sign > 0 ? low_ : high_;
    arf_set_si_2exp_si(inner, sign, slong{1} << 20);
  }
  Arf low_, high_;
};

/// The elements that may be the greatest: those whose upper end reaches the largest lower end.
struct Candidates {
  std::vector<std::size_t> at;
  bool tied = true;  ///< all of them are exactly the same number
};

Candidates candidates(std::span<const Ball> in, End end) {
  Range best, here;
  Arf floor;
  arf_neg_inf(floor);
  for (const Ball& ball : in) {
    here.set(ball, end);
    if (arf_cmp(here.low(), floor) > 0) arf_set(floor, here.low());
  }
  Candidates found;
  for (std::size_t i = 0; i < in.size(); ++i) {
    here.set(in[i], end);
    if (arf_cmp(here.high(), floor) < 0) continue;
    found.at.push_back(i);
    found.tied = found.tied && in[i].exact() && arf_equal(here.high(), floor);
  }
  return found;
}

std::optional<std::size_t> first_nan(std::span<const Ball> in) {
  const auto it = std::find_if(in.begin(), in.end(), [](const Ball& ball) { return ball.kind() == Kind::nan; });
  if (it == in.end()) return std::nullopt;
  return static_cast<std::size_t>(it - in.begin());
}

void extremum_ball(Ball& out, std::span<const Ball> in, End end, long prec) {
  if (first_nan(in)) return out.set_kind(Kind::nan);
  const Candidates found = candidates(in, end);
  out = in[found.at[0]];
  for (const std::size_t i : found.at) {
    const Ball& other = in[i];
    if (other.kind() == Kind::neg_zero && out.real() && arb_is_zero(out.arb())) continue;  // zeros of both signs: +0
    if (out.kind() == Kind::neg_zero && other.real()) out.set_double(0.0);
    if (other.kind() != out.kind()) return out.set_kind(Kind::undecided);
    if (!out.real()) continue;
    end == End::greatest ? arb_max(out.arb(), out.arb(), other.arb(), prec)
                         : arb_min(out.arb(), out.arb(), other.arb(), prec);
  }
}

void set_index(Ball& out, std::size_t first, std::size_t last) {
  arb_set_ui(out.arb(), first);
  if (last != first) {
    arb_t other;
    arb_init(other);
    arb_set_ui(other, last);
    arb_union(out.arb(), out.arb(), other, 64);
    arb_clear(other);
  }
  out.settle();
}

void position_ball(Ball& out, std::span<const Ball> in, End end) {
  const auto nan = first_nan(in);
  const auto open = std::any_of(in.begin(), in.end(), [](const Ball& ball) { return ball.kind() == Kind::undecided; });
  if (nan && !open) return set_index(out, *nan, *nan);
  const Candidates found = candidates(in, end);
  if (open) return set_index(out, 0, in.size() - 1);
  set_index(out, found.at.front(), found.tied ? found.at.front() : found.at.back());
}

/// −(mid) where the least counts: the mirrored element.
double mirrored(double x, End end) { return end == End::greatest ? x : -x; }

/// Exact or not: the best midpoint, and how far above it any other element may reach.
bool extremum_enclosure(Enclosure& out, std::span<const Enclosure> in, End end) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!plain(in[i])) return false;
    const double a = mirrored(in[i].hi, end), b = mirrored(in[best].hi, end);
    if (a > b || (a == b && mirrored(in[i].lo, end) > mirrored(in[best].lo, end))) best = i;
  }
  out = in[best];
  for (const Enclosure& e : in) {
    if (e.rad == 0) continue;
    double high_error, low_error;
    const double high = two_sum(mirrored(e.hi, end), -mirrored(out.hi, end), high_error);
    const double low = two_sum(mirrored(e.lo, end), -mirrored(out.lo, end), low_error);
    const double above = ((high + e.rad) + low) + (std::fabs(high_error) + std::fabs(low_error));
    out.rad = std::max(out.rad, above + (std::fabs(high) + std::fabs(low) + e.rad) * 0x1p-50);
  }
  return std::isfinite(out.rad);
}

bool position_enclosure(Enclosure& out, std::span<const Enclosure> in, End end) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!plain(in[i]) || in[i].rad != 0) return false;
    const double a = mirrored(in[i].hi, end), b = mirrored(in[best].hi, end);
    if (a > b || (a == b && mirrored(in[i].lo, end) > mirrored(in[best].lo, end))) best = i;
  }
  out = enclosure_of(static_cast<double>(best));
  return true;
}

/// Selecting is exact: an honest result is one of the arguments' honest values.
double extremum_budget(double out, std::span<const double> mid, std::span<const double> rad, End end) {
  double low = -kInf, high = -kInf;
  const double here = mirrored(out, end);
  for (std::size_t i = 0; i < mid.size(); ++i) {
    const double m = mirrored(mid[i], end);
    if (!(rad[i] < kInf)) return kInf;
    low = std::max(low, m - rad[i]);
    high = std::max(high, m + rad[i]);
  }
  const double radius = std::max({high - here, here - low, 0.0});
  const bool exact = std::all_of(rad.begin(), rad.end(), [](double r) { return r == 0; });
  return exact ? 0 : (radius + std::fabs(here) * 0x1p-52) * slack(1);
}

double position_budget(double out, std::span<const double> mid, std::span<const double> rad, End end) {
  double low = -kInf;
  bool exact = true;
  const auto reach = [&](std::size_t i) { return rad[i] == 0 ? 0 : rad[i] * slack(1) + std::fabs(mid[i]) * 0x1p-51; };
  for (std::size_t i = 0; i < mid.size(); ++i) {
    if (!(rad[i] < kInf)) return kInf;
    exact = exact && rad[i] == 0;
    low = std::max(low, mirrored(mid[i], end) - reach(i));
  }
  if (exact) return 0;
  double radius = 0;
  for (std::size_t i = 0; i < mid.size(); ++i) {
    if (mirrored(mid[i], end) + reach(i) < low) continue;
    radius = std::max(radius, std::fabs(static_cast<double>(i) - out));
  }
  return radius;
}

}  // namespace

Fiber extremum(End end) {
  return {
      .ball = [end](std::span<Ball> out, std::span<const Ball> in, const Attrs&,
                    long prec) { extremum_ball(out[0], in, end, prec); },
      .enclose = [end](std::span<Enclosure> out, std::span<const Enclosure> in,
                       const Attrs&) { return extremum_enclosure(out[0], in, end); },
      .budget = [end](std::span<double> out_rad, std::span<const double> out_mid, std::span<const double> mid,
                      std::span<const double> rad, const Unit&,
                      const Attrs&) { out_rad[0] = extremum_budget(out_mid[0], mid, rad, end); },
      .rational =
          [end](std::span<Rational> out, std::span<const Rational> in, const Attrs&) {
            out[0] = end == End::greatest ? *std::max_element(in.begin(), in.end())
                                          : *std::min_element(in.begin(), in.end());
            return true;
          },
  };
}

Fiber position_of_extremum(End end) {
  return {
      .ball = [end](std::span<Ball> out, std::span<const Ball> in, const Attrs&,
                    long) { position_ball(out[0], in, end); },
      .enclose = [end](std::span<Enclosure> out, std::span<const Enclosure> in,
                       const Attrs&) { return position_enclosure(out[0], in, end); },
      .budget = [end](std::span<double> out_rad, std::span<const double> out_mid, std::span<const double> mid,
                      std::span<const double> rad, const Unit&,
                      const Attrs&) { out_rad[0] = position_budget(out_mid[0], mid, rad, end); },
      .rational =
          [end](std::span<Rational> out, std::span<const Rational> in, const Attrs&) {
            const auto at =
                end == End::greatest ? std::max_element(in.begin(), in.end()) : std::min_element(in.begin(), in.end());
            out[0] = static_cast<unsigned long>(at - in.begin());
            return true;
          },
  };
}

}  // namespace roundoff::ops
