#include <array>
#include <cmath>
#include <limits>

#include "truth/bulk.h"

namespace roundoff::truth {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr long kBudgetBits = 64;
constexpr std::int64_t kGrain = 256;

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

}  // namespace

std::vector<Enclosure> evaluate_elementwise(const Elementwise& op, const Step& step) {
  const auto at = indices(step);
  const std::int64_t count = count_of(step.node.shape).value();
  std::vector<Enclosure> out(static_cast<std::size_t>(count));
  parallel_balls(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    Arguments arguments(at.size());
    Ball result;
    for (std::int64_t i = begin; i < end; ++i) {
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
  std::vector<double> radii(static_cast<std::size_t>(count));
  parallel_balls(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    Arguments arguments(at.size());
    Ball result;
    for (std::int64_t i = begin; i < end; ++i) {
      bool exact = true;
      for (std::size_t k = 0; k < at.size(); ++k) {
        const std::int64_t index = at[k](i);
        step.in[k]->values.load(arguments.balls[k], index);
        const double radius = radius_at(in[k], index);
        if (radius == 0) continue;
        widen(arguments.balls[k], radius);
        exact = false;
      }
      const Enclosure truth = out.values.at(i);
      double& radius = radii[static_cast<std::size_t>(i)];
      radius = radius_of(truth);
      if (exact) continue;
      evaluate(op, result, arguments.pointers, step.node.attrs, kBudgetBits);
      radius = spread(truth, result);
    }
  });
  return radii;
}

}  // namespace roundoff::truth
