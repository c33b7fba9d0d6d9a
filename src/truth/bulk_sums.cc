#include "truth/bulk_sums.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/running_sums.h"

namespace roundoff::truth {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr std::int64_t kPiece = 4 * kScanChunk;  // of a running sum: small enough for the first caches

bool store(const DoubleDouble& sum, Enclosure& out) {
  out = {.hi = sum.hi, .lo = sum.lo, .rad = sum.rad};
  return std::fabs(sum.hi) < kInf && sum.rad < kInf;
}

bool running(std::span<const double> x, std::span<Enclosure> out) {
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<double> high(static_cast<std::size_t>(std::min(n, kPiece))), low(high.size()),
      radius(high.size() / kScanSegment + 1);
  DoubleDouble sum;
  for (std::int64_t begin = 0; begin < n; begin += kPiece) {
    const std::int64_t count = std::min(kPiece, n - begin);
    sum = scan_doubles(sum, x.data() + begin, count, high.data(), low.data(), radius.data());
    for (std::int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const DoubleDouble here{high[at], low[at], radius[at / kScanSegment]};
      if (!store(here, out[static_cast<std::size_t>(begin + i)])) return false;
    }
  }
  return true;
}

bool contiguous(std::span<const std::int64_t> within) {
  return within.back() - within.front() == static_cast<std::int64_t>(within.size()) - 1;  // offsets ascend
}

/// The elements side by side: the array's own where they are.
std::span<const double> doubles_of(const FiberElements& in, std::vector<double>& scratch) {
  const std::size_t n = in.within.size();
  const auto first = static_cast<std::size_t>(in.base + in.within.front());
  if (in.array.dtype() == DType::float64 && contiguous(in.within)) return in.array.as<double>().subspan(first, n);
  scratch.resize(n);
  if (in.array.dtype() == DType::float32) {
    const auto x = in.array.as<float>();
    for (std::size_t i = 0; i < n; ++i)
      scratch[i] = static_cast<double>(x[static_cast<std::size_t>(in.base + in.within[i])]);
  } else {
    for (std::size_t i = 0; i < n; ++i) scratch[i] = in.array.get(in.base + in.within[i]);
  }
  return scratch;
}

}  // namespace

Total total_of(const Op& op) {
  if (op.name == "sum") return Total::sum;
  if (op.name == "mean") return Total::mean;
  return op.name == "cumulative_sum" ? Total::running : Total::none;
}

bool enclose_total(Total total, const FiberElements& in, std::span<Enclosure> out, std::vector<double>& scratch) {
  const DType dtype = in.array.dtype();
  if (total == Total::none || in.within.empty() || dtype == DType::int64 || dtype == DType::uint64) return false;
  const std::span<const double> x = doubles_of(in, scratch);
  if (x[0] == 0 && std::signbit(x[0])) return false;  // sums of −0 alone are −0
  if (total == Total::running) return running(x, out);
  const DoubleDouble sum = sum_doubles(x.data(), static_cast<std::int64_t>(x.size())).sum;
  if (total == Total::sum) return store(sum, out[0]);
  if (!(sum.hi == 0 || std::fabs(sum.hi) > 0x1p-900)) return false;
  return store(divide(sum, static_cast<double>(x.size())), out[0]);
}

}  // namespace roundoff::truth
