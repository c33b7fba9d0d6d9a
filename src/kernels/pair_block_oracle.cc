// What every instruction set must equal. Sums are taken in integers: a multiple of a power of two, below 2^127 of them.
#include <algorithm>
#include <bit>
#include <cmath>

#include "kernels/pair_block.h"

namespace roundoff {
namespace {

__extension__ using Wide = __int128;
__extension__ using Magnitude = unsigned __int128;

/// Σ of values that are multiples of 2^quantum.
class Fixed {
 public:
  explicit Fixed(int quantum) : quantum_(quantum) {}
  /// x·y. Factors outside the span are left out: their blocks do not fit.
  void add(double x, double y) {
    int ex, ey;
    const double mx = std::frexp(x, &ex), my = std::frexp(y, &ey);  // multiples of 2^-43: differences are wider
    const auto product = static_cast<Wide>(static_cast<std::int64_t>(std::ldexp(mx, 53))) *
                         static_cast<std::int64_t>(std::ldexp(my, 53));
    const int shift = ex + ey - 106 - quantum_;
    if (product == 0 || shift > kMost || shift <= -128) return;
    sum_ += shift >= 0 ? product * (Wide{1} << shift) : product / (Wide{1} << -shift);
  }
  /// The nearest double (ties to even) and the rest.
  [[nodiscard]] PairSum value() const {
    const bool negative = sum_ < 0;
    const auto magnitude = static_cast<Magnitude>(negative ? -sum_ : sum_);
    int width = 0;
    for (Magnitude left = magnitude; left != 0; left >>= 1) ++width;
    const int dropped = std::max(0, width - 53);
    Magnitude kept = magnitude >> dropped;
    if (dropped > 0) {
      const Magnitude rest = magnitude - (kept << dropped), half = static_cast<Magnitude>(1) << (dropped - 1);
      if (rest > half || (rest == half && (kept & 1) != 0)) ++kept;
    }
    const double high = std::ldexp(static_cast<double>(static_cast<std::uint64_t>(kept)), dropped + quantum_);
    const auto rest = static_cast<Wide>(magnitude) - static_cast<Wide>(kept << dropped);
    const double low = std::ldexp(static_cast<double>(static_cast<std::int64_t>(rest)), quantum_);
    return {negative ? -high : high, negative ? -low + 0.0 : low};
  }

 private:
  static constexpr int kMost = 10;  // products have 106 bits, and there are 2^10
  int quantum_;
  Wide sum_ = 0;
};

float magnitude(float x) { return std::fabs(x); }

/// The largest and least nonzero magnitude, and whether they are where they must be.
bool within(const float* a, const float* b, const PairRequest& request, PairFigures& out, float& least) {
  out.largest = 0;
  least = HUGE_VALF;
  for (std::int64_t i = 0; i < kPairBlock; ++i) {
    for (const float x : {magnitude(a[i]), magnitude(b[i])}) {
      out.largest = std::max(out.largest, std::bit_cast<std::uint32_t>(x));
      if (x > 0) least = std::min(least, x);
    }
  }
  const double limit = std::ldexp(1.0, request.exponent);
  return out.largest < 0x7f800000U && std::bit_cast<float>(out.largest) < limit &&
         static_cast<double>(least) >= std::ldexp(limit, -kPairSpan) && least >= request.least;
}

std::uint32_t ordinal(float x, std::uint32_t offset) {
  return std::max(std::bit_cast<std::uint32_t>(magnitude(x)), offset) - offset;
}

/// What an element adds, apart from sums of products.
void add_element(float x, float y, const PairRequest& request, std::uint16_t& bin, PairFigures& out) {
  const float larger = std::max(magnitude(x), magnitude(y)), apart = magnitude(x - y);
  const std::uint32_t xo = ordinal(x, request.offset), yo = ordinal(y, request.offset);
  const bool opposite = std::signbit(x) != std::signbit(y);
  const std::uint32_t distance = opposite ? xo + yo : std::max(xo, yo) - std::min(xo, yo);
  const double exact = std::fabs(static_cast<double>(x) - static_cast<double>(y));
  const double ulps = larger > 0 ? std::ldexp(exact, 23 - std::ilogb(larger)) : 0;
  bin = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(apart) >> kPairBinShift);
  out.zero_signs += larger == 0 && opposite;
  out.max_abs = std::max(out.max_abs, apart);
  out.max_ulp = std::max(out.max_ulp, ulps);
  out.max_distance = std::max(out.max_distance, distance);
  out.distance += distance;
  out.relative_beyond = out.relative_beyond || apart > request.relative * larger;
  out.abs += exact;
  out.ulps += ulps;
}

void count_pending(const PairRequest& request) {
  if (request.pending != nullptr) count_bins(request.pending, request.counts);
}

int quantum_of(const PairRequest& request) { return 2 * (request.exponent - kPairSpan - 23); }

}  // namespace

void same_block_oracle(const float* a, const float* b, const PairRequest& request, PairFigures& out) {
  float least;
  out.fits = within(a, a, request, out, least);
  Fixed aa(quantum_of(request));
  for (std::int64_t i = 0; i < kPairBlock; ++i) {
    out.fits = out.fits && std::bit_cast<std::uint32_t>(a[i]) == std::bit_cast<std::uint32_t>(b[i]);
  }
  for (std::int64_t i = 0; out.fits && i < kPairBlock; ++i) aa.add(a[i], a[i]);
  out.aa = aa.value();
}

void near_block_oracle(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins,
                       PairFigures& out) {
  count_pending(request);
  PairFigures all;
  float least;
  all.fits = within(a, a, request, all, least);
  const auto place = [](float x) { return std::bit_cast<std::uint32_t>(x) >> 23; };
  for (std::int64_t i = 0; i < kPairBlock; ++i) {
    add_element(a[i], b[i], request, bins[i], all);
    all.fits = all.fits && place(a[i]) == place(b[i]);
  }
  all.fits =
      all.fits && all.max_distance < 1U << 22 && (all.max_abs == 0 || std::ilogb(all.max_abs) < std::ilogb(least) - 2);
  Fixed aa(quantum_of(request)), ad(quantum_of(request)), dd(quantum_of(request));
  for (std::int64_t i = 0; all.fits && i < kPairBlock; ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    aa.add(a[i], a[i]);
    ad.add(a[i], d);
    dd.add(d, d);
  }
  all.aa = aa.value();
  all.ad = ad.value();
  all.dd = dd.value().high;
  out = all;
}

void far_block_oracle(const float* a, const float* b, const PairRequest& request, std::uint16_t* bins,
                      PairFigures& out) {
  count_pending(request);
  PairFigures all;
  float least;
  all.fits = within(a, b, request, all, least);
  for (std::int64_t i = 0; i < kPairBlock; ++i) add_element(a[i], b[i], request, bins[i], all);
  Fixed aa(quantum_of(request)), ab(quantum_of(request)), bb(quantum_of(request));
  for (std::int64_t i = 0; all.fits && i < kPairBlock; ++i) {
    aa.add(a[i], a[i]);
    ab.add(a[i], b[i]);
    bb.add(b[i], b[i]);
  }
  all.aa = aa.value();
  all.ab = ab.value();
  all.bb = bb.value();
  out = all;
}

std::int64_t count_beyond_oracle(const float* a, const float* b, float rtol, float atol) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < kPairBlock; ++i) {
    const float scaled = rtol * magnitude(b[i]), allowed = atol + scaled;
    count += magnitude(a[i] - b[i]) > allowed;
  }
  return count;
}

}  // namespace roundoff
