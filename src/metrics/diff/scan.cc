#include "metrics/diff/scan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace roundoff {
namespace {

constexpr float kLeast = 0x1p-100F;                           // differences of what is above are normal numbers
constexpr int kFarRun = 15;                                   // blocks after which near_block() is tried again
constexpr std::int64_t kMostCounted = std::int64_t{1} << 31;  // a bin of the kernels has 32 bits

/// Bits of the 16-bit formats as bits of float32, exactly.
float from_float16(std::uint16_t bits) { return static_cast<float>(float16_to_double(bits)); }
float from_normal_float16(std::uint16_t bits) {
  const std::uint32_t magnitude = (bits & 0x7fffU) << 13, sign = (bits & 0x8000U) << 16;
  return std::bit_cast<float>(sign | (magnitude == 0 ? 0 : magnitude + (112U << 23)));
}

void widen(DType dtype, const std::byte* from, std::span<float> to) {
  const auto each = [&](auto stored, auto convert) {
    for (std::size_t i = 0; i < to.size(); ++i) {
      std::memcpy(&stored, from + i * sizeof stored, sizeof stored);
      to[i] = convert(stored);
    }
  };
  switch (dtype) {
    case DType::bfloat16:
      return each(std::uint16_t{},
                  [](std::uint16_t x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16); });
    case DType::float16: {
      bool normal = true;
      each(std::uint16_t{}, [&](std::uint16_t x) {
        const int exponent = x >> 10 & 31;
        normal = normal && exponent != 31 && (exponent != 0 || (x & 0x3ffU) == 0);
        return from_normal_float16(x);
      });
      if (!normal) each(std::uint16_t{}, from_float16);
      return;
    }
    case DType::bool_:
      return each(std::uint8_t{}, [](std::uint8_t x) { return x != 0 ? 1.0F : 0.0F; });
    case DType::int8:
      return each(std::int8_t{}, [](std::int8_t x) { return static_cast<float>(x); });
    case DType::uint8:
      return each(std::uint8_t{}, [](std::uint8_t x) { return static_cast<float>(x); });
    case DType::int16:
      return each(std::int16_t{}, [](std::int16_t x) { return static_cast<float>(x); });
    case DType::uint16:
      return each(std::uint16_t{}, [](std::uint16_t x) { return static_cast<float>(x); });
    default:
      std::memcpy(to.data(), from, to.size_bytes());
  }
}

bool in_blocks(DType dtype) {
  switch (dtype) {
    case DType::bool_:
    case DType::int8:
    case DType::uint8:
    case DType::int16:
    case DType::uint16:
    case DType::float16:
    case DType::bfloat16:
    case DType::float32:
      return true;
    default:
      return false;
  }
}

/// The E of pair_block.h for a largest magnitude; out of the kernels' range where there is none.
int exponent_for(std::uint32_t largest) {
  if (largest == 0) return 0;
  if (largest >= 0x7f800000U) return kPairMostExponent + 1;
  return std::max(std::ilogb(std::bit_cast<float>(largest)) + 1, kPairLeastExponent);
}

bool is_usable(int exponent) { return exponent >= kPairLeastExponent && exponent <= kPairMostExponent; }

bool same_bits(float x, float y) { return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y); }

Exact exact(float x) { return {static_cast<double>(x), 0}; }

}  // namespace

PairScan::PairScan(const PairRules& rules)
    : state_(rules), wide_(rules), in_blocks_(rules.a == rules.b && in_blocks(rules.a)) {
  if (rules.a == DType::bfloat16) shift_ = 16;
  if (rules.a == DType::float16) {
    shift_ = 13;
    offset_ = 112U << 23;
  }
  least_ = rules.a == DType::float16 ? 0x1p-14F : kLeast;
  if (in_blocks_) counts_.assign(kPairTables * kPairTableStep, 0);
}

const float* PairScan::floats(DType dtype, const std::byte* from, std::int64_t count, Floats& scratch) const {
  const bool as_they_are =
      dtype == DType::float32 && count == kPairBlock && reinterpret_cast<std::uintptr_t>(from) % alignof(float) == 0;
  if (as_they_are) return reinterpret_cast<const float*>(from);
  widen(dtype, from, std::span(scratch).first(static_cast<std::size_t>(count)));
  std::fill(scratch.begin() + count, scratch.end(), 0.0F);
  return scratch.data();
}

