#include "truth/rotations.h"

#include <bit>
#include <cmath>

#include "kernels/double_double.h"

namespace roundoff::truth {
namespace {

constexpr long kBits = 120;
constexpr int kRows = 64;  // in a group: one evaluation of sin and cos for each
constexpr std::uint32_t kSign = 0x8000'0000, kInfinity = 0x7f80'0000, kTwo = 0x4000'0000;

/// The nearest double and the nearest one to what is left.
void split(const Ball& x, double& high, double& rest) {
  const Enclosure e = enclosure_of(x);
  high = e.hi;
  rest = e.lo;
}

double nearest(const Ball& x) { return arf_get_d(arb_midref(x.arb()), ARF_RND_NEAR); }

double value(std::uint32_t pattern) { return static_cast<double>(std::bit_cast<float>(pattern)); }

}  // namespace

bool Rotations::serves(std::uint32_t pattern) {
  const std::uint32_t size = pattern & ~kSign;
  return size >= kTwo && size < kInfinity;
}

/// Few evaluations, and products of them.
void Rotations::Table::fill(int count, double angle) {
  constexpr int kFine = 32;
  cosines.resize(static_cast<std::size_t>(count));
  sines.resize(static_cast<std::size_t>(count));
  Ball x;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (i < kFine || i % kFine == 0) {
      x.set_double(angle * i);  // exact: at most 24 + 11 bits
      arb_sin_cos(sines[at].arb(), cosines[at].arb(), x.arb(), kBits);
    } else {
      turn(sines[at - at % kFine], cosines[at - at % kFine], i % kFine, sines[at], cosines[at]);
    }
  }
}

/// sin and cos of an angle and i steps more.
void Rotations::Table::turn(const Ball& sine, const Ball& cosine, int i, Ball& sine_out, Ball& cosine_out) const {
  const auto at = static_cast<std::size_t>(i);
  arb_mul(sine_out.arb(), sine.arb(), cosines[at].arb(), kBits);
  arb_addmul(sine_out.arb(), cosine.arb(), sines[at].arb(), kBits);
  arb_mul(cosine_out.arb(), cosine.arb(), cosines[at].arb(), kBits);
  arb_submul(cosine_out.arb(), sine.arb(), sines[at].arb(), kBits);
}

void Rotations::start_group(std::uint32_t first) {
  const double x = value(first), step = value(first + 1) - x;
  if (exponent_ != first >> 23) {
    exponent_ = first >> 23;
    steps_.fill(1 << kRowLevel, step);
    rows_.fill(kRows, step * (1 << kRowLevel));
    for (auto* const each : {&cosines_, &sines_, &cosine_rests_, &sine_rests_}) each->resize(1 << kRowLevel);
    for (std::size_t i = 0; i < cosines_.size(); ++i) {
      split(steps_.cosines[i], cosines_[i], cosine_rests_[i]);
      split(steps_.sines[i], sines_[i], sine_rests_[i]);
    }
  }
  Ball start;
  start.set_double(x);
  arb_sin_cos(group_sine_.arb(), group_cosine_.arb(), start.arb(), kBits);
  group_ = first;
}

Rotation Rotations::row(std::uint32_t first) {
  const std::uint32_t size = first & ~kSign;
  constexpr std::uint32_t kGroup = kRows << kRowLevel;
  if (group_ != (size & ~(kGroup - 1))) start_group(size & ~(kGroup - 1));
  rows_.turn(group_sine_, group_cosine_, static_cast<int>((size - group_) >> kRowLevel), a_, b_);
  if (cosine_) {
    arb_neg(a_.arb(), a_.arb());
    arb_swap(a_.arb(), b_.arb());
  } else if (tangent_) {
    arb_set(c_.arb(), b_.arb());
    arb_neg(d_.arb(), a_.arb());
  }
  if (!cosine_ && size != first) {  // cos is even, the others are odd
    arb_neg(a_.arb(), a_.arb());
    arb_neg(b_.arb(), b_.arb());
  }
  return {nearest(a_), nearest(b_), cosines_.data(), sines_.data(), tangent_, nearest(c_), nearest(d_)};
}

Rotations::Sum Rotations::truth(int i) const {
  const Sum above = rotated(a_, b_, i);
  if (!tangent_) return above;
  const Sum below = rotated(c_, d_, i);
  // What the first quotient leaves is exact before `lo`s come in: relative errors below 2^-103.
  const double quotient = above.hi / below.hi;
  const double rest = std::fma(-quotient, below.hi, above.hi) + (above.lo - quotient * below.lo);
  Sum out;
  out.hi = fast_two_sum(quotient, rest / below.hi, out.lo);
  return out;
}

Rotations::Sum Rotations::rotated(const Ball& of_cosine, const Ball& of_sine, int i) const {
  const auto at = static_cast<std::size_t>(i);
  double a, a_rest, b, b_rest;
  split(of_cosine, a, a_rest);
  split(of_sine, b, b_rest);
  const double first = a * cosines_[at], second = b * sines_[at];
  double rest, sum_error;
  const double sum = two_sum(first, second, sum_error);
  rest = std::fma(a, cosines_[at], -first) + std::fma(b, sines_[at], -second);
  rest += a * cosine_rests_[at] + a_rest * cosines_[at];
  rest += b * sine_rests_[at] + b_rest * sines_[at];
  Sum out;
  out.hi = fast_two_sum(sum, sum_error + rest, out.lo);
  return out;
}

}  // namespace roundoff::truth
