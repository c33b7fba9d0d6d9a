#include "metrics/sweep/tally.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"

namespace roundoff::sweep {
namespace {

constexpr int kFirstOctave = kFineBins + 1;  // 4 ulp
constexpr std::array<std::string_view, kBreaks> kBreakNames{"nan_missing",      "nan_unexpected",    "infinity_missing",
                                                            "overflow_missing", "overflow_spurious", "zero_sign",
                                                            "flushed_output",   "flushed_input"};
constexpr std::array<std::string_view, kTiers> kTierNames{"known", "block", "precise", "ball"};

/// n / (count · 2^kSumBits), rounded once.
double quotient(const mpz_class& n, std::int64_t count) {
  if (count == 0) return std::numeric_limits<double>::quiet_NaN();
  // mpq_class::get_d() cuts off; 64 more bits of the quotient leave that below half an ulp of nothing that is printed.
  mpq_class q(n, mpz_class(static_cast<long>(count)) << kSumBits);
  q.canonicalize();
  return q.get_d();
}

}  // namespace

double lower_edge(int k) { return k <= kFirstOctave ? k / 8.0 : std::ldexp(4.0, k - kFirstOctave); }

int bin_of(double e) {
  const double size = std::fabs(e);
  int k = 0;
  if (size <= 4) {
    const double eighths = size * 8;
    k = static_cast<int>(eighths);
    k -= static_cast<int>(k == eighths && k > 0);  // an edge belongs to the bin below
  } else if (std::isinf(size)) {
    k = kSideBins;
  } else {
    int exponent = 0;
    const bool power = std::frexp(size, &exponent) == 0.5;
    k = std::min(kSideBins, kFirstOctave + exponent - 3 - static_cast<int>(power));
  }
  return e < 0 ? -k : k;
}

std::string_view name_of(Break kind) { return kBreakNames[static_cast<std::size_t>(kind)]; }
std::string_view name_of(Tier tier) { return kTierNames[static_cast<std::size_t>(tier)]; }

double worst_level(double ulps) {
  const double scaled = ulps * (1 << kWorstBits);
  return scaled < 0x1p53 ? static_cast<double>(static_cast<std::int64_t>(scaled)) : scaled;
}

bool worse(const Worst& a, const Worst& b) {
  if (a.ulps < 0 || b.ulps < 0) return a.ulps >= 0 && b.ulps < 0;
  const double x = worst_level(a.ulps), y = worst_level(b.ulps);
  if (x != y) return x > y;
  if (a.at.input != b.at.input) return a.at.input < b.at.input;
  return a.at.output < b.at.output;
}

Tally::Tally(DType dtype) : dtype_(dtype) {
  const Format& format = format_of(dtype);
  worst.resize(static_cast<std::size_t>(2) * static_cast<std::size_t>(format.emax - format.emin + 3));
}

std::size_t Tally::class_of(std::uint64_t pattern) const {
  return static_cast<std::size_t>(pattern >> (format_of(dtype_).precision - 1));
}

std::int64_t Tally::measured() const {
  std::int64_t n = 0;
  for (const std::int64_t count : histogram) n += count;
  return n;
}

std::int64_t Tally::above(double ulps) const {
  std::int64_t n = 0;
  for (int k = 1; k <= kSideBins; ++k) {
    if (lower_edge(k) < ulps) continue;
    n += histogram[static_cast<std::size_t>(kSideBins + k)] + histogram[static_cast<std::size_t>(kSideBins - k)];
  }
  return n;
}

double Tally::mean() const { return quotient(sum, measured()); }
double Tally::mean_abs() const { return quotient(sum_abs, measured()); }

Worst Tally::worst_of_all() const {
  Worst most;
  for (const Worst& each : worst) {
    if (worse(each, most)) most = each;
  }
  return most;
}

void Tally::add_break(Break kind, const Example& example, std::int64_t count) {
  Broken& b = broken[static_cast<std::size_t>(kind)];
  if (b.count == 0 || example.input < b.first.input ||
      (example.input == b.first.input && example.output < b.first.output)) {
    b.first = example;
  }
  b.count += count;
}

void Tally::add_worst(const Worst& candidate) {
  Worst& kept = worst[class_of(candidate.at.input[0])];
  if (worse(candidate, kept)) kept = candidate;
}

void Tally::merge(const Tally& other) {
  elements += other.elements;
  correct += other.correct;
  undecided += other.undecided;
  for (std::size_t i = 0; i < kBins; ++i) histogram[i] += other.histogram[i];
  sum += other.sum;
  sum_abs += other.sum_abs;
  for (std::size_t i = 0; i < kBreaks; ++i) {
    const Broken& theirs = other.broken[i];
    if (theirs.count > 0) add_break(static_cast<Break>(i), theirs.first, theirs.count);
  }
  for (std::size_t i = 0; i < kTiers; ++i) tiers[i] += other.tiers[i];
  for (std::size_t i = 0; i < worst.size(); ++i) {
    if (worse(other.worst[i], worst[i])) worst[i] = other.worst[i];
  }
}

}  // namespace roundoff::sweep
