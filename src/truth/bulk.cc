#include "truth/bulk.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"

namespace roundoff::truth {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// What the op's last rounding may add to a result of size at most `reach`.
class FinalRounding {
 public:
  FinalRounding(const Node& node, const Rules& rules) : format_(format_of(node.dtype)) {
    const Allowance& allowance = node.op->allowance;
    if (!is_float(node.dtype)) return;
    largest_ = format_.max_finite();
    if (rules.propagate_only) return;
    ulps_ = allowance.ulps;
    if (rules.scale && allowance.scale_ulps > 0) scale_ = allowance.scale_ulps * ulp(format_, allowance.scale);
  }
  [[nodiscard]] bool nothing() const { return ulps_ == 0 && scale_ == 0; }
  /// The radius with it; +∞ where an honest result may overflow.
  [[nodiscard]] double on(double mid, double radius) const {
    const double size = add_up(std::fabs(mid), radius);
    if (!(size <= largest_)) return kInf;
    return nothing() ? radius : add_up(radius, ulps_ * ulp(format_, size) + scale_);
  }

 private:
  const Format& format_;
  double ulps_ = 0, scale_ = 0, largest_ = kInf;
};

bool all_exact(const ArgumentRadii& in) {
  return std::all_of(in.begin(), in.end(), [](const Radii& radii) { return radii == nullptr; });
}

/// Without radii to pass on, elementwise and movement ops add only their final rounding.
bool adds_inside(const Node& node) {
  return std::holds_alternative<Fiber>(node.op->body) || std::holds_alternative<Contraction>(node.op->body);
}

std::vector<double> inner_radii(const Step& step, const NodeTruth& out, const ArgumentRadii& in, const Unit& unit) {
  const auto& body = step.node.op->body;
  if (const auto* op = std::get_if<Elementwise>(&body)) return elementwise_radii(*op, step, out, in);
  if (const auto* op = std::get_if<Fiber>(&body)) return fiber_radii(*op, step, out, in, unit);
  if (const auto* op = std::get_if<Contraction>(&body)) return contraction_radii(*op, step, out, in, unit);
  return movement_radii(std::get<Movement>(body), step, in);
}

}  // namespace

Unit unit_of(DType dtype, const Rules& rules) {
  if (!is_float(dtype) || rules.propagate_only) return {.u = 0, .eta = 0, .probable = rules.probable};
  const Format& format = format_of(dtype);
  return {.u = format.unit(), .eta = format.min_subnormal(), .probable = rules.probable};
}

NodeTruth evaluate_bulk(const Step& step, bool budgets) {
  NodeTruth out;
  const auto& body = step.node.op->body;
  if (const auto* elementwise = std::get_if<Elementwise>(&body)) {
    out.values = Values(evaluate_elementwise(*elementwise, step));
  } else if (const auto* fiber = std::get_if<Fiber>(&body)) {
    out.values = Values(evaluate_fibers(*fiber, step));
  } else if (const auto* contraction = std::get_if<Contraction>(&body)) {
    if (budgets) out.size = std::make_shared<std::vector<double>>();
    out.values = Values(evaluate_contraction(*contraction, step, out.size.get()));
  } else {
    out.values = Values(evaluate_movement(std::get<Movement>(body), step));
  }
  return out;
}

Radii radii_of(const Step& step, const NodeTruth& out, const ArgumentRadii& in, const Rules& rules) {
  const FinalRounding rounding(step.node, rules);
  const bool exact = all_exact(in), inside = adds_inside(step.node);
  if (exact && rounding.nothing() && !inside) return nullptr;
  const auto count = static_cast<std::size_t>(count_of(step.node.shape).value());
  auto radii = std::make_shared<std::vector<double>>(count);
  if (!exact || inside) *radii = inner_radii(step, out, in, unit_of(step.node.dtype, rules));
  parallel_for(static_cast<std::int64_t>(count), 4096, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      double& radius = (*radii)[static_cast<std::size_t>(i)];
      const Enclosure truth = out.values.at(i);
      const bool number = truth.real() || truth.kind == Kind::neg_zero;
      const bool open = truth.kind == Kind::undecided || truth.kind == Kind::huge_pos || truth.kind == Kind::huge_neg;
      if (number) {
        if (exact || inside) radius = add_up(radius, radius_of(truth));  // else the propagated ball has it already
        radius = rounding.on(midpoint(truth), radius);
      } else if (open || !(radius < kInf)) {
        radius = kInf;
      } else {
        radius = 0;  // NaN or an infinity that every honest result shares
      }
    }
  });
  return radii;
}

}  // namespace roundoff::truth
