#include "metrics/sweep/judge.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "metrics/sweep/runs.h"

namespace roundoff::sweep {

struct Judge::State {
  const Op& op;
  Elements elements;
  std::optional<Runs> runs;  ///< made when first asked for
};

Judge::Judge(std::unique_ptr<State> state) : state_(std::move(state)) {}
Judge::Judge(Judge&&) noexcept = default;
Judge& Judge::operator=(Judge&&) noexcept = default;
Judge::~Judge() = default;

Result<Judge> Judge::make(const Op& op, const Attrs& attrs, DType dtype) {
  if (!std::holds_alternative<Elementwise>(op.body)) {
    return Error{Code::usage, fmt::format("{} is not elementwise", op.name), op.name, "sweep an elementwise op"};
  }
  ROUNDOFF_TRY(const DType result,
               infer_dtype(op, std::vector<DType>(static_cast<std::size_t>(op.arity_min), dtype), attrs));
  if (result != dtype || !is_float(dtype)) {
    return Error{Code::usage,
                 fmt::format("{} of {} is {}: it has no ulp error", op.name, name_of(dtype), name_of(result)), op.name,
                 "sweep an op whose result has the dtype of its argument"};
  }
  return Judge(std::make_unique<State>(State{op, Elements(op, attrs, dtype), std::nullopt}));
}

void Judge::patterns(std::uint32_t first, std::span<const float> outputs, Tally& tally) {
  if (!state_->runs) state_->runs.emplace(state_->op, state_->elements.attrs());
  // The kernels read bits: a signalling NaN must not pass through a register of floats.
  state_->runs->add(first, {reinterpret_cast<const std::uint32_t*>(outputs.data()), outputs.size()}, tally);
}

void Judge::patterns(std::uint32_t first, std::span<const std::uint16_t> outputs, Tally& tally) {
  const DType dtype = state_->elements.dtype();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const double x = value_of(dtype, first + i);
    state_->elements.add({&x, 1}, value_of(dtype, outputs[i]), tally);
  }
}

void Judge::element(std::span<const double> arguments, double output, Tally& tally) {
  state_->elements.add(arguments, output, tally);
}

ElementTruth truth_of(const Op& op, const Attrs& attrs, DType dtype, std::span<const double> arguments) {
  Ball ball;
  const auto nearest = Elements(op, attrs, dtype).nearest(arguments, ball);
  return {.enclosure = enclosure_of(ball), .nearest = nearest.value_or(std::nan("")), .decided = nearest.has_value()};
}

}  // namespace roundoff::sweep
