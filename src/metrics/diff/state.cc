#include "metrics/diff/state.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace roundoff {
namespace {

// Three bits of float64's mantissa: the same borders as the kernels' bins of float32.
constexpr int kBinShift = kWideBinShift;

/// |a − b| as the unit's arithmetic gives it: what the histogram counts.
double rounded_distance(const PairRules& rules, const DiffUnit& unit, double apart) {
  const bool narrow = !unit.integer && rules.a == rules.b && rules.a != DType::float64;
  return narrow ? static_cast<double>(static_cast<float>(apart)) : apart;
}

std::uint32_t bin_of(double apart) {
  return static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(apart) >> kBinShift);
}
constexpr std::size_t kBins = std::size_t{1} << (63 - kBinShift);
double border(std::uint32_t bin) { return std::bit_cast<double>(static_cast<std::uint64_t>(bin) << kBinShift); }

bool before(const KeptElement& x, const KeptElement& y) {
  return x.rank != y.rank ? x.rank > y.rank : x.index < y.index;
}

void first(std::int64_t& held, std::int64_t index) {
  if (index >= 0 && (held < 0 || index < held)) held = index;
}

void add_integer(ExactSum& sum, std::uint64_t n) {
  sum.add(static_cast<double>(n & 0xffffffffU));
  if (n >> 32 != 0) sum.add(static_cast<double>(n >> 32) * 0x1p32);
}

/// √(numerator / divisor) where both may be far outside float64's range.
double root_of(const ExactSum::Scaled& x) {
  const std::int64_t odd = x.exponent & 1;
  return std::ldexp(std::sqrt(std::ldexp(x.mantissa, static_cast<int>(odd))), static_cast<int>((x.exponent - odd) / 2));
}

double cosine_of(const ExactSum& aa, const ExactSum& ab, const ExactSum& bb) {
  const auto p = aa.scaled(1), q = ab.scaled(1), r = bb.scaled(1);
  if (p.mantissa == 0 || r.mantissa == 0) return std::nan("");
  const std::int64_t odd = (p.exponent + r.exponent) & 1;
  const double root = std::sqrt(std::ldexp(p.mantissa * r.mantissa, static_cast<int>(odd)));
  const double cosine =
      std::ldexp(q.mantissa / root, static_cast<int>(q.exponent - (p.exponent + r.exponent - odd) / 2));
  return std::clamp(cosine, -1.0, 1.0);
}

double sqnr_of(const ExactSum& bb, const ExactSum& dd) {
  const auto signal = bb.scaled(1), noise = dd.scaled(1);
  if (noise.mantissa == 0) return HUGE_VAL;
  if (signal.mantissa == 0) return -HUGE_VAL;
  return 10 * (std::log10(signal.mantissa / noise.mantissa) +
               static_cast<double>(signal.exponent - noise.exponent) * std::log10(2.0));
}

}  // namespace

PairState::PairState(const PairRules& rules)
    : rules_(rules), unit_(unit_of(rules.a, rules.b)), closeness_(rules.a, rules.b, rules.rtol, rules.atol) {}

ValueKind kind_of(double x) {
  if (std::isnan(x)) return ValueKind::nan;
  if (std::isfinite(x)) return ValueKind::finite;
  return x > 0 ? ValueKind::positive_infinity : ValueKind::negative_infinity;
}

double PairState::least_kept() const {
  if (rules_.worst == 0) return HUGE_VAL;
  return worst_.size() < rules_.worst ? -1 : worst_.back().rank;
}

void PairState::keep(const KeptElement& element) {
  if (rules_.worst == 0 || (worst_.size() >= rules_.worst && !before(element, worst_.back()))) return;
  worst_.insert(std::upper_bound(worst_.begin(), worst_.end(), element, before), element);
  if (worst_.size() > rules_.worst) worst_.pop_back();
}

void PairState::differs_at(std::int64_t index) { first(first_different_, index); }

std::int64_t& PairState::bin(std::uint32_t number) {
  if (bins_.empty()) bins_.assign(kBins, 0);
  return bins_[number];
}

void PairState::look(std::int64_t index, const Exact& a, const Exact& b) { look(index, a, b, distance_of(a, b)); }

