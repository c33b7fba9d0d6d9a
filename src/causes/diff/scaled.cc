// A constant factor or offset, and signs of whole columns.
#include <fmt/format.h>

#include <cmath>

#include "base/format.h"
#include "causes/diff/finding.h"

namespace roundoff::diff_findings {
namespace {

DiffFinding holds(const ArrayPair& pair, std::string name) {
  return {.finding = {},
          .name = std::move(name),
          .matched = pair.count,
          .of = pair.count,
          .detail = {},
          .verdict = Class::undetermined};
}

/// Whether f(a[i]), rounded to b's dtype, is b[i] everywhere.
template <class F>
bool everywhere(const ArrayPair& pair, F f) {
  const bool rounds = is_float(pair.dtype_b);
  const Format format = rounds ? format_of(pair.dtype_b) : Format{};
  return pair.everywhere([&](std::int64_t i) {
    const double x = pair.x(i).high, y = pair.y(i).high;
    if (std::isnan(x) && std::isnan(y)) return true;
    const double wanted = f(x);
    return (rounds ? round_to(format, wanted) : wanted) == y;
  });
}

/// The last axis's places where every sign is turned; empty where some sign is turned only in part of a place.
std::vector<std::int64_t> turned(const ArrayPair& pair) {
  const std::int64_t columns = pair.shape_a.empty() ? 1 : pair.shape_a.back();
  const auto may_be = [&](std::int64_t i) { return std::fabs(pair.x(i).high) == std::fabs(pair.y(i).high); };
  if (!std::ranges::all_of(pair.probes, may_be)) return {};
  std::vector<std::int8_t> sign(static_cast<std::size_t>(columns), 0);
  for (std::int64_t i = 0; i < pair.count; ++i) {
    const double x = pair.x(i).high, y = pair.y(i).high;
    std::int8_t& held = sign[static_cast<std::size_t>(i % columns)];
    const auto here = static_cast<std::int8_t>(x == y ? (x == 0 ? held : 1) : x == -y ? -1 : 0);
    if ((here == 0 && x != 0) || std::isnan(x) || (held != 0 && here != held)) return {};
    held = here;
  }
  std::vector<std::int64_t> out;
  for (std::int64_t column = 0; column < columns; ++column) {
    if (sign[static_cast<std::size_t>(column)] < 0) out.push_back(column);
  }
  return out;
}

std::vector<DiffFinding> find(const ArrayPair& pair) {
  if (pair.figures == nullptr || pair.count < 2 || pair.figures->identical == pair.figures->of) return {};
  if (!is_float(pair.dtype_a)) return {};
  const std::vector<std::int64_t> columns = turned(pair);
  if (!columns.empty()) {
    const std::int64_t all = pair.shape_a.empty() ? 1 : pair.shape_a.back();
    const bool every = static_cast<std::int64_t>(columns.size()) == all;
    return {holds(
        pair,
        every ? "b is −a"
              : fmt::format("the sign is turned in {} of {} places along the last axis, and in nothing else, first {}",
                            columns.size(), all, columns.front()))};
  }
  // The candidates come from the first element that differs.
  std::int64_t first = std::max<std::int64_t>(0, pair.figures->first_different);
  while (first < pair.count && pair.same(first, first)) ++first;
  if (first == pair.count) return {};
  const double x = pair.x(first).high, y = pair.y(first).high, factor = x == 0 ? 0 : y / x, offset = y - x;
  // Rounded to few digits first: what somebody would have written.
  for (const double digits : {4.0, 8.0, 17.0}) {
    const double step = std::pow(10.0, digits - 1 - std::floor(std::log10(std::fabs(factor == 0 ? 1 : factor))));
    const double tried = digits == 17.0 ? factor : std::nearbyint(factor * step) / step;
    if (tried != 1 && tried != 0 && everywhere(pair, [&](double v) { return v * tried; }))
      return {holds(pair, fmt::format("b is a · {:.{}g}", tried, static_cast<int>(digits)))};
  }
  if (factor != 0 && std::isfinite(factor) &&
      everywhere(pair, [&](double v) { return v / std::nearbyint(1 / factor); }))
    return {holds(pair, fmt::format("b is a / {:.0f}", std::nearbyint(1 / factor)))};
  for (const double digits : {4.0, 8.0, 17.0}) {
    if (offset == 0 || !std::isfinite(offset)) break;
    const double step = std::pow(10.0, digits - 1 - std::floor(std::log10(std::fabs(offset))));
    const double tried = digits == 17.0 ? offset : std::nearbyint(offset * step) / step;
    if (tried != 0 && everywhere(pair, [&](double v) { return v + tried; }))
      return {holds(
          pair, fmt::format("b is a {} {:.{}g}", tried < 0 ? "-" : "+", std::fabs(tried), static_cast<int>(digits)))};
  }
  return {};
}

}  // namespace

FindingKind make_scaled() {
  return {"scaled",
          "b is a times a constant, plus a constant, or with the signs of whole columns turned; each product or sum "
          "rounded once",
          find};
}

}  // namespace roundoff::diff_findings
