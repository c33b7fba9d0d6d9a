#include "truth/rotations.h"

#include <array>
#include <bit>
#include <cmath>

#include "balls/ball.h"
#include "kernels/double_double.h"

namespace roundoff::truth {
namespace {

constexpr long kBits = 120;
constexpr std::size_t kRow = std::size_t{1} << kRowLevel, kRows = 64;  // in a group: one evaluation of sin and cos
constexpr std::uint32_t kSign = 0x8000'0000, kInfinity = 0x7f80'0000, kTwo = 0x4000'0000;

double value(std::uint32_t pattern) { return static_cast<double>(std::bit_cast<float>(pattern)); }

}  // namespace

bool Rotations::serves(std::uint32_t pattern) {
  const std::uint32_t size = pattern & ~kSign;
  return size >= kTwo && size < kInfinity;
}

Rotations::Direction Rotations::direction(double angle) {
  Ball x, sine, cosine;
  x.set_double(angle);
  arb_sin_cos(sine.arb(), cosine.arb(), x.arb(), kBits);
  const Enclosure s = enclosure_of(sine), c = enclosure_of(cosine);
  return {{c.hi, c.lo}, {s.hi, s.lo}};
}

/// Few evaluations, and turns of them.
void Rotations::Table::fill(std::size_t count, double angle) {
  constexpr std::size_t kFine = 32;
  for (auto* const each : {&cosines, &sines, &cosine_rests, &sine_rests}) each->resize(count);
  std::array<Direction, kFine> fine;
  Direction coarse;
  for (std::size_t i = 0; i < count; ++i) {
    // Angles are exact: at most 24 + 11 bits.
    if (i < kFine) fine[i] = direction(angle * static_cast<double>(i));
    if (i % kFine == 0) coarse = direction(angle * static_cast<double>(i));
    const Sum c = turned(coarse.cosine, -coarse.sine, fine[i % kFine]);
    const Sum s = turned(coarse.sine, coarse.cosine, fine[i % kFine]);
    cosines[i] = c.hi;
    cosine_rests[i] = c.lo;
    sines[i] = s.hi;
    sine_rests[i] = s.lo;
  }
}

Rotations::Sum Rotations::turned(const Sum& a, const Sum& b, const Direction& by) {
  const double first = a.hi * by.cosine.hi, second = b.hi * by.sine.hi;
  double sum_error;
  const double sum = two_sum(first, second, sum_error);
  double rest = std::fma(a.hi, by.cosine.hi, -first) + std::fma(b.hi, by.sine.hi, -second);
  rest += a.hi * by.cosine.lo + a.lo * by.cosine.hi;
  rest += b.hi * by.sine.lo + b.lo * by.sine.hi;
  Sum out;
  out.hi = fast_two_sum(sum, sum_error + rest, out.lo);
  return out;
}

void Rotations::start_group(std::uint32_t first) {
  const double x = value(first), step = value(first + 1) - x;
  if (exponent_ != first >> 23) {
    exponent_ = first >> 23;
    steps_.fill(kRow, step);
    rows_.fill(kRows, step * static_cast<double>(kRow));
  }
  group_ = first;
  group_direction_ = direction(x);
}

Rotation Rotations::row(std::uint32_t first) {
  const std::uint32_t size = first & ~kSign;
  constexpr std::uint32_t kGroup = kRows << kRowLevel;
  if (group_ != (size & ~(kGroup - 1))) start_group(size & ~(kGroup - 1));
  const Direction row = rows_.at((size - group_) >> kRowLevel);
  const Sum sine = turned(group_direction_.sine, group_direction_.cosine, row);
  const Sum cosine = turned(group_direction_.cosine, -group_direction_.sine, row);
  a_ = cosine_ ? cosine : sine;
  b_ = cosine_ ? -sine : cosine;
  if (!cosine_ && size != first) {  // cos is even, the others are odd
    a_ = -a_;
    b_ = -b_;
  }
  c_ = cosine;
  d_ = -sine;
  return {a_.hi, b_.hi, steps_.cosines.data(), steps_.sines.data(), tangent_, c_.hi, d_.hi};
}

Rotations::Sum Rotations::truth(int i) const {
  const Direction step = steps_.at(static_cast<std::size_t>(i));
  const Sum above = turned(a_, b_, step);
  if (!tangent_) return above;
  const Sum below = turned(c_, d_, step);
  // What the first quotient leaves of `above.hi` is exact: relative errors below 2^-103.
  const double quotient = above.hi / below.hi;
  const double rest = std::fma(-quotient, below.hi, above.hi) + (above.lo - quotient * below.lo);
  Sum out;
  out.hi = fast_two_sum(quotient, rest / below.hi, out.lo);
  return out;
}

}  // namespace roundoff::truth
