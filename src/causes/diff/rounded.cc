// One array is the other rounded to a narrower format: somebody computed or stored in it.
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <bit>
#include <cmath>

#include "base/parallel.h"
#include "causes/diff/finding.h"

namespace roundoff::diff_findings {
namespace {

struct Narrow {
  const char* name;
  Format format;
  Class verdict;
};

/// TF32 keeps float32's exponents and 10 bits of fraction (NVIDIA A100 whitepaper, 2020).
const std::array<Narrow, 5> kFormats{{{"bfloat16", {8, -126, 127}, Class::dtype},
                                      {"float16", {11, -14, 15}, Class::dtype},
                                      {"TF32", {11, -126, 127}, Class::precision_mode},
                                      {"float32", {24, -126, 127}, Class::dtype},
                                      {"float8_e5m2", {3, -14, 15}, Class::dtype}}};

double rounded(const Format& format, double x) { return round_to(format, x); }

/// Numbers of few bits (integers, say) are what anything near them rounds to: of the elements that rounding changed, so
/// many must have the narrow format's last bit set. Where it was rounded to, half of them do.
constexpr std::int64_t kFewest = 4;
constexpr std::int64_t kShare = 8;
constexpr std::int64_t kGrain = 1 << 20;  // elements worth a thread
constexpr std::int64_t kRun = 1 << 10;    // elements until it is asked whether another thread has found one that is not

/// Whether every element of one is the other's rounded, and that is no accident.
template <class From, class To>
bool matches(const ArrayPair& pair, const Format& format, From from, To to) {
  const Format coarser{format.precision - 1, format.emin, format.emax};
  const auto may_be = [&](std::int64_t i) {
    const double x = from(i).high, y = to(i).high;
    return (std::isnan(x) && std::isnan(y)) || rounded(format, x) == y;
  };
  if (!std::ranges::all_of(pair.probes, may_be)) return false;
  std::atomic<std::int64_t> changed = 0, last_bit = 0;
  std::atomic<bool> holds = true;
  parallel_for(pair.count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t changed_here = 0, last_bit_here = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      if (!may_be(i)) holds = false;
      if (i % kRun == 0 && !holds) return;
      const double x = from(i).high, y = to(i).high;
      if (x == y || std::isnan(x)) continue;
      ++changed_here;
      if (rounded(coarser, y) != y) ++last_bit_here;
    }
    changed += changed_here;
    last_bit += last_bit_here;
  });
  if (!holds) return false;
  return last_bit >= kFewest && kShare * last_bit >= changed;
}

std::vector<DiffFinding> find(const ArrayPair& pair) {
  if (pair.figures == nullptr || pair.figures->identical == pair.figures->of) return {};
  if (!is_float(pair.dtype_a) || !is_float(pair.dtype_b)) return {};
  std::vector<DiffFinding> out;
  int precision = 0;
  const auto x = [&](std::int64_t i) { return pair.x(i); };
  const auto y = [&](std::int64_t i) { return pair.y(i); };
  for (const Narrow& narrow : kFormats) {
    for (const bool b_is_rounded : {true, false}) {
      const DType wide = b_is_rounded ? pair.dtype_a : pair.dtype_b;
      if (format_of(wide).precision <= narrow.format.precision) continue;
      if (!(b_is_rounded ? matches(pair, narrow.format, x, y) : matches(pair, narrow.format, y, x))) continue;
      if (!out.empty()) {  // of several the narrowest is named
        if (out.front().name.starts_with(b_is_rounded ? "b" : "a") && narrow.format.precision == precision)
          out.front().detail = fmt::format("to {} gives the same bits", narrow.name);
        continue;
      }
      precision = narrow.format.precision;
      out.push_back({.finding = {},
                     .name = fmt::format("{} is {} rounded to {}, to nearest even", b_is_rounded ? "b" : "a",
                                         b_is_rounded ? "a" : "b", narrow.name),
                     .matched = pair.count,
                     .of = pair.count,
                     .detail = {},
                     .verdict = narrow.verdict});
    }
  }
  return out;
}

}  // namespace

FindingKind make_rounded() {
  return {"rounded", "one array is the other rounded to bfloat16, float16, TF32, float32 or float8_e5m2", find};
}

}  // namespace roundoff::diff_findings