void PairScan::add(std::int64_t index, std::span<const std::byte> a, std::span<const std::byte> b) {
  const PairRules& rules = state_.rules();
  const auto size_a = size_of(rules.a), size_b = size_of(rules.b);
  const auto count = static_cast<std::int64_t>(std::min(a.size() / size_a, b.size() / size_b));
  for (std::int64_t at = 0; at < count; at += kPairBlock) {
    const std::int64_t here = std::min(kPairBlock, count - at);
    const std::byte* from_a = a.data() + static_cast<std::size_t>(at) * size_a;
    const std::byte* from_b = b.data() + static_cast<std::size_t>(at) * size_b;
    if (in_blocks_) {
      add_block(index + at, floats(rules.a, from_a, here, scratch_a_), floats(rules.b, from_b, here, scratch_b_),
                kPairBlock - here);
    } else {
      add_exactly(index + at, from_a, from_b, here);
    }
    if (rules.complex) refuse_moduli(from_a, from_b, here);
  }
}

void PairScan::refuse_moduli(const std::byte* a, const std::byte* b, std::int64_t count) {
  std::array<Exact, kPairBlock> x, y;
  const auto some = static_cast<std::size_t>(count);
  load_exact(state_.rules().a, a, std::span(x).first(some));
  load_exact(state_.rules().b, b, std::span(y).first(some));
  std::int64_t numpy = 0, torch = 0;
  for (std::size_t i = 0; i + 1 < some; i += 2) {
    const Parts p{x[i].high, x[i + 1].high}, q{y[i].high, y[i + 1].high};
    numpy += !state_.closeness().numpy(p, q);
    torch += !state_.closeness().torch(p, q);
  }
  state_.add_moduli_beyond(numpy, torch);
}

void PairScan::add_exactly(std::int64_t index, const std::byte* a, const std::byte* b, std::int64_t count) {
  std::array<Exact, kPairBlock> x, y;
  const auto some = static_cast<std::size_t>(count);
  load_exact(state_.rules().a, a, std::span(x).first(some));
  load_exact(state_.rules().b, b, std::span(y).first(some));
  if (count == kPairBlock && wide_.add(state_, index, x, y)) return;
  for (std::size_t i = 0; i < some; ++i) state_.add(index + static_cast<std::int64_t>(i), x[i], y[i]);
}

void PairScan::add_block(std::int64_t index, const float* a, const float* b, std::int64_t replaced) {
  if (!measure(index, a, b, replaced)) clean(index, a, b, replaced);
}

bool PairScan::try_kernel(Kind kind, const float* a, const float* b, PairFigures& figures) {
  PairRequest request{exponent_, least_,        offset_, static_cast<float>(state_.max_relative() * (1 - 0x1p-20)),
                      nullptr,   counts_.data()};
  if (kind == Kind::same) {
    same_block(a, b, request, figures);
    return figures.fits;
  }
  if (pending_) request.pending = bins_[1 - filling_].data();
  pending_ = false;
  const auto kernel = kind == Kind::near ? near_block : far_block;
  kernel(a, b, request, bins_[filling_].data(), figures);
  return figures.fits;
}

bool PairScan::measure(std::int64_t index, const float* a, const float* b, std::int64_t replaced) {
  PairFigures figures;
  // Floats only: what near_block() asks for is about binades.
  const bool floats = !state_.unit().integer;
  Kind kind = kind_;
  if (kind == Kind::far && floats && ++far_blocks_ > kFarRun) {
    kind = Kind::near;
    far_blocks_ = 0;
  }
  for (bool adjusted = false;;) {
    if (try_kernel(kind, a, b, figures)) break;
    const int exponent = exponent_for(figures.largest);
    if (!adjusted && is_usable(exponent) && exponent != exponent_) {
      exponent_ = exponent;
      adjusted = true;
      continue;
    }
    if (kind == Kind::far) return false;
    kind = kind == Kind::same && floats ? Kind::near : Kind::far;
    adjusted = false;
  }
  kind_ = kind;
  if (kind != Kind::far) far_blocks_ = 0;
  if (kind == Kind::same) {
    state_.add_same_block(figures, replaced);
  } else {
    take(index, a, b, replaced, figures);
  }
  return true;
}

void PairScan::take(std::int64_t index, const float* a, const float* b, std::int64_t replaced, PairFigures& figures) {
  const bool near = kind_ == Kind::near;
  if (state_.unit().integer) {  // an ulp is 1
    figures.distance = static_cast<std::uint64_t>(figures.abs);
    figures.ulps = figures.abs;
    figures.max_ulp = static_cast<double>(figures.max_abs);
    figures.max_distance = static_cast<std::uint32_t>(figures.max_abs);
  }
  state_.add_block(figures, near, shift_, replaced);
  filling_ = 1 - filling_;
  pending_ = true;
  counted_ += kPairBlock;
  if (counted_ >= kMostCounted) {
    state_.add_bins(counts_.data());
    counted_ = 0;
  }
  if (figures.max_distance == 0 && figures.zero_signs == 0) {
    kind_ = Kind::same;
    return;
  }
  look(index, a, b, figures);
  refuse(a, b, figures);
}

