#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "base/large.h"
#include "kernels/elementary.h"
#include "truth/bulk.h"
#include "truth/cells.h"
#include "truth/pairs.h"

namespace roundoff::truth {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr long kBudgetBits = 64;
constexpr std::int64_t kGrain = 256;
constexpr std::size_t kMostPairArguments = 2;

std::vector<BroadcastIndex> indices(const Step& step) {
  std::vector<BroadcastIndex> out;
  for (const Shape& shape : step.shapes) out.emplace_back(shape, step.node.shape);
  return out;
}

/// The balls of one call, and pointers to them as evaluate() takes them.
struct Arguments {
  explicit Arguments(std::size_t count) : balls(count), pointers(count) {
    for (std::size_t k = 0; k < count; ++k) pointers[k] = &balls[k];
  }
  std::vector<Ball> balls;
  std::vector<const Ball*> pointers;
};

/// Widens an argument to what an honest implementation may have there.
void widen(Ball& ball, double radius) {
  if (!(radius < kInf)) return ball.set_kind(Kind::undecided);
  if (ball.kind() == Kind::neg_zero) ball.set_kind(Kind::real);  // its Arb ball is 0
  if (!ball.real()) return;
  mag_t bound;
  mag_init(bound);
  mag_set_d(bound, radius);
  mag_add(arb_radref(ball.arb()), arb_radref(ball.arb()), bound);
  mag_clear(bound);
}

/// How far from the truth any value of the ball may lie.
double spread(const Enclosure& truth, const Ball& ball) {
  if (truth.real() || truth.kind == Kind::neg_zero) {
    if (ball.kind() == Kind::neg_zero) return reach(truth, Ball());
    return ball.real() ? reach(truth, ball) : kInf;
  }
  return truth.kind == ball.kind() ? 0 : kInf;
}

constexpr std::int64_t kStrip = 512;  // arguments that stay in the first cache

/// Arguments and results of the double-double kernels.
struct Strip {
  double x[kStrip], low[kStrip], rad[kStrip], y[kStrip], y_low[kStrip], y_rad[kStrip];
};

/// Numbers as they are, what has a special value (0 may) as NaN; answers whether all of them are doubles.
bool load(const Values& values, std::int64_t begin, std::int64_t count, Strip& strip) {
  bool doubles = true;
  for (std::int64_t i = 0; i < count; ++i) {
    const Enclosure e = values.at(begin + i);
    const bool plain = e.real() && e.exp == 0 && e.hi != 0;
    strip.x[i] = plain ? e.hi : std::numeric_limits<double>::quiet_NaN();
    strip.low[i] = plain ? e.lo : 0;
    strip.rad[i] = plain ? e.rad : 0;
    doubles = doubles && strip.low[i] == 0 && strip.rad[i] == 0;
  }
  return doubles;
}

/// The elements [begin, end) by the kernel of the op; leaves those that it has no answer for undecided.
void by_kernel(Elementary f, const Values& values, std::int64_t begin, std::int64_t end, std::vector<Enclosure>& out) {
  Strip s;
  for (; begin < end; begin += kStrip) {
    const std::int64_t count = std::min(kStrip, end - begin);
    const bool doubles = load(values, begin, count, s);
    elementary(f, {s.x, doubles ? nullptr : s.low, doubles ? nullptr : s.rad}, count, {s.y, s.y_low, s.y_rad});
    for (std::int64_t i = 0; i < count; ++i) {
      out[static_cast<std::size_t>(begin + i)] = s.y_rad[i] < kInf
                                                     ? Enclosure{.hi = s.y[i], .lo = s.y_low[i], .rad = s.y_rad[i]}
                                                     : Enclosure{.kind = Kind::undecided};
    }
  }
}

/// As Elementwise::pair.
using Pair = std::function<DoubleDouble(const DoubleDouble*)>;

constexpr std::int64_t kLeastForCells = 512;  // elements: below, counting into cells costs more than it saves
constexpr double kLeastLow = 0x1p-420;

/// The arguments of element i as pairs, widened by `radii` where they are not null; false where one is none.
template <class Radius>
bool load_pairs(const Step& step, const std::vector<BroadcastIndex>& at, std::int64_t i, Radius radius,
                std::array<DoubleDouble, kMostPairArguments>& x) {
  for (std::size_t k = 0; k < at.size(); ++k) {
    const std::int64_t index = at[k](i);
    const Enclosure e = step.in[k]->values.at(index);
    if (!e.real() || e.exp != 0 || !for_pair(e.hi)) return false;
    if (e.lo != 0 && std::fabs(e.lo) < kLeastLow) return false;
    x[k] = {e.hi, e.lo, add_up(e.rad, radius(k, index))};
  }
  return true;
}

/// The op's own double-double form, or its Taylor series where the array is large enough; empty: neither. Exact results
/// (of ops with a rational form) come from balls, which keep them so.
Pair pair_of(const Elementwise& op, const Step& step, std::int64_t count) {
  if (op.pair != nullptr) return op.pair;
  const Op& whole = *step.node.op;
  if (op.rational || whole.course.series == nullptr || op.arity != 1 || count < kLeastForCells) return {};
  const Values& x = step.in[0]->values;
  const auto cells =
      std::make_shared<const Cells>(whole, step.node.attrs, count, [&](std::int64_t i) { return x.mid(i); });
  return [cells](const DoubleDouble* argument) { return cells->at(*argument); };
}

/// f of those, where the double-double tier answers with a number: zeros have signs, and others have a range.
std::optional<Enclosure> by_pair(const Pair& f, const std::array<DoubleDouble, kMostPairArguments>& x) {
  const DoubleDouble y = f(x.data());
  const double size = std::fabs(y.hi);
  if (!(size >= 0x1p-900 && size <= 0x1p900 && y.rad < kInf)) return std::nullopt;
  return Enclosure{.hi = y.hi, .lo = y.lo, .rad = y.rad};
}

}  // namespace

