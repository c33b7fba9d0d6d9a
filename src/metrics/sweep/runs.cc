#include <algorithm>
#include <bit>
#include <cmath>

#include "metrics/sweep/runs_parts.h"

namespace roundoff::sweep {
namespace {

using truth::Block;

constexpr int kSpan = 64;          // inputs looked at one by one where a line is broken
constexpr double kNear = 64;       // ulps round them in which an output is left to the kernel
constexpr double kUnits = 0x1p20;  // of 1 ulp
static_assert(kFineBits == 20 && kSteepBits >= kWorstBits && kGridBits == kSumBits && kClassBits == 3);

/// An error in ulps, within `bound` of the real one.
struct Bounded {
  double error, bound;
};

/// (|y| − |t|) / ulp for a finite y, negative where y has the other sign. The ulp is the block's.
Bounded precise_error(const Block& block, std::uint32_t pattern, std::uint32_t y) {
  const double u = static_cast<double>(static_cast<std::int64_t>(pattern) - static_cast<std::int64_t>(block.centre()));
  double rest = block.a[kDegree];
  for (int k = kDegree; k-- > 0;) rest = rest * u + block.a[static_cast<std::size_t>(k)];
  const std::uint32_t size = y & ~kSign;
  const bool other_sign = (y != size) != block.negative && size != 0;
  if (!other_sign && size >= block.lowest && size <= block.highest) {
    const double e =
        static_cast<double>(static_cast<std::int64_t>(size) - static_cast<std::int64_t>(block.base)) - rest;
    return {e, block.radius + std::fabs(e) * 0x1p-52};
  }
  // In the block's ulps, from the value that `lowest` stands for: exact, then rounded in the difference.
  const double value = std::ldexp(static_cast<double>(std::bit_cast<float>(size)), -block.ulp_exponent);
  const double start = std::ldexp(static_cast<double>(std::bit_cast<float>(block.lowest)), -block.ulp_exponent);
  const double base = start + static_cast<double>(block.base - block.lowest);
  const double e = (other_sign ? -value : value) - base - rest;
  return {e, block.radius + (value + base + std::fabs(rest)) * 0x1p-51};
}

/// Inputs in a chunk: as many as move the truth by no more than the kernel tells apart, with `kNear` to spare.
int chunk_size(const Block& block) {
  const double reach = std::ldexp(1.0, 31 - block.units.bits) - 2 * kNear - 4;
  int size = std::min<int>(kMostChunk, static_cast<int>(block.size()));
  while (size > kLeastChunk && block.steepness * size > reach) size /= 2;
  return block.kernel && size >= kLeastChunk && block.steepness * size <= reach ? size : 0;
}

}  // namespace

Runs::Runs(const Op& op, const Attrs& attrs) : elements_(op, attrs, DType::float32), blocks_(op, attrs) {
  for (std::size_t i = 0; i < 2; ++i) {
    const double zero = i == 0 ? 0.0 : -0.0;
    Ball ball;
    const auto nearest = elements_.nearest({&zero, 1}, ball);
    at_zero_[i] = static_cast<std::uint32_t>(pattern_of(DType::float32, nearest.value_or(std::nan(""))));
  }
  if (truth::Rotations::serves(op.name)) rotations_.emplace(op.name);
  if (truth::Reflections::serves(op.name)) reflections_.emplace(op.name);
}

void Runs::add(std::uint32_t first, std::span<const std::uint32_t> y, Tally& tally) {
  std::size_t at = 0;
  while (at < y.size()) {
    const auto pattern = static_cast<std::uint32_t>(first + at);
    const std::uint32_t size = pattern & ~kSign;
    if (size >= kInfinity) {  // infinity is an element like others, NaNs are none
      if (size == kInfinity) add_ball(pattern, y[at], tally);
      const std::uint64_t skip = size == kInfinity ? 1 : std::uint64_t{kSign} - size;
      at += std::min<std::uint64_t>(skip, y.size() - at);
      continue;
    }
    if (at == 0 || (pattern & (kHidden - 1)) == 0) begin_class(pattern, tally);
    if (rotations_ && truth::Rotations::serves(pattern)) {
      constexpr std::uint32_t kRow = 1u << truth::kRowLevel;
      const std::size_t count = std::min<std::size_t>(y.size() - at, kRow - pattern % kRow);
      add_row(pattern, y.subspan(at, count), tally);
      at += count;
      if (at == y.size() || (pattern ^ static_cast<std::uint32_t>(first + at)) >= kHidden) end_class(tally);
      continue;
    }
    if (reflections_ && truth::Reflections::serves(pattern)) {
      const std::size_t count = std::min<std::size_t>(y.size() - at, kHidden - pattern % kHidden);
      add_reflected(pattern, y.subspan(at, count), tally);
      at += count;
      end_class(tally);
      continue;
    }
    const Block& block = blocks_.at(pattern);
    const std::size_t count = std::min<std::size_t>(y.size() - at, block.size() - (pattern - block.first));
    const Part part{block, pattern, y.subspan(at, count), tally};
    switch (block.kind) {
      case Block::Kind::nan:
      case Block::Kind::line:
        add_line(part);
        break;
      case Block::Kind::polynomial:
        add_polynomial(part);
        break;
      case Block::Kind::open:
        add_open(part);
        break;
    }
    at += count;
    if (at == y.size() || (pattern ^ static_cast<std::uint32_t>(first + at)) >= kHidden) end_class(tally);
  }
}

// ---- lines --------------------------------------------------------------------------------------------------------

void Runs::add_line(const Part& part) {
  const Block& block = part.block;
  const bool nan = block.kind == Block::Kind::nan;
  const auto expected = [&](std::size_t i) {
    return block.expected + block.slope * (part.first + static_cast<std::uint32_t>(i) - block.first);
  };
  const auto fits = [&](std::size_t begin, std::size_t count) {
    if (!nan) return on_line(&part.y[begin], static_cast<std::int64_t>(count), expected(begin), block.slope);
    return std::all_of(&part.y[begin], &part.y[begin] + count,
                       [](std::uint32_t y) { return (y & ~kSign) > kInfinity; });
  };
  std::int64_t count = 0;
  std::size_t one = part.y.size();  // of those that fit, the first
  const auto accept = [&](std::size_t begin, std::size_t many) {
    if (count == 0) one = begin;
    count += static_cast<std::int64_t>(many);
  };
  if (fits(0, part.y.size())) {
    accept(0, part.y.size());
  } else {
    for (std::size_t at = 0; at < part.y.size(); at += kSpan) {
      const std::size_t many = std::min<std::size_t>(kSpan, part.y.size() - at);
      if (fits(at, many)) {
        accept(at, many);
        continue;
      }
      for (std::size_t i = at; i < at + many; ++i) {
        fits(i, 1) ? accept(i, 1) : add_ball(part.first + static_cast<std::uint32_t>(i), part.y[i], part.tally);
      }
    }
  }
  if (count == 0) return;
  Tally& tally = part.tally;
  tally.elements += count;
  tally.correct += count;
  tally.tiers[static_cast<std::size_t>(Tier::known)] += count;
  if (!block.finite) return;
  const double units = block.negative ? -block.cell : block.cell;
  const auto steps = static_cast<long>(std::floor(units / (1 << (kFineBits - kGridBits)) + 0.5));
  tally.histogram[static_cast<std::size_t>(kSideBins + bin_of(units / kUnits))] += count;
  tally.sum += steps * static_cast<long>(count);
  tally.sum_abs += std::abs(steps) * static_cast<long>(count);
  const auto pattern = part.first + static_cast<std::uint32_t>(one);
  const double size = std::fabs(block.cell) / kUnits;
  consider(size, size, {.input = {pattern, 0}, .output = part.y[one]}, tally);
}

// ---- polynomials --------------------------------------------------------------------------------------------------

Runs::Window Runs::window_of(const Block& block, std::uint32_t chunk, int size) const {
  const std::int64_t middle_input = static_cast<std::int64_t>(chunk) + size / 2;
  const auto u = static_cast<double>(middle_input - static_cast<std::int64_t>(block.centre()));
  double middle = block.a[kDegree];
  for (int k = kDegree; k-- > 0;) middle = middle * u + block.a[static_cast<std::size_t>(k)];
  const double reach = block.steepness * size / 2 + kNear, base = block.base;
  const double low = std::max(std::floor(base + middle - reach), static_cast<double>(std::max(block.lowest, 1u)));
  const double high = std::min(std::ceil(base + middle + reach), static_cast<double>(block.highest));
  if (!(low <= high)) return {};
  const std::uint32_t sign = block.negative ? kSign : 0;
  const Window window{static_cast<std::uint32_t>(low) | sign, static_cast<std::uint32_t>(high) | sign};
  // Outputs that would mean flushed inputs are not for the kernel.
  const std::uint32_t zero = at_zero_[chunk >> 31];
  const bool subnormal = (chunk & ~kSign) < kHidden;
  return subnormal && zero >= window.lowest && zero <= window.highest ? Window{} : window;
}

void Runs::add_polynomial(const Part& part) {
  const Block& block = part.block;
  const int size = chunk_size(block);
  peaks_.clear();
  Sums sums;
  if (size == 0) {
    for (std::size_t i = 0; i < part.y.size(); ++i) {
      add_precise(part, part.first + static_cast<std::uint32_t>(i), part.y[i], sums);
    }
  }
  // Chunks are cut at absolute places, so that a part of one gives what it gives as a part of the whole.
  std::size_t at = 0;
  while (size != 0 && at < part.y.size()) {
    const std::uint32_t from = part.first + static_cast<std::uint32_t>(at);
    const std::uint32_t chunk = from & ~static_cast<std::uint32_t>(size - 1);
    const auto count = std::min<std::size_t>(static_cast<std::size_t>(size) - (from - chunk), part.y.size() - at);
    add_chunk(part, chunk, size, from, part.y.subspan(at, count), sums);
    at += count;
  }
  sums.flush(block.negative, part.tally);
  std::sort(peaks_.begin(), peaks_.end(),
            [](const Peak& a, const Peak& b) { return a.level != b.level ? a.level > b.level : a.first < b.first; });
  for (const Peak& peak : peaks_) {
    if (bar_.beaten_by(peak.level, peak.first)) resolve(part, peak);
  }
}

void Runs::add_chunk(const Part& part, std::uint32_t chunk, int size, std::uint32_t from,
                     std::span<const std::uint32_t> y, Sums& sums) {
  const Block& block = part.block;
  const Window window = window_of(block, chunk, size);
  if (window.lowest > window.highest) {
    for (std::size_t i = 0; i < y.size(); ++i) add_precise(part, from + static_cast<std::uint32_t>(i), y[i], sums);
    return;
  }
  ChunkErrors errors;
  unit_errors(block.units, static_cast<std::int32_t>(chunk - block.centre()), whole(chunk, size, from, y), size,
              window.lowest, window.highest, errors_.data(), errors, sums.counts.data());
  sums.add(errors, size);
  for_open(errors, from - chunk, y.size(),
           [&](std::size_t i) { add_precise(part, from + static_cast<std::uint32_t>(i), y[i], sums); });
  const double level = level_within(std::max(errors.most, -errors.least), block.units.bits);
  if (bar_.beaten_by(level, from)) peaks_.push_back({from, static_cast<int>(y.size()), level});
}

/// The outputs of a whole chunk: where only some of them are there, zeros in the others' places, which are open.
const std::uint32_t* Runs::whole(std::uint32_t chunk, int size, std::uint32_t from, std::span<const std::uint32_t> y) {
  if (y.size() == static_cast<std::size_t>(size)) return y.data();
  padded_.fill(0);
  std::copy(y.begin(), y.end(), padded_.begin() + (from - chunk));
  return padded_.data();
}

void Runs::add_precise(const Part& part, std::uint32_t pattern, std::uint32_t y, Sums& sums) {
  const Block& block = part.block;
  const std::uint32_t size = y & ~kSign;
  const auto [error, bound] = precise_error(block, pattern, size < kInfinity ? y : 0);
  // A zero must have the truth's sign and be its rounding, or it breaks a contract.
  const bool zero = size == 0 && (y != 0) == block.negative && std::fabs(error) + bound < 0.5;
  const Example at{.input = {pattern, 0}, .output = y};
  if (size < kInfinity && (size != 0 || zero) && classify(at, error, bound, block.negative, part.tally, sums)) return;
  add_ball(pattern, y, part.tally);
}

/// Adds an error that is known to within `bound`, of |y| − |t| where the truth is negative; false where that is too
/// wide.
bool Runs::classify(const Example& at, double error, double bound, bool negative, Tally& tally, Sums& sums) {
  const double least = std::max(0.0, std::fabs(error) - bound), most = std::fabs(error) + bound;
  const auto bin = bin_between(least, most);
  if (!bin || most >= kBeyond) return false;
  const bool below = (error < 0) != negative, correct = *bin < 4;
  const auto pattern = static_cast<std::uint32_t>(at.input[0]);
  Elements::add_precise(*bin, below, tally);
  sums.add_steps(steps_of(error));
  const bool subnormal = (pattern & ~kSign) < kHidden;
  if (subnormal && !correct && at.output == at_zero_[pattern >> 31]) tally.add_break(Break::flushed_input, at);
  consider(least, most, at, tally);
  return true;
}

// ---- single elements ------------------------------------------------------------------------------------------------

/// By a truth in doubled precision. Beside a power of two the ulp is in doubt, and a zero has a sign.
void Runs::add_doubled(std::uint32_t pattern, std::uint32_t y, const DoubleDouble& truth, Tally& tally, Sums& sums) {
  const double output = value_of(DType::float32, y);
  int exponent = 0;
  const double significand = std::fabs(std::frexp(truth.hi, &exponent));
  const double bound = std::ldexp(truth.rad, 24 - exponent);  // ulps, but for the error's own roundings
  const bool plain = exponent > -100 && exponent < 100 && significand > 0.5 + 0x1p-40 && significand < 1 - 0x1p-40 &&
                     bound < 0x1p-42 && output != 0 && std::isfinite(output);
  if (!plain) return add_ball(pattern, y, tally);
  const double error = std::ldexp((output - truth.hi) - truth.lo, 24 - exponent);
  const Example at{.input = {pattern, 0}, .output = y};
  if (!classify(at, error, std::fabs(error) * 0x1p-50 + bound, false, tally, sums)) add_ball(pattern, y, tally);
}

void Runs::add_ball(std::uint32_t pattern, std::uint32_t y, Tally& tally) {
  const double x = value_of(DType::float32, pattern);
  elements_.add_by_balls({&x, 1}, value_of(DType::float32, y), tally);
}

/// A result that needs no rounding, where the output is it; else balls.
void Runs::add_exact(std::uint32_t pattern, std::uint32_t y, Tally& tally) {
  const double x = value_of(DType::float32, pattern), output = value_of(DType::float32, y);
  const auto& special = elements_.body().special;
  const auto exact = special ? special({&x, 1}, elements_.attrs()) : std::nullopt;
  const bool nan = exact && std::isnan(*exact) && std::isnan(output);
  if (!nan && !(exact && std::bit_cast<std::uint64_t>(*exact) == std::bit_cast<std::uint64_t>(output)))
    return add_ball(pattern, y, tally);
  const Example at{.input = {pattern, 0}, .output = y};
  const bool real = std::isfinite(*exact);
  Elements::add_counts({.decided = true, .correct = true, .real = real}, at, Tier::known, tally);
  if (real) consider(0, 0, at, tally);
}

void Runs::add_open(const Part& part) {
  for (std::size_t i = 0; i < part.y.size(); ++i)
    add_exact(part.first + static_cast<std::uint32_t>(i), part.y[i], part.tally);
}

// ---- the worst errors ---------------------------------------------------------------------------------------------

void Runs::begin_class(std::uint32_t pattern, const Tally& tally) {
  const Worst& kept = tally.worst[tally.class_of(pattern)];
  bar_ = kept.ulps < 0 ? Bar{} : Bar{worst_level(kept.ulps), kept.at.input[0]};
  best_.reset();
}

void Runs::consider(double least, double most, const Example& at, Tally& tally) {
  if (!bar_.beaten_by(worst_level(most), at.input[0])) return;
  if (worst_level(least) == worst_level(most)) {
    best_ = at;
    bar_ = {worst_level(most), at.input[0]};
    return;
  }
  // Between two levels only the error itself says whether it wins.
  const double level = add_worst(at, tally);
  if (bar_.beaten_by(level, at.input[0])) bar_ = {level, at.input[0]};
}

/// Finds the exact error of one element; answers its level.
double Runs::add_worst(const Example& at, Tally& tally) {
  const double x = value_of(DType::float32, at.input[0]);
  const Measured m = elements_.measure({&x, 1}, value_of(DType::float32, at.output));
  if (!m.decided || !m.real) return -1;
  Elements::add_worst(m, at, tally);
  return worst_level(std::fabs(m.error));
}

void Runs::end_class(Tally& tally) {
  if (best_) add_worst(*best_, tally);
  best_.reset();
}

/// Looks for the worst error of a chunk; elements that were measured before do no harm.
void Runs::resolve(const Part& part, const Peak& peak) {
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(peak.count); ++i) {
    const std::uint32_t pattern = peak.first + i, y = part.y[pattern - part.first], size = y & ~kSign;
    if (size == 0 || size >= kInfinity) continue;
    const auto [error, bound] = precise_error(part.block, pattern, y);
    const double least = std::max(0.0, std::fabs(error) - bound), most = std::fabs(error) + bound;
    if (most * (1 << kWorstBits) < bar_.level) continue;
    consider(least, most, {.input = {pattern, 0}, .output = y}, part.tally);
  }
}

}  // namespace roundoff::sweep