void PairScan::look(std::int64_t index, const float* a, const float* b, const PairFigures& figures) {
  if (state_.first_different() < 0 || state_.first_different() >= index) {
    for (std::int64_t i = 0; i < kPairBlock; ++i) {
      if (same_bits(a[i], b[i])) continue;
      state_.differs_at(index + i);
      break;
    }
  }
  // far_block() rounds its largest |a − b| to float32.
  const double at_most = static_cast<double>(figures.max_abs) * (kind_ == Kind::near ? 1 : 1 + 0x1p-23);
  const bool any = figures.relative_beyond || at_most > std::min(state_.least_kept(), state_.max_abs()) ||
                   std::ldexp(figures.max_ulp, -shift_) > state_.max_ulp();
  for (std::int64_t i = 0; any && i < kPairBlock; ++i) {
    if (!same_bits(a[i], b[i])) state_.look(index + i, exact(a[i]), exact(b[i]));
  }
}

void PairScan::refuse(const float* a, const float* b, const PairFigures& figures) {
  const PairRules& rules = state_.rules();
  const DiffUnit& unit = state_.unit();
  std::int64_t numpy = 0, torch = 0, ulp = 0;
  // |a − b| ≤ u·ulp ≤ u·2^(1−p)·max(|a|, |b|): far inside rtol·|b|, whatever the roundings, where four times that is.
  const double relative = std::ldexp(figures.max_ulp, -shift_ + 1 - format_of(unit.dtype).precision);
  const bool inside = (!unit.integer && 4 * relative <= std::min(rules.rtol, 1.0)) ||
                      static_cast<double>(figures.max_abs) * 2 <= rules.atol;
  if (!inside && rules.a == DType::float32) {
    numpy = torch = count_beyond(a, b, static_cast<float>(rules.rtol), static_cast<float>(rules.atol));
  } else if (!inside) {
    for (std::int64_t i = 0; i < kPairBlock; ++i) {
      if (same_bits(a[i], b[i])) continue;
      numpy += !state_.closeness().numpy(exact(a[i]), exact(b[i]));
      torch += !state_.closeness().torch(exact(a[i]), exact(b[i]));
    }
  }
  if (rules.max_ulp && static_cast<std::int64_t>(figures.max_distance >> shift_) > *rules.max_ulp) {
    for (std::int64_t i = 0; i < kPairBlock; ++i) {
      ulp += !same_bits(a[i], b[i]) && ordinals_apart(unit, exact(a[i]), exact(b[i])) > *rules.max_ulp;
    }
  }
  state_.add_beyond(numpy, torch, ulp);
}

void PairScan::clean(std::int64_t index, const float* a, const float* b, std::int64_t replaced) {
  const auto usable = [](float x) { return std::fabs(x) < 0x1p126F; };
  std::uint32_t largest = 0;
  for (std::int64_t i = 0; i < kPairBlock; ++i) {
    for (const float x : {a[i], b[i]}) {
      if (usable(x)) largest = std::max(largest, std::bit_cast<std::uint32_t>(std::fabs(x)));
    }
  }
  exponent_ = exponent_for(largest);
  const float least = std::max(static_cast<float>(std::ldexp(1.0, exponent_ - kPairSpan)), least_);
  const auto fits = [&](float x) { return x == 0 || (usable(x) && std::fabs(x) >= least); };
  const std::int64_t own = kPairBlock - replaced;
  for (std::int64_t i = 0; i < kPairBlock; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool as_it_is = fits(a[i]) && fits(b[i]);
    clean_a_[at] = as_it_is ? a[i] : 0.0F;
    clean_b_[at] = as_it_is ? b[i] : 0.0F;
    if (as_it_is || i >= own) continue;
    state_.add(index + i, exact(a[i]), exact(b[i]));
    ++replaced;
  }
  kind_ = state_.unit().integer ? Kind::far : Kind::near;
  measure(index, clean_a_.data(), clean_b_.data(), replaced);
}

PairState PairScan::finish() {
  if (pending_) count_bins(bins_[1 - filling_].data(), counts_.data());
  pending_ = false;
  if (in_blocks_) state_.add_bins(counts_.data());
  return std::move(state_);
}

}  // namespace roundoff