std::vector<Enclosure> evaluate_elementwise(const Elementwise& op, const Step& step) {
  const auto at = indices(step);
  const std::int64_t count = count_of(step.node.shape).value();
  const std::optional<Elementary> kernel = find_elementary(step.node.op->name);
  const Pair pair = kernel ? Pair() : pair_of(op, step, count);
  std::vector<Enclosure> out;
  resize_large(out, static_cast<std::size_t>(count));
  parallel_balls(count, kernel ? kStrip : kGrain, [&](std::int64_t begin, std::int64_t end) {
    if (kernel) by_kernel(*kernel, step.in[0]->values, begin, end, out);
    Arguments arguments(at.size());
    Ball result;
    std::array<DoubleDouble, kMostPairArguments> x;
    const auto exactly = [](std::size_t, std::int64_t) { return 0.0; };
    for (std::int64_t i = begin; i < end; ++i) {
      if (kernel && out[static_cast<std::size_t>(i)].kind != Kind::undecided) continue;
      if (pair && load_pairs(step, at, i, exactly, x)) {
        if (const auto quick = by_pair(pair, x)) {
          out[static_cast<std::size_t>(i)] = *quick;
          continue;
        }
      }
      for (std::size_t k = 0; k < at.size(); ++k) step.in[k]->values.load(arguments.balls[k], at[k](i));
      evaluate(op, result, arguments.pointers, step.node.attrs, kBulkBits);
      out[static_cast<std::size_t>(i)] = enclosure_of(result);
    }
  });
  return out;
}

std::vector<double> elementwise_radii(const Elementwise& op, const Step& step, const NodeTruth& out,
                                      const ArgumentRadii& in) {
  const auto at = indices(step);
  const std::int64_t count = count_of(step.node.shape).value();
  const bool wide = std::any_of(in.begin(), in.end(), [](const Radii& radii) { return radii != nullptr; });
  const Pair pair = wide ? pair_of(op, step, count) : Pair();
  std::vector<double> radii(static_cast<std::size_t>(count));
  parallel_balls(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    Arguments arguments(at.size());
    Ball result;
    std::array<DoubleDouble, kMostPairArguments> x;
    const auto honest = [&](std::size_t k, std::int64_t index) { return radius_at(in[k], index); };
    for (std::int64_t i = begin; i < end; ++i) {
      const Enclosure truth = out.values.at(i);
      double& radius = radii[static_cast<std::size_t>(i)];
      radius = radius_of(truth);
      bool exact = true;
      for (std::size_t k = 0; exact && k < at.size(); ++k) exact = honest(k, at[k](i)) == 0;
      if (exact) continue;
      if (pair && truth.real() && load_pairs(step, at, i, honest, x)) {
        if (const auto quick = by_pair(pair, x)) {
          radius = add_up(distance(truth, *quick), quick->rad);
          continue;
        }
      }
      for (std::size_t k = 0; k < at.size(); ++k) {
        const std::int64_t index = at[k](i);
        step.in[k]->values.load(arguments.balls[k], index);
        if (const double r = honest(k, index); r > 0) widen(arguments.balls[k], r);
      }
      evaluate(op, result, arguments.pointers, step.node.attrs, kBudgetBits);
      radius = spread(truth, result);
    }
  });
  return radii;
}

}  // namespace roundoff::truth
