// Runs where neighbours lie too far apart for polynomials in their index.
#include <algorithm>
#include <cmath>

#include "metrics/sweep/runs_parts.h"

namespace roundoff::sweep {

// ---- rows of rotations ----------------------------------------------------------------------------------------------

void Runs::add_row(std::uint32_t first, std::span<const std::uint32_t> y, Tally& tally) {
  const Rotation row = rotations_->row(first >> truth::kRowLevel << truth::kRowLevel);
  Sums sums;
  for (std::size_t at = 0; at < y.size();) {
    const std::uint32_t from = first + static_cast<std::uint32_t>(at), chunk = from & ~std::uint32_t{kMostChunk - 1};
    const auto count = std::min<std::size_t>(kMostChunk - (from - chunk), y.size() - at);
    add_row_chunk(row, chunk, from, y.subspan(at, count), tally, sums);
    at += count;
  }
  sums.flush(false, tally);
}

void Runs::add_row_chunk(const Rotation& row, std::uint32_t chunk, std::uint32_t from, std::span<const std::uint32_t> y,
                         Tally& tally, Sums& sums) {
  ChunkErrors errors;
  rotation_errors(row, static_cast<int>(chunk % (1u << truth::kRowLevel)), whole(chunk, kMostChunk, from, y),
                  kMostChunk, errors_.data(), errors, sums.counts.data());
  sums.add(errors, kMostChunk);
  for_open(errors, from - chunk, y.size(),
           [&](std::size_t i) { add_rotated(from + static_cast<std::uint32_t>(i), y[i], tally, sums); });
  if (!bar_.beaten_by(level_within(std::max(errors.most, -errors.least), kSteepBits), from)) return;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::uint32_t pattern = from + static_cast<std::uint32_t>(i);
    const std::int32_t e = errors_[(from - chunk) + i];
    if (!is_clear(e, kSteepBits) || !bar_.beaten_by(level_within(std::abs(e), kSteepBits), pattern)) continue;
    const double level = add_worst({.input = {pattern, 0}, .output = y[i]}, tally);
    if (bar_.beaten_by(level, pattern)) bar_ = {level, pattern};
  }
}

void Runs::add_rotated(std::uint32_t pattern, std::uint32_t y, Tally& tally, Sums& sums) {
  const auto t = rotations_->truth(static_cast<int>(pattern % (1u << truth::kRowLevel)));
  // Next to a pole of tan more than 2^-67 of its size is not known; where |t| is 2^-30 the radius is 2^-44 ulp.
  const double size = std::fabs(t.hi);
  if (!(size > 0x1p-31 && size < 0x1p29)) return add_ball(pattern, y, tally);
  add_doubled(pattern, y, {t.hi, t.lo, std::max(0x1p-98, size * 0x1p-67)}, tally, sums);
}

// ---- reflections ----------------------------------------------------------------------------------------------------

void Runs::add_reflected(std::uint32_t first, std::span<const std::uint32_t> y, Tally& tally) {
  Sums sums;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const auto pattern = static_cast<std::uint32_t>(first + i);
    const DoubleDouble t = reflections_->truth(pattern);
    std::isfinite(t.rad) ? add_doubled(pattern, y[i], t, tally, sums) : add_exact(pattern, y[i], tally);
  }
  sums.flush(false, tally);
}

}  // namespace roundoff::sweep