void PairState::look(std::int64_t index, const Exact& a, const Exact& b, double apart) {
  if (apart == 0) return;
  const double larger = std::max(std::fabs(a.high), std::fabs(b.high));
  const double ulps = ulps_of(unit_, a, b);
  max_abs_ = std::max(max_abs_, apart);
  // Halved where the difference leaves float64.
  const double relative =
      std::isinf(apart) ? std::fabs(a.high / 2 - b.high / 2) / (larger / 2) : apart / std::max(larger, unit_.floor);
  max_relative_ = std::max(max_relative_, relative);
  if (ulps > max_ulp_ || (ulps == max_ulp_ && worst_ulp_ < 0)) {
    worst_ulp_ = index;
  } else if (ulps == max_ulp_) {
    first(worst_ulp_, index);
  }
  max_ulp_ = std::max(max_ulp_, ulps);
  keep({apart, index, a, b});
}

void PairState::add_number(const Exact& a, const Exact& b, double apart) {
  const bool exact = a.low == 0 && b.low == 0;
  if (exact && apart == 0) {
    near_aa_.add_product(a.high, a.high);
    ++zero_bin_;
    return;
  }
  const auto sum_both = [](ExactSum& sum, const Exact& x, bool negative) {
    sum.add(negative ? -x.high : x.high);
    if (x.low != 0) sum.add(negative ? -x.low : x.low);
  };
  const auto products = [](ExactSum& sum, const Exact& x, const Exact& y) {
    sum.add_product(x.high, y.high);
    if (x.low == 0 && y.low == 0) return;
    sum.add_product(x.high, y.low);
    sum.add_product(x.low, y.high);
    sum.add_product(x.low, y.low);
  };
  products(aa_, a, a);
  products(ab_, a, b);
  products(bb_, b, b);
  const double counted = rounded_distance(rules_, unit_, apart);
  if (counted == 0) {
    ++zero_bin_;
  } else {
    ++bin(bin_of(counted));
  }
  if (apart == 0) return;
  const double larger = std::max(std::fabs(a.high), std::fabs(b.high)),
               smaller = std::min(std::fabs(a.high), std::fabs(b.high));
  if (exact && std::signbit(a.high) == std::signbit(b.high) && smaller >= larger / 2) {
    abs_.add(apart);  // exact: Sterbenz
  } else {
    // |a − b| may not be a float64; its parts are.
    const bool a_larger = a.high != b.high ? a.high > b.high : a.low > b.low;
    sum_both(abs_, a, !a_larger);
    sum_both(abs_, b, a_larger);
  }
  ulps_.add(ulps_of(unit_, a, b));
  const std::int64_t distance = ordinals_apart(unit_, a, b);
  add_integer(distance_, static_cast<std::uint64_t>(distance));
  max_distance_ = std::max(max_distance_, distance);
}

void PairState::refuse(const Exact& a, const Exact& b) {
  if (!rules_.complex) {
    beyond_numpy_ += !closeness_.numpy(a, b);
    beyond_torch_ += !closeness_.torch(a, b);
  }
  if (!rules_.max_ulp) return;
  const bool nan_a = std::isnan(a.high), nan_b = std::isnan(b.high);
  if (nan_a || nan_b) {
    beyond_ulp_ += nan_a != nan_b;
  } else {
    beyond_ulp_ += ordinals_apart(unit_, a, b) > *rules_.max_ulp;
  }
}

void PairState::add(std::int64_t index, const Exact& a, const Exact& b) {
  ++of_;
  const ValueKind kind_a = kind_of(a.high), kind_b = kind_of(b.high);
  ++kinds_[static_cast<std::size_t>(kind_a)][static_cast<std::size_t>(kind_b)];
  const bool equal = a.high == b.high && a.low == b.low;
  const bool signs = equal && a.high == 0 && std::signbit(a.high) != std::signbit(b.high);
  const bool identical = (equal && !signs) || (kind_a == ValueKind::nan && kind_b == ValueKind::nan);
  identical_ += identical;
  zero_signs_ += signs;
  if (!identical) differs_at(index);
  if (kind_a == ValueKind::finite && kind_b == ValueKind::finite) {
    const double apart = distance_of(a, b);
    if (!equal) refuse(a, b);
    add_number(a, b, apart);
    look(index, a, b, apart);
    return;
  }
  refuse(a, b);
  if (kind_a != kind_b) keep({HUGE_VAL, index, a, b});
}

