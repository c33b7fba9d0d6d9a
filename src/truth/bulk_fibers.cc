#include <algorithm>
#include <limits>

#include "base/large.h"
#include "base/parallel.h"
#include "ops/shared/fibers.h"
#include "truth/bulk.h"
#include "truth/bulk_sums.h"

namespace roundoff::truth {
namespace {

/// Elements that make a thread worth while.
constexpr std::int64_t kGrain = 4096;

/// Where the fibers of a node lie in its argument and in its result.
struct Layout {
  explicit Layout(const Fiber& op, const Step& step)
      : plan(plan_fibers(step.shapes[0], axes_of(step.node.attrs, step.shapes[0].size()).value())), scan(op.scan) {}
  FiberPlan plan;
  bool scan;
  [[nodiscard]] std::size_t outputs() const { return scan ? plan.within.size() : 1; }
  [[nodiscard]] std::int64_t in(std::int64_t fiber, std::size_t i) const {
    return plan.base[static_cast<std::size_t>(fiber)] + plan.within[i];
  }
  [[nodiscard]] std::size_t out(std::int64_t fiber, std::size_t i) const {
    return static_cast<std::size_t>(scan ? in(fiber, i) : fiber);
  }
  [[nodiscard]] std::int64_t grain() const {
    return std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, plan.length()));
  }
};

void enclose_by_balls(const Fiber& op, const Step& step, std::span<const Enclosure> in, std::span<Enclosure> out) {
  std::vector<Ball> arguments(in.size()), results(out.size());
  for (std::size_t i = 0; i < in.size(); ++i) set(arguments[i], in[i]);
  op.ball(results, arguments, step.node.attrs, kBulkBits);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = enclosure_of(results[i]);
}

}  // namespace

std::vector<Enclosure> evaluate_fibers(const Fiber& op, const Step& step) {
  const Layout layout(op, step);
  const Total total = step.in[0]->values.array() ? total_of(*step.node.op) : Total::none;
  std::vector<Enclosure> out;
  resize_large(out, static_cast<std::size_t>(count_of(step.node.shape).value()));
  parallel_balls(layout.plan.count(), layout.grain(), [&](std::int64_t begin, std::int64_t end) {
    std::vector<Enclosure> arguments, results(layout.outputs());
    std::vector<double> scratch;
    for (std::int64_t f = begin; f < end; ++f) {
      if (total != Total::none) {
        const std::int64_t base = layout.plan.base[static_cast<std::size_t>(f)];
        const FiberElements elements{*step.in[0]->values.array(), base, layout.plan.within};
        // A single fiber's results lie as they are wanted: no copy.
        const std::span<Enclosure> here = layout.plan.count() == 1 ? std::span(out) : std::span(results);
        if (enclose_total(total, elements, here, scratch)) {
          if (here.data() == out.data()) continue;
          for (std::size_t i = 0; i < results.size(); ++i) out[layout.out(f, i)] = results[i];
          continue;
        }
      }
      arguments.resize(layout.plan.within.size());
      for (std::size_t i = 0; i < arguments.size(); ++i) arguments[i] = step.in[0]->values.at(layout.in(f, i));
      if (!op.enclose || !op.enclose(results, arguments, step.node.attrs))
        enclose_by_balls(op, step, arguments, results);
      for (std::size_t i = 0; i < results.size(); ++i) out[layout.out(f, i)] = results[i];
    }
  });
  return out;
}

std::vector<double> fiber_radii(const Fiber& op, const Step& step, const NodeTruth& out, const ArgumentRadii& in,
                                const Unit& unit) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const Layout layout(op, step);
  std::vector<double> radii(static_cast<std::size_t>(count_of(step.node.shape).value()));
  parallel_for(layout.plan.count(), layout.grain(), [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> mid(layout.plan.within.size()), rad(mid.size()), out_mid(layout.outputs()),
        out_rad(out_mid.size());
    for (std::int64_t f = begin; f < end; ++f) {
      bool bounded = true;
      for (std::size_t i = 0; i < mid.size(); ++i) {
        mid[i] = step.in[0]->values.mid(layout.in(f, i));
        rad[i] = radius_at(in[0], layout.in(f, i));
        bounded = bounded && rad[i] < kInf;
      }
      for (std::size_t i = 0; i < out_mid.size(); ++i)
        out_mid[i] = out.values.mid(static_cast<std::int64_t>(layout.out(f, i)));
      op.budget(out_rad, out_mid, mid, rad, unit, step.node.attrs);
      for (std::size_t i = 0; i < out_rad.size(); ++i) {
        const Kind kind = out.values.at(static_cast<std::int64_t>(layout.out(f, i))).kind;
        const bool number = kind == Kind::real || kind == Kind::neg_zero;
        radii[layout.out(f, i)] = number ? (out_rad[i] >= 0 ? out_rad[i] : kInf) : bounded ? 0 : kInf;
      }
    }
  });
  return radii;
}

std::vector<Enclosure> evaluate_movement(const Movement& op, const Step& step) {
  const auto sources = op.map(step.shapes, step.node.shape, step.node.attrs);
  std::vector<Enclosure> out(sources.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = step.in[static_cast<std::size_t>(sources[i].input)]->values.at(sources[i].index);
  return out;
}

std::vector<double> movement_radii(const Movement& op, const Step& step, const ArgumentRadii& in) {
  const auto sources = op.map(step.shapes, step.node.shape, step.node.attrs);
  std::vector<double> out(sources.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = radius_at(in[static_cast<std::size_t>(sources[i].input)], sources[i].index);
  return out;
}

}  // namespace roundoff::truth
