#include "run/sweep/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/text.h"
#include "run/plan.h"

namespace roundoff::sweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// One kind of broken contract, in words. What is flushed stands apart.
struct BreakText {
  Break kind;
  const char *name, *text;
};
constexpr BreakText kBreakTexts[] = {
    {Break::nan_missing, "nan", "a number where the function has no value"},
    {Break::nan_unexpected, "nan", "NaN where the truth is a number"},
    {Break::infinity_missing, "infinity", "another value where the truth is an infinity"},
    {Break::overflow_missing, "overflow", "a finite value where the truth rounds to infinity"},
    {Break::overflow_spurious, "overflow", "infinity where the truth rounds to a finite value"},
    {Break::zero_sign, "zero-sign", "a zero of the wrong sign"},
    {Break::flushed_output, "underflow", "0 where the truth rounds to a subnormal number"},
};

class Reporter {
 public:
  Reporter(const Function& function, const Split& split, const SweepPlan& plan, const Item& item)
      : function_(function), split_(split), plan_(plan), item_(item) {}

  SweepReport run() {
    identity();
    figures();
    extremes();
    breaks();
    relations();
    conclude();
    return std::move(report_);
  }

 private:
  void identity() {
    SweepReport& r = report_;
    r.op = function_.text;
    r.backend = item_.backend;
    r.version = item_.version;
    r.dtype = function_.result;
    for (const FloatRange& range : function_.ranges) r.ranges.push_back(range.str());
    r.sampled = split_.sampled();
    r.seed = plan_.seed;
    r.of = split_.total();
    r.chunks_of = split_.units();
    r.chunks = static_cast<std::int64_t>(item_.units.size());
    for (const auto& [unit, record] : item_.units) r.count += split_.count(unit);
    r.exhaustive = !r.sampled && r.count == r.of;
    r.published = split_.published();
    r.digest = digest_of(item_);
    r.seconds = item_.seconds;
    r.provenance = item_.provenance;
    r.notes.assign(item_.notes.begin(), item_.notes.end());
    r.repro = repro_of(plan_, function_.text, item_.backend);
  }

  void figures() {
    const Tally& tally = item_.tally;
    SweepReport& r = report_;
    r.measured = tally.measured();
    r.correctly_rounded = tally.correct;
    r.undecided = tally.undecided;
    r.above_half = tally.above(0.5);
    r.above_1 = tally.above(1);
    r.above_2 = tally.above(2);
    r.above_4 = tally.above(4);
    r.mean_ulp = tally.mean_abs();
    for (std::size_t i = 0; i < kBins; ++i) {
      const int bin = static_cast<int>(i) - kSideBins;
      if (tally.histogram[i] == 0) continue;
      const double low = bin > 0             ? lower_edge(bin)
                         : bin == 0          ? -lower_edge(1)
                         : bin == -kSideBins ? -HUGE_VAL
                                             : -lower_edge(1 - bin);
      const double high = bin < 0 ? -lower_edge(-bin) : bin == kSideBins ? HUGE_VAL : lower_edge(bin + 1);
      r.histogram.push_back({low, high, tally.histogram[i]});
    }
    for (std::size_t i = 0; i < kTiers; ++i) {
      if (tally.tiers[i] > 0) r.tiers[std::string(name_of(static_cast<Tier>(i)))] = tally.tiers[i];
    }
  }

  [[nodiscard]] Number number(DType dtype, Bits bits) const {
    return {dtype == DType::bool_ ? static_cast<double>(bits) : roundoff::value_of(dtype, bits), dtype};
  }

  [[nodiscard]] SweepPoint point(const std::array<Bits, 2>& x, Bits y) const {
    SweepPoint point;
    std::vector<double> arguments;
    for (std::size_t k = 0; k < std::min<std::size_t>(function_.arity(), 2); ++k) {
      point.inputs.push_back(number(function_.dtypes[k], x[k]));
      arguments.push_back(point.inputs.back().value);
    }
    point.output = number(function_.result, y);
    point.truth = {truth_of(*function_.op, function_.node().attrs, function_.result, arguments).nearest,
                   function_.result};
    point.ulps = kNaN;
    return point;
  }

  [[nodiscard]] std::optional<SweepPoint> point(const Worst& worst) const {
    if (worst.ulps < 0) return std::nullopt;
    SweepPoint out = point(worst.at.input, worst.at.output);
    out.ulps = worst.below ? -worst.ulps : worst.ulps;
    return out;
  }

  void extremes() {
    report_.worst = point(item_.tally.worst_of_all());
    const auto half = static_cast<std::int64_t>(item_.binades.size() / 2);
    const auto add = [&](std::int64_t field, bool negative) {
      const auto index = static_cast<std::size_t>(field + (negative ? half : 0));
      const BinadeSum& sum = item_.binades[index];
      const Worst& worst = item_.tally.worst[index];
      if (sum.count == 0) return;
      SweepBinade binade;
      binade.negative = negative;
      const int bias = format_of(function_.result).emax;
      binade.exponent = static_cast<int>(field) - bias;
      binade.count = sum.count;
      binade.mean_ulp = mpq_class(sum.sum_abs, mpz_class(sum.count)).get_d() * std::ldexp(1.0, -kSumBits);
      binade.worst = point(worst);
      binade.max_ulp = worst.ulps < 0 ? kNaN : worst.ulps;
      report_.binades.push_back(std::move(binade));
    };
    for (std::int64_t field = half - 1; field >= 0; --field) add(field, true);
    for (std::int64_t field = 0; field < half; ++field) add(field, false);
  }

