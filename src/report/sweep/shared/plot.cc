// The plot of a sweep: one or more binades to a column, or several columns to a binade.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/shared/layout.h"
#include "report/sweep/shared/summary.h"

namespace roundoff::views {
namespace {

constexpr std::size_t kRows = 8;
constexpr std::size_t kAxis = 9;      // columns of "1.2e+06 |"
constexpr std::size_t kMostWide = 6;  // columns of one binade
constexpr double kMostLinear = 32;    // ulps; a larger error is drawn on a logarithmic axis

struct Column {
  double max = -1, sum = 0;
  std::int64_t count = 0;
  [[nodiscard]] double mean() const { return count > 0 ? sum / static_cast<double>(count) : -1; }
};

/// How errors become rows from the bottom.
class Scale {
 public:
  explicit Scale(double largest) : log_(largest > kMostLinear) {
    top_ = log_ ? std::ceil(std::log2(largest + 1)) : largest;
    if (top_ <= 0) top_ = 1;
  }
  [[nodiscard]] std::size_t row(double x) const {
    const double share = (log_ ? std::log2(x + 1) : x) / top_;
    return std::min(kRows - 1, static_cast<std::size_t>(share * static_cast<double>(kRows)));
  }
  /// The error at the upper end of a row.
  [[nodiscard]] double top_of(std::size_t row) const {
    const double share = top_ * static_cast<double>(row + 1) / static_cast<double>(kRows);
    return log_ ? std::exp2(share) - 1 : share;
  }

 private:
  bool log_;
  double top_;
};

std::string binade_name(const SweepBinade& binade, bool lowest) {
  if (lowest) return binade.negative ? "-0" : "0";
  return fmt::format("{}2^{}", binade.negative ? "-" : "", binade.exponent);
}

/// Marks under some columns, as many as fit.
std::string ticks(const SweepReport& r, std::size_t group, std::size_t wide, std::size_t count) {
  std::string line(kAxis, ' ');
  const int least = std::min_element(r.binades.begin(), r.binades.end(), [](const auto& a, const auto& b) {
                      return a.exponent < b.exponent;
                    })->exponent;
  const int subnormal = r.dtype == DType::float16 ? -15 : r.dtype == DType::float64 ? -1023 : -127;
  for (std::size_t c = 0; c < count; ++c) {
    const SweepBinade& binade = r.binades[std::min(c * group, r.binades.size() - 1)];
    const std::size_t at = kAxis + c * wide;
    const std::string name = binade_name(binade, binade.exponent == least && least == subnormal);
    if (at < line.size() + (c == 0 ? 0 : 3) || (c > 0 && c % 10 != 0 && c + 1 != count)) continue;
    line += std::string(at - line.size(), ' ') + name;
  }
  return line;
}

}  // namespace

std::vector<std::string> plot(const SweepReport& r, std::size_t width) {
  if (r.binades.empty()) return {};
  const std::size_t room = width - kAxis;
  const std::size_t group = (r.binades.size() + room - 1) / room;
  const std::size_t count = (r.binades.size() + group - 1) / group;
  const std::size_t wide = std::clamp<std::size_t>(room / count, 1, kMostWide);
  std::vector<Column> bars(count);
  double largest = 0;
  for (std::size_t i = 0; i < r.binades.size(); ++i) {
    const SweepBinade& binade = r.binades[i];
    Column& bar = bars[i / group];
    if (!std::isnan(binade.max_ulp)) bar.max = std::max(bar.max, binade.max_ulp);
    bar.sum += binade.mean_ulp * static_cast<double>(binade.count);
    bar.count += binade.count;
    largest = std::max(largest, bar.max);
  }
  const Scale scale(largest);
  std::vector<std::string> lines{fmt::format("{:>7}   ● largest, ○ mean error in each {}, x from left to right", "ulp",
                                             group == 1 ? "binade" : fmt::format("{} binades", group))};
  for (std::size_t row = kRows; row-- > 0;) {
    std::string line = fmt::format("{:>7.3g} │", scale.top_of(row));
    for (const Column& bar : bars) {
      const bool max = bar.max >= 0 && scale.row(bar.max) == row, mean = bar.count > 0 && scale.row(bar.mean()) == row;
      const std::string mark = max ? "●" : mean ? "○" : " ";
      for (std::size_t i = 0; i < wide; ++i) line += mark;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  std::string axis = fmt::format("{:>7} └", "0");
  for (std::size_t i = 0; i < count * wide; ++i) axis += "─";
  lines.push_back(std::move(axis));
  lines.push_back(ticks(r, group, wide, count));
  return lines;
}

}  // namespace roundoff::views
