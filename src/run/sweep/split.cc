// The order of everything: which inputs are a unit, which are a slice. State files rest on it: a change of these
// numbers is a new version of the state format.
#include <algorithm>

#include "backends/evaluator.h"
#include "inputs/worst_cases.h"
#include "run/sweep/function.h"

namespace roundoff::sweep {
namespace {

constexpr auto kSlice = static_cast<std::int64_t>(Evaluator::kMostElements);
constexpr std::int64_t kSampleUnit = 4 * kSlice;
constexpr std::int64_t kUsualSample = std::int64_t{1} << 20;

/// Magnitudes in a unit, never of two binades: of float32 about two thousand units, of the 16-bit formats some 250.
Bits unit_size(DType dtype) { return patterns_of(dtype).bits == 16 ? Bits{1} << 7 : Bits{1} << 20; }

void store(Array& array, std::int64_t i, DType dtype, Bits pattern) {
  const auto at = static_cast<std::size_t>(i);
  if (dtype == DType::bool_) {
    array.as_mutable<std::uint8_t>()[at] = static_cast<std::uint8_t>(pattern & 1);
    return;
  }
  switch (patterns_of(dtype).bits) {
    case 16:
      array.as_mutable<std::uint16_t>()[at] = static_cast<std::uint16_t>(pattern);
      return;
    case 32:
      array.as_mutable<std::uint32_t>()[at] = static_cast<std::uint32_t>(pattern);
      return;
    default:
      array.as_mutable<std::uint64_t>()[at] = pattern;
  }
}

/// Consecutive patterns from `first` on.
template <class U>
void fill_patterns(Array& array, Bits first) {
  constexpr std::size_t kAtOnce = 64;  // a fixed count lets the compiler use vectors
  const std::span<U> to = array.as_mutable<U>();
  const U base = static_cast<U>(first);
  std::size_t i = 0;
  for (; i + kAtOnce <= to.size(); i += kAtOnce) {
    for (std::size_t k = 0; k < kAtOnce; ++k) to[i + k] = static_cast<U>(base + static_cast<U>(i) + static_cast<U>(k));
  }
  for (; i < to.size(); ++i) to[i] = static_cast<U>(base + static_cast<U>(i));
}

}  // namespace

Split::Split(const Function& function, const SweepPlan& plan) : function_(function) {
  const bool exhaustive = function.arity() == 1 && plan.samples == 0 && patterns_of(plan.dtype).bits <= 32;
  if (exhaustive) {
    unit_size_ = unit_size(plan.dtype);
    Bits lowest = patterns_of(plan.dtype).infinity, highest = 0;
    for (const Magnitudes& side : {function.ranges[0].negative, function.ranges[0].positive}) {
      if (side.empty()) continue;
      lowest = std::min(lowest, side.first);
      highest = std::max(highest, side.last);
    }
    first_block_ = lowest / unit_size_;
    units_ = static_cast<std::int64_t>(highest / unit_size_ - first_block_ + 1);
    total_ = static_cast<std::int64_t>(function.ranges[0].count());
    return;
  }
  strata_.emplace(*function.op, function.ranges, function.course.parity != Parity::none, plan.seed);
  for (std::vector<Bits>& x : worst_cases(function.op->name, plan.dtype)) {
    bool within = x.size() == function.arity();
    for (std::size_t k = 0; within && k < x.size(); ++k) within = function.ranges[k].holds(x[k]);
    if (within) published_.push_back(std::move(x));
  }
  total_ = (plan.samples == 0 ? kUsualSample : plan.samples) + published();
  units_ = (total_ + kSampleUnit - 1) / kSampleUnit;
}

std::int64_t Split::count(std::int64_t unit) const {
  if (sampled()) return std::min(kSampleUnit, total_ - unit * kSampleUnit);
  return static_cast<std::int64_t>(magnitudes(unit, false).count() + magnitudes(unit, true).count());
}

Magnitudes Split::magnitudes(std::int64_t unit, bool negative) const {
  const Bits begin = (first_block_ + static_cast<Bits>(unit)) * unit_size_;
  return function_.ranges[0].side(negative).within(begin, begin + unit_size_ - 1);
}

std::int64_t Split::slices(std::int64_t unit) const {
  if (sampled()) return (count(unit) + kSlice - 1) / kSlice;
  return 2 * std::max<std::int64_t>(1, static_cast<std::int64_t>(unit_size_) / kSlice);
}

Slice Split::slice(std::int64_t unit, std::int64_t index) const {
  return sampled() ? sample_slice(unit, index) : magnitude_slice(unit, index);
}

Slice Split::magnitude_slice(std::int64_t unit, std::int64_t index) const {
  const DType dtype = function_.dtypes[0];
  const bool negative = index % 2 == 1;
  const Bits begin = (first_block_ + static_cast<Bits>(unit)) * unit_size_ + static_cast<Bits>(index / 2 * kSlice);
  const Bits size = std::min(unit_size_, static_cast<Bits>(kSlice));
  const Magnitudes part = function_.ranges[0].side(negative).within(begin, begin + size - 1);
  Slice slice{.in = {Array::make(dtype, {static_cast<std::int64_t>(part.count())}).value()},
              .negative = negative,
              .first = part.first,
              .place = 0};
  const Bits first = part.first | (negative ? patterns_of(dtype).sign : 0);
  slice.place = part.empty() ? 0 : ordinal_of(dtype, first);
  if (patterns_of(dtype).bits == 16) {
    fill_patterns<std::uint16_t>(slice.in[0], first);
  } else {
    fill_patterns<std::uint32_t>(slice.in[0], first);
  }
  return slice;
}

Slice Split::sample_slice(std::int64_t unit, std::int64_t index) const {
  Slice slice;
  slice.place = unit * kSampleUnit + index * kSlice;
  const std::int64_t n = std::min(kSlice, count(unit) - index * kSlice);
  for (const DType dtype : function_.dtypes) slice.in.push_back(Array::make(dtype, {n}).value());
  std::vector<Bits> x(function_.arity());
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t at = slice.place + i;
    if (at < published()) {
      x = published_[static_cast<std::size_t>(at)];
    } else {
      strata_->draw(at - published(), x);
    }
    for (std::size_t k = 0; k < x.size(); ++k) store(slice.in[k], i, function_.dtypes[k], x[k]);
  }
  return slice;
}

}  // namespace roundoff::sweep
