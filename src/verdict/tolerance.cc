// The tolerance that two honest implementations need: the method is stated in verdict.h.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/exact_sum.h"
#include "base/text.h"
#include "verdict/verdict.h"
#include "verdict/words.h"

namespace roundoff {
namespace {

/// An element: the least magnitude m of the reference, and the difference d that must pass.
struct Point {
  double m, d;
};

struct Line {
  double rtol, atol;
};

/// x ≥ 0 rounded up to two decimal digits, as the decimal reads back.
double two_digits_up(double x) {
  if (x == 0 || !std::isfinite(x)) return x;
  const std::string text = fmt::format("{:.1e}", x);  // d.de±xx
  const double near = std::strtod(text.c_str(), nullptr);
  if (near >= x) return near;
  const int digits = (text[0] - '0') * 10 + (text[2] - '0') + 1;
  return std::strtod(fmt::format("{}e{}", digits, std::stoi(text.substr(4)) - 1).c_str(), nullptr);
}

std::vector<Point> points_of(const Truth& truth, const std::vector<double>& radius, std::int64_t& unbounded) {
  std::vector<Point> points;
  points.reserve(truth.value.size());
  for (std::size_t i = 0; i < truth.value.size(); ++i) {
    if (!std::isfinite(truth.nearest[i])) continue;
    const double d = 2 * radius[i];
    if (!std::isfinite(d)) {
      ++unbounded;
      continue;
    }
    points.push_back({std::max(0.0, std::fabs(truth.nearest[i]) - radius[i]), d});
  }
  return points;
}

/// The upper hull of the points and the origin, from left to right, as far as it rises.
std::vector<Point> rising_hull(std::vector<Point> points) {
  points.push_back({0, 0});
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.m != b.m ? a.m < b.m : a.d > b.d; });
  std::vector<Point> hull;
  for (const Point& p : points) {
    if (!hull.empty() && p.d <= hull.back().d)
      continue;  // a point further right that asks for no more is covered by any rising line
    while (hull.size() >= 2) {
      const Point& a = hull[hull.size() - 2];
      const Point& b = hull.back();
      if ((b.d - a.d) / (b.m - a.m) > (p.d - b.d) / (p.m - b.m)) break;
      hull.pop_back();
    }
    hull.push_back(p);
  }
  return hull;
}

/// The least atol for which the pair covers every point.
double atol_for(double rtol, const std::vector<Point>& hull) {
  double atol = 0;
  for (const Point& p : hull) atol = std::max(atol, p.d - rtol * p.m);
  return atol;
}

/// Mean of the logarithms of what a pair grants, over at most 4096 of the points.
double granted(const Line& line, const std::vector<Point>& points) {
  constexpr std::size_t kMost = 4096;
  const std::size_t step = points.size() / kMost + 1;
  ExactSum sum;
  std::int64_t n = 0;
  for (std::size_t i = 0; i < points.size(); i += step, ++n) {
    sum.add(std::log(std::max(line.atol + line.rtol * points[i].m, std::numeric_limits<double>::denorm_min())));
  }
  return sum.divided_by(n);
}

/// A concave function over a polygon is least at a vertex: the lines through two neighbours on the hull, and the level
/// one.
Line best_line(const std::vector<Point>& hull, const std::vector<Point>& points) {
  Line best{0, hull.back().d};
  // The relative form is the one to name unless the level one is better by more than two digits can tell.
  double least = granted(best, points) + 0.1;
  for (std::size_t i = 1; i < hull.size(); ++i) {
    if (hull[i].m == hull[i - 1].m) continue;
    Line line{two_digits_up((hull[i].d - hull[i - 1].d) / (hull[i].m - hull[i - 1].m)), 0};
    line.atol = atol_for(line.rtol, hull);
    const double grants = granted(line, points);
    if (grants < least) {
      least = grants;
      best = line;
    }
  }
  return {best.rtol, two_digits_up(best.atol)};
}

std::optional<Line> cover(const Truth& truth, const std::vector<double>& radius, std::int64_t& unbounded) {
  const std::vector<Point> points = points_of(truth, radius, unbounded);
  if (points.empty()) return std::nullopt;
  return best_line(rising_hull(points), points);
}

}  // namespace

std::optional<Tolerance> justified_tolerance(const Truth& truth) {
  std::int64_t unbounded = 0, ignored = 0;
  const std::optional<Line> sound = cover(truth, truth.budget.sound, unbounded);
  if (!sound) return std::nullopt;
  Tolerance out{sound->rtol, sound->atol, ""};
  const std::string_view dtype = name_of(truth.dtype);
  if (sound->rtol == 0 && sound->atol == 0) {
    out.basis = "exact operations: any two honest results are equal";
  } else {
    out.basis = fmt::format("twice the worst case of {} rounding, which no two honest results exceed", dtype);
    const std::optional<Line> probable = cover(truth, truth.budget.probable, ignored);
    if (probable && (probable->rtol != sound->rtol || probable->atol != sound->atol)) {
      out.basis += fmt::format("; they usually stay within rtol={:.2g}, atol={:.2g}", probable->rtol, probable->atol);
    }
  }
  if (unbounded > 0) out.basis += fmt::format("; no bound holds at {}, left out", elements(unbounded));
  return out;
}

}  // namespace roundoff
