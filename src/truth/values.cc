#include "truth/values.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "balls/held.h"
#include "base/parallel.h"
#include "kernels/double_double.h"

namespace roundoff::truth {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// A 64-bit integer, exactly: its halves are doubles.
template <class T>
Enclosure of_integer(T value) {
  Enclosure e;
  const auto low = static_cast<std::uint64_t>(value) & 0xffffffffU;
  e.hi = two_sum(static_cast<double>(value - static_cast<T>(low)), static_cast<double>(low), e.lo);
  return e;
}

double upper(mag_srcptr bound) {
  if (mag_is_zero(bound)) return 0;
  if (mag_cmp_2exp_si(bound, 1023) >= 0) return kInf;
  if (mag_cmp_2exp_si(bound, -1022) > 0) return mag_get_d(bound);  // exact: a mag has 30 bits
  return std::max(0.0, mag_get_d(bound)) + std::numeric_limits<double>::denorm_min();
}

}  // namespace

Enclosure Values::at(std::int64_t i) const {
  const Array* values = array();
  if (!values) return std::get<std::vector<Enclosure>>(store_)[static_cast<std::size_t>(i)];
  if (values->dtype() == DType::int64) return of_integer(values->as<std::int64_t>()[static_cast<std::size_t>(i)]);
  if (values->dtype() == DType::uint64) return of_integer(values->as<std::uint64_t>()[static_cast<std::size_t>(i)]);
  const double x = values->get(i);
  if (x == 0) return {.kind = std::signbit(x) ? Kind::neg_zero : Kind::real};
  return enclosure_of(x);
}

double Values::mid(std::int64_t i) const {
  const Array* values = array();
  return values ? values->get(i) : midpoint(std::get<std::vector<Enclosure>>(store_)[static_cast<std::size_t>(i)]);
}

std::vector<Enclosure> Values::take() && {
  if (auto* enclosures = std::get_if<std::vector<Enclosure>>(&store_)) return std::move(*enclosures);
  std::vector<Enclosure> out(static_cast<std::size_t>(array()->size()));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = at(static_cast<std::int64_t>(i));
  return out;
}

BroadcastIndex::BroadcastIndex(const Shape& in, const Shape& out)
    : same_(in == out), sizes_(out), strides_(out.size()) {
  single_ = std::all_of(in.begin(), in.end(), [](std::int64_t size) { return size == 1; });
  std::int64_t stride = 1;
  for (std::size_t axis = out.size(), own = in.size(); own > 0;) {
    --axis;
    --own;
    strides_[axis] = in[own] == 1 ? 0 : stride;
    stride *= in[own];
  }
}

std::int64_t BroadcastIndex::walk(std::int64_t i) const {
  std::int64_t index = 0;
  for (std::size_t axis = sizes_.size(); axis-- > 0;) {
    index += i % sizes_[axis] * strides_[axis];
    i /= sizes_[axis];
  }
  return index;
}

void parallel_balls(std::int64_t count, std::int64_t grain,
                    const std::function<void(std::int64_t, std::int64_t)>& body) {
  const auto caller = std::this_thread::get_id();
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    body(begin, end);
    if (std::this_thread::get_id() != caller) flint_cleanup();
  });
}

double radius_of(const Enclosure& e) {
  if (e.kind == Kind::undecided) return kInf;
  if (e.rad == 0 || e.exp == 0) return e.rad;
  return std::ldexp(e.rad, e.exp) + std::numeric_limits<double>::denorm_min();
}

double distance(const Enclosure& a, const Enclosure& b) {
  if (a.exp == 0 && b.exp == 0) {
    double high_error, low_error;
    const double high = two_sum(a.hi, -b.hi, high_error);
    const double low = two_sum(a.lo, -b.lo, low_error);
    const double slip = std::fabs(high_error) + std::fabs(low_error);
    return (std::fabs(high + low) + slip + (std::fabs(high) + std::fabs(low)) * 0x1p-52) * kRoundUp;
  }
  Ball x;
  set(x, {.hi = b.hi, .lo = b.lo, .rad = 0, .exp = b.exp});
  return reach(a, x);
}

double reach(const Enclosure& from, const Ball& ball) {
  Arf mid, low;
  Mag bound;
  arf_set_d(mid, from.hi);
  arf_set_d(low, from.lo);
  arf_add(mid, mid, low, ARF_PREC_EXACT, ARF_RND_DOWN);
  arf_mul_2exp_si(mid, mid, from.exp);
  arf_sub(mid, mid, arb_midref(ball.arb()), 64, ARF_RND_UP);
  arf_get_mag(bound, mid);
  mag_add(bound, bound, arb_radref(ball.arb()));
  return upper(bound);
}

}  // namespace roundoff::truth
