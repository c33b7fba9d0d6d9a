// Every element's error against its budgets.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>

#include "base/parallel.h"
#include "verdict/verdict.h"

namespace roundoff {
namespace {

constexpr std::int64_t kBlock = 512;
constexpr std::int64_t kGrain = 32'768;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double share_of(double error, double radius) {
  if (error == 0 || std::isinf(radius)) return 0;
  if (std::isnan(error) || !(radius > 0)) return kInfinity;
  return error / radius;
}

class Scale {
 public:
  Scale(const Array& output, const Truth& truth) : truth_(truth), budget_(truth.budget) {
    const Format& own = format_of(output.dtype());
    if (is_float(output.dtype()) && is_float(truth.dtype) && own.precision < format_of(truth.dtype).precision)
      own_ = &own;
  }

  void add(Standing& out, const Sample& s) const {
    if (!s.decided) return;
    ++out.decided;
    if (s.correct) return;
    const double error = s.kind_differs ? error_of(s.output, truth_.value[s.index]) : s.error;
    const double sound = budget_.sound[s.index];
    out.unbounded += std::isinf(sound);
    const double share = share_of(error, sound);
    out.sound = std::max(out.sound, share);
    out.probable = std::max(out.probable, share_of(error, budget_.probable[s.index]));
    out.weak = std::max(out.weak, budget_.weak.empty() ? share : share_of(error, budget_.weak[s.index]));
    if (share <= 1) return;
    ++out.outside;
    if (out.first_outside < 0 || s.index < out.first_outside) out.first_outside = s.index;
    out.flushed += s.flushed;
    const double own_ulp = own_ == nullptr ? 0 : ulp(*own_, s.nearest);
    out.outside_own += !(share_of(error, sound + own_ulp) <= 1);
  }

 private:
  const Truth& truth_;
  const Budget& budget_;
  const Format* own_ = nullptr;
};

void merge(Standing& total, const Standing& part) {
  total.sound = std::max(total.sound, part.sound);
  total.probable = std::max(total.probable, part.probable);
  total.weak = std::max(total.weak, part.weak);
  total.decided += part.decided;
  total.outside += part.outside;
  total.flushed += part.flushed;
  total.outside_own += part.outside_own;
  total.unbounded += part.unbounded;
  if (part.first_outside >= 0 && (total.first_outside < 0 || part.first_outside < total.first_outside)) {
    total.first_outside = part.first_outside;
  }
}

/// Inside the sound radius; an undecided truth proves nothing.
bool inside(const Sample& s, const Truth& truth) {
  if (!s.decided) return false;
  if (s.correct) return true;
  const double error = s.kind_differs ? error_of(s.output, truth.value[s.index]) : s.error;
  return share_of(error, truth.budget.sound[s.index]) <= 1;
}

}  // namespace

std::int64_t outside_both(const Array& output, const Truth& a, const Truth& b) {
  std::int64_t outside = 0;
  std::array<Sample, kBlock> to_a, to_b;
  for (std::int64_t at = 0; at < output.size(); at += kBlock) {
    const auto count = static_cast<std::size_t>(std::min(kBlock, output.size() - at));
    sample(output, a, at, std::span(to_a).first(count));
    sample(output, b, at, std::span(to_b).first(count));
    for (std::size_t i = 0; i < count; ++i)
      outside += to_a[i].decided && !to_a[i].flushed && !inside(to_a[i], a) && !inside(to_b[i], b);
  }
  return outside;
}

Standing stand(const Array& output, const Truth& truth) {
  const Scale scale(output, truth);
  Standing total;
  std::mutex guard;
  parallel_for(output.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    Standing mine;
    std::array<Sample, kBlock> block;
    for (std::int64_t at = begin; at < end; at += kBlock) {
      const std::span<Sample> samples(block.data(), static_cast<std::size_t>(std::min(kBlock, end - at)));
      sample(output, truth, at, samples);
      for (const Sample& s : samples) scale.add(mine, s);
    }
    const std::lock_guard lock(guard);
    merge(total, mine);
  });
  return total;
}

}  // namespace roundoff