void PairState::add_same_block(const PairFigures& block, std::int64_t replaced) {
  const std::int64_t own = kPairBlock - replaced;
  of_ += own;
  identical_ += own;
  kinds_[0][0] += own;
  zero_bin_ += own;
  near_aa_.add(block.aa.high);
  near_aa_.add(block.aa.low);
}

void PairState::add_block(const PairFigures& block, bool near, int shift, std::int64_t replaced) {
  const auto add = [](ExactSum& sum, const PairSum& part) {
    sum.add(part.high);
    sum.add(part.low);
  };
  of_ += kPairBlock - replaced;
  kinds_[0][0] += kPairBlock - replaced;
  // add_bins() counts every element of bin 0 as identical, which these two are not.
  identical_ -= replaced + block.zero_signs;
  zero_bin_ -= replaced;
  zero_signs_ += block.zero_signs;
  if (near) {
    add(near_aa_, block.aa);
    add(near_ad_, block.ad);
    near_dd_.add(block.dd);
  } else {
    add(aa_, block.aa);
    add(ab_, block.ab);
    add(bb_, block.bb);
  }
  abs_.add(block.abs);
  ulps_.add(std::ldexp(block.ulps, -shift));
  add_integer(distance_, block.distance >> shift);
  max_distance_ = std::max(max_distance_, static_cast<std::int64_t>(block.max_distance >> shift));
}

void PairState::add_wide_block(const WideFigures& block, std::span<const std::uint16_t> bins, std::int64_t replaced) {
  const auto add = [](ExactSum& sum, const auto& parts) {
    for (const double part : parts) sum.add(part);
  };
  of_ += kPairBlock - replaced;
  kinds_[0][0] += kPairBlock - replaced;
  identical_ += block.equal - block.zero_signs - replaced;
  zero_bin_ += block.equal - replaced;
  zero_signs_ += block.zero_signs;
  add(aa_, block.aa);
  add(ab_, block.ab);
  add(bb_, block.bb);
  add(abs_, block.abs);
  if (unit_.integer) {
    add(ulps_, block.abs);
    add(distance_, block.abs);
    max_distance_ = std::max(max_distance_, static_cast<std::int64_t>(block.max_abs));
  } else {
    add(ulps_, block.ulps);
    distance_.add(static_cast<double>(block.distance_high) * 0x1p32);
    distance_.add(static_cast<double>(block.distance_low));
    max_distance_ = std::max(max_distance_, static_cast<std::int64_t>(block.max_distance));
  }
  if (block.max_abs == 0) return;
  for (const std::uint16_t number : bins) {
    if (number != 0) ++bin(number);
  }
}

void PairState::add_beyond(std::int64_t numpy, std::int64_t torch, std::int64_t ulp) {
  if (!rules_.complex) add_moduli_beyond(numpy, torch);
  beyond_ulp_ += ulp;
}

void PairState::add_moduli_beyond(std::int64_t numpy, std::int64_t torch) {
  beyond_numpy_ += numpy;
  beyond_torch_ += torch;
}

void PairState::add_bins(std::uint32_t* counts) {
  constexpr std::uint32_t kRebias = (1023 - 127) << 3;
  for (std::uint32_t bin = 0; bin < kPairBins; ++bin) {
    std::int64_t count = 0;
    for (std::size_t table = 0; table < kPairTables; ++table)
      count += std::exchange(counts[table * kPairTableStep + bin], 0U);
    if (count == 0) continue;
    if (bin == 0) {
      zero_bin_ += count;
      identical_ += count;
    } else {
      this->bin(bin + kRebias) += count;
    }
  }
}

