#include "report/sweep/shared/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/shared/layout.h"
#include "report/shared/summary.h"

namespace roundoff::views {
namespace {

struct Row {
  std::string name;
  Number number;
};

std::vector<std::string> aligned_rows(const std::vector<Row>& rows) {
  std::size_t names = 0, decimals = 0;
  for (const Row& row : rows) {
    names = std::max(names, columns(row.name));
    decimals = std::max(decimals, both_forms(row.number).first.size());
  }
  std::vector<std::string> out;
  for (const Row& row : rows) {
    const auto [decimal, hex] = both_forms(row.number);
    out.push_back(fmt::format("  {}  {}  {}", padded(row.name, names), padded(decimal, decimals), hex));
  }
  return out;
}

void add_inputs(const SweepPoint& point, std::vector<Row>& rows, const std::string& prefix = "") {
  for (std::size_t k = 0; k < point.inputs.size(); ++k)
    rows.push_back({prefix + (point.inputs.size() == 1 ? "input" : fmt::format("input {}", k + 1)), point.inputs[k]});
}

std::string per_cent(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "-";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (part == whole) return "100 %";
  if (part > 0 && share < 0.001) return fmt::format("{:.1e} %", share);
  // Nothing less than all is 100 %.
  if (share >= 99.9) return fmt::format("{:.2f} %", std::floor(share * 100) / 100);
  return fmt::format("{:.3g} %", share);
}

}  // namespace

std::string ulps(double x) {
  if (std::isnan(x)) return "-";
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  const double size = std::fabs(x);
  if (size != 0 && (size >= 1e5 || size < 1e-4)) return fmt::format("{:.3g}", x);
  return fmt::format("{:.{}f}", x, size < 10 ? 4 : size < 1000 ? 2 : 0);
}

std::string inputs(std::int64_t n) { return fmt::format("{} input{}", grouped(n), n == 1 ? "" : "s"); }

std::string headline(const SweepReport& r) {
  std::string range;
  for (const std::string& each : r.ranges) {
    if (each != "all") range += (range.empty() ? " on " : " × ") + each;
  }
  return clean(fmt::format("{}{} in {}: {} {}", r.op, range, name_of(r.dtype), r.backend, r.version));
}

std::string extent(const SweepReport& r) {
  std::string text;
  if (r.sampled) {
    text = fmt::format("sampled: {}{} of a stratified sample, seed {}",
                       r.count == r.of ? "" : grouped(r.count) + " of ", inputs(r.of), r.seed);
    if (r.published > 0) text += fmt::format(", {} published worst cases among them", r.published);
  } else if (r.exhaustive) {
    text = fmt::format("exhaustive: {} {}", r.of == 1 ? "the one" : "all", inputs(r.of));
  } else {
    text = fmt::format("not exhaustive: {} of {}", grouped(r.count), inputs(r.of));
  }
  if (r.chunks != r.chunks_of) text += fmt::format(", {} of {} chunks", grouped(r.chunks), grouped(r.chunks_of));
  text += r.undecided == 0 ? "; truth certified for every one"
                           : fmt::format("; truth undecided for {}", inputs(r.undecided));
  if (r.seconds > 0) text += fmt::format("; {:.3g} s", r.seconds);
  return text;
}

std::string shares(const SweepReport& r) {
  return fmt::format("correctly rounded {} ({}); above 0.5 ulp {}, 1 ulp {}, 2 ulp {}, 4 ulp {}",
                     per_cent(r.correctly_rounded, r.count), grouped(r.correctly_rounded),
                     per_cent(r.above_half, r.measured), per_cent(r.above_1, r.measured),
                     per_cent(r.above_2, r.measured), per_cent(r.above_4, r.measured));
}

std::string bins(const SweepReport& r) {
  static constexpr double kEdges[] = {-HUGE_VAL, -4, -2, -1, -0.5, 0.5, 1, 2, 4, HUGE_VAL};
  std::string text;
  for (std::size_t i = 0; i + 1 < std::size(kEdges); ++i) {
    std::int64_t count = 0;
    for (const SweepBin& bin : r.histogram) {
      const double middle = std::isinf(bin.low) ? bin.high : std::isinf(bin.high) ? bin.low : (bin.low + bin.high) / 2;
      if (middle > kEdges[i] && middle <= kEdges[i + 1]) count += bin.count;
    }
    if (count == 0) continue;
    const std::string place = std::isinf(kEdges[i])       ? fmt::format("below {}", kEdges[i + 1])
                              : std::isinf(kEdges[i + 1]) ? fmt::format("above {}", kEdges[i])
                                                          : fmt::format("{} to {}", kEdges[i], kEdges[i + 1]);
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", place, per_cent(count, r.measured));
  }
  return text.empty() ? "none" : text + " (signed error in ulp)";
}

std::string flushes(const SweepReport& r) {
  std::string text;
  if (r.flushes.inputs > 0) text = fmt::format("takes subnormal arguments for 0 ({})", inputs(r.flushes.inputs));
  if (r.flushes.outputs > 0)
    text += fmt::format("{}gives 0 for subnormal results ({})", text.empty() ? "" : "; ", inputs(r.flushes.outputs));
  return text;
}

std::string twins(const SweepReport& r) {
  std::string text;
  for (const SweepTwin& twin : r.twins) {
    if (2 * twin.chunks < twin.of) continue;  // a few chunks of simple results say nothing
    text += fmt::format(
        "{}{}: {}", text.empty() ? "" : "; ", clean(twin.backend),
        twin.chunks == twin.of ? "all" : fmt::format("{} of {} chunks", grouped(twin.chunks), grouped(twin.of)));
  }
  return text;
}

std::string sweep_conclusion(const SweepReport& r) {
  const bool within = r.allowance == 0 || !r.worst || std::fabs(r.worst->ulps) <= r.allowance;
  if (r.beyond) return "beyond rounding";
  if (r.count == 0) return "nothing was tried";
  std::string text = r.findings.empty() ? "nothing beyond rounding" : "nothing beyond rounding, but see below";
  if (within && r.allowance > 0)
    text += fmt::format(": within the allowance of {:.3g} ulp ({})", r.allowance, clean(r.allowance_source));
  return text;
}

std::string cell(const SweepFunction& function, const std::string& backend) {
  for (const SweepReport& r : function.reports) {
    if (r.backend == backend) return r.worst ? ulps(std::fabs(r.worst->ulps)) : "-";
  }
  for (const Skipped& s : function.skipped) {
    if (s.name == backend) return s.failed ? "failed" : "unsupported";
  }
  return "";
}

namespace {

std::vector<std::string> labelled_rows(const SweepPoint& point, const char* output, const char* truth) {
  std::vector<Row> rows;
  add_inputs(point, rows);
  rows.push_back({output, point.output});
  rows.push_back({truth, point.truth});
  return aligned_rows(rows);
}

}  // namespace

std::vector<std::string> point_rows(const SweepPoint& point) { return labelled_rows(point, "output", "truth"); }

std::vector<std::string> pair_rows(const SweepRelation& relation) {
  std::vector<Row> rows;
  for (const SweepPoint& point : relation.example) {
    add_inputs(point, rows);
    rows.push_back({"output", point.output});
  }
  return aligned_rows(rows);
}

std::vector<std::string> repeat_rows(const SweepPoint& point) { return labelled_rows(point, "first", "again"); }

}  // namespace roundoff::views