  void breaks() {
    for (const BreakText& text : kBreakTexts) {
      const Broken& broken = item_.tally.broken[static_cast<std::size_t>(text.kind)];
      if (broken.count == 0) continue;
      report_.contract_breaks.push_back(
          {text.name, text.text, broken.count, point(broken.first.input, broken.first.output)});
    }
    report_.flushes.outputs = item_.tally.broken[static_cast<std::size_t>(Break::flushed_output)].count;
    report_.flushes.inputs = item_.tally.broken[static_cast<std::size_t>(Break::flushed_input)].count;
  }

  [[nodiscard]] SweepRelation relation(const PairCount& pairs) const {
    SweepRelation out;
    out.checked = pairs.of > 0;
    out.count = pairs.broken;
    out.of = pairs.of;
    if (pairs.first) {
      for (std::size_t k = 0; k < 2; ++k) out.example.push_back(point({pairs.first->x[k], 0}, pairs.first->y[k]));
    }
    return out;
  }

  [[nodiscard]] SweepRepeat repeat(const RepeatCount& repeats) const {
    SweepRepeat out;
    out.count = repeats.differ;
    out.of = repeats.of;
    if (repeats.first) {
      out.example = point(repeats.first->x, repeats.first->y[0]);
      out.example->truth = number(function_.result, repeats.first->y[1]);
    }
    return out;
  }

  void relations() {
    PairCount monotone = item_.monotone;
    monotone.merge(across_borders(function_, split_, item_));
    report_.monotonicity = relation(monotone);
    report_.symmetry = relation(item_.mirrored);
    report_.unstable = repeat(item_.unstable);
    report_.layout = repeat(item_.layout);
  }

  void find(bool beyond, std::string text) {
    report_.beyond = report_.beyond || beyond;
    report_.findings.push_back(std::move(text));
  }

  static std::string times(std::int64_t n, const char* what) {
    return fmt::format("{} {}{}", grouped(n), what, n == 1 ? "" : "s");
  }

  void conclude() {
    SweepReport& r = report_;
    const Allowance& allowance = function_.op->allowance;
    r.allowance = allowance.ulps;
    r.allowance_source = allowance.source;
    if (r.unstable.count > 0)
      find(true, fmt::format("other bits on a second call, for {} of {}", grouped(r.unstable.count),
                             times(r.unstable.of, "input")));
    for (const SweepBreak& b : r.contract_breaks) {
      if (b.kind != "underflow") find(true, fmt::format("{}: {}", b.text, times(b.count, "input")));
    }
    const double worst = r.worst ? std::fabs(r.worst->ulps) : 0;
    if (allowance.ulps > 0 && worst > allowance.ulps) {
      const bool relative_to_scale = allowance.scale_ulps > 0;
      find(!relative_to_scale,
           fmt::format("off by more than the allowance of {} ulp{} ({})", shortest(DType::float64, allowance.ulps),
                       relative_to_scale ? ", which may be right relative to its scale" : "", allowance.source));
    }
    if (r.flushes.outputs > 0)
      find(false, fmt::format("flushes subnormal results to 0: {}", times(r.flushes.outputs, "input")));
    if (r.flushes.inputs > 0)
      find(false, fmt::format("takes subnormal arguments for 0: {}", times(r.flushes.inputs, "input")));
    if (r.monotonicity.count > 0)
      find(false, fmt::format("not monotone where the function is: {}",
                              times(r.monotonicity.count, "pair of neighbours").c_str()));
    if (r.symmetry.count > 0)
      find(false,
           fmt::format("not {} where the function is: {}", function_.course.parity == Parity::odd ? "odd" : "even",
                       times(r.symmetry.count, "pair")));
    if (r.layout.count > 0)
      find(false, fmt::format("other bits in a shorter array or at another place in it, for {} of {}",
                              grouped(r.layout.count), times(r.layout.of, "input")));
    for (const std::string& note : r.notes) find(note.starts_with("leaves the thread "), note);
  }

  const Function& function_;
  const Split& split_;
  const SweepPlan& plan_;
  const Item& item_;
  SweepReport report_;
};

/// Chunks that both have done, and those of them with the same bits throughout.
SweepTwin twin_of(const Item& item, const Item& other) {
  SweepTwin twin{.backend = other.backend};
  for (const auto& [unit, record] : item.units) {
    const auto found = other.units.find(unit);
    if (found == other.units.end()) continue;
    ++twin.of;
    twin.chunks += record.digest == found->second.digest;
  }
  return twin;
}

}  // namespace

std::string repro_of(const SweepPlan& plan, const std::string& function, const std::string& backend) {
  const bool kernel = std::ranges::find(plan.kernels, backend) != plan.kernels.end();
  std::string line = fmt::format("roundoff sweep {} {} {}", shell_word(function), kernel ? "--kernel" : "--backend",
                                 shell_word(backend));
  if (plan.dtype != DType::float32) line += fmt::format(" --dtype {}", name_of(plan.dtype));
  for (const std::string& range : plan.ranges) line += " --range " + shell_word(range);
  if (plan.samples > 0) line += fmt::format(" --samples {}", plan.samples);
  if (plan.seed != SweepPlan{}.seed) line += fmt::format(" --seed {}", plan.seed);
  return line;
}

SweepFunction report_of(const Function& function, const Split& split, const SweepPlan& plan,
                        const std::vector<const Item*>& items) {
  SweepFunction out{.op = function.text, .dtype = function.result, .reports = {}, .skipped = {}};
  for (const Item* item : items) {
    if (item->skipped) {
      out.skipped.push_back(*item->skipped);
      continue;
    }
    SweepReport report = Reporter(function, split, plan, *item).run();
    for (const Item* other : items) {
      if (other == item || other->skipped) continue;
      SweepTwin twin = twin_of(*item, *other);
      if (twin.chunks > 0) report.twins.push_back(std::move(twin));
    }
    out.reports.push_back(std::move(report));
  }
  return out;
}

}  // namespace roundoff::sweep