void PairState::merge(const PairState& other) {
  of_ += other.of_;
  identical_ += other.identical_;
  zero_signs_ += other.zero_signs_;
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) kinds_[i][j] += other.kinds_[i][j];
  }
  near_aa_.merge(other.near_aa_);
  near_ad_.merge(other.near_ad_);
  near_dd_.merge(other.near_dd_);
  aa_.merge(other.aa_);
  ab_.merge(other.ab_);
  bb_.merge(other.bb_);
  abs_.merge(other.abs_);
  ulps_.merge(other.ulps_);
  distance_.merge(other.distance_);
  max_abs_ = std::max(max_abs_, other.max_abs_);
  max_relative_ = std::max(max_relative_, other.max_relative_);
  max_distance_ = std::max(max_distance_, other.max_distance_);
  if (other.max_ulp_ > max_ulp_) {
    worst_ulp_ = other.worst_ulp_;
  } else if (other.max_ulp_ == max_ulp_) {
    first(worst_ulp_, other.worst_ulp_);
  }
  max_ulp_ = std::max(max_ulp_, other.max_ulp_);
  first(first_different_, other.first_different_);
  add_moduli_beyond(other.beyond_numpy_, other.beyond_torch_);
  beyond_ulp_ += other.beyond_ulp_;
  for (std::uint32_t number = 0; number < other.bins_.size(); ++number) bin(number) += other.bins_[number];
  zero_bin_ += other.zero_bin_;
  for (const KeptElement& element : other.worst_) keep(element);
}

DiffFigures PairState::figures() const {
  DiffFigures out;
  out.of = of_;
  out.numbers = kinds_[0][0];
  out.identical = identical_;
  out.unit = unit_.dtype;
  out.kinds = kinds_;
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) out.kind_mismatches += i != j ? kinds_[i][j] : 0;
  }
  out.zero_sign_mismatches = zero_signs_;
  out.first_different = first_different_;
  out.worst_ulp = worst_ulp_;
  out.relative_floor = unit_.floor;
  const std::int64_t n = out.numbers;
  const double none = std::nan("");
  if (n == 0) {
    out.mean_abs = out.max_abs = out.rms = out.max_relative = out.max_scaled = out.mean_ulp = out.max_ulp = none;
    out.mean_float_distance = out.cosine = out.sqnr_db = none;
    return out;
  }
  // Σ b² = Σ a² − 2 Σ a·d + Σ d², Σ a·b = Σ a² − Σ a·d and Σ d² = Σ a² − 2 Σ a·b + Σ b², all exact.
  ExactSum aa = aa_, ab = ab_, bb = bb_, dd = near_dd_;
  for (ExactSum* sum : {&aa, &ab, &bb}) sum->merge(near_aa_);
  ab.subtract(near_ad_);
  bb.subtract(near_ad_);
  bb.subtract(near_ad_);
  bb.merge(near_dd_);
  dd.merge(aa_);
  dd.subtract(ab_);
  dd.subtract(ab_);
  dd.merge(bb_);
  out.mean_abs = abs_.divided_by(n);
  out.max_abs = max_abs_;
  out.rms = root_of(dd.scaled(n));
  out.max_relative = max_relative_;
  const double scale = root_of(bb.scaled(n));
  out.max_scaled = max_abs_ == 0 ? 0 : max_abs_ / scale;
  out.mean_ulp = ulps_.divided_by(n);
  out.max_ulp = max_ulp_;
  out.max_float_distance = max_distance_;
  out.mean_float_distance = distance_.divided_by(n);
  out.cosine = cosine_of(aa, ab, bb);
  out.sqnr_db = sqnr_of(bb, dd);
  for (const double share : {0.5, 0.9, 0.99, 0.999}) {
    // The least value that at least share·n elements do not pass.
    const auto rank = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(n)));
    std::int64_t seen = zero_bin_;
    Quantile quantile{share, 0, 0};
    for (std::uint32_t number = 0; seen < rank && number < bins_.size(); ++number) {
      if (bins_[number] == 0) continue;
      seen += bins_[number];
      quantile.low = border(number);
      quantile.high = border(number + 1);
    }
    out.quantiles.push_back(quantile);
  }
  return out;
}

Beyond PairState::beyond() const {
  return {rules_.rtol,    rules_.atol, rules_.complex ? of_ / 2 : of_, beyond_numpy_, beyond_torch_,
          rules_.max_ulp, beyond_ulp_};
}

}  // namespace roundoff
