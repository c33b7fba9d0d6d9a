#include "report/diff/shared/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/text.h"
#include "report/shared/summary.h"

namespace roundoff::views {
namespace {

std::string plain(double x) { return std::isnan(x) ? "-" : fmt::format("{:.4g}", x); }

std::string quantile_text(const Quantile& q) { return q.high == 0 ? "0" : fmt::format("< {:.2e}", q.high); }

std::string elements_text(std::int64_t n) { return n == 1 ? "1 element" : grouped(n) + " elements"; }

bool exceeds_budget(const TensorDiff& t) {
  return !t.not_compared.empty() || t.figures.kind_mismatches > 0 || std::max(t.beyond.numpy, t.beyond.ulp) > 0;
}

}  // namespace

std::string type_line(const std::string& dtype, const Shape& shape) { return dtype + to_string(shape); }

std::string mismatch_line(const TensorDiff& tensor) {
  const Beyond& beyond = tensor.beyond;
  const auto line = [](std::int64_t n, std::int64_t of, const std::string& limits) {
    return fmt::format("Mismatched elements: {} / {} ({:.3g} %) beyond {}", grouped(n), grouped(of),
                       of == 0 ? 0.0 : 100.0 * static_cast<double>(n) / static_cast<double>(of), limits);
  };
  const bool ulps_only = beyond.max_ulp && beyond.rtol == 0 && beyond.atol == 0;
  std::string text =
      ulps_only ? "" : line(beyond.numpy, beyond.of, fmt::format("rtol={:g}, atol={:g}", beyond.rtol, beyond.atol));
  if (!ulps_only && beyond.torch != beyond.numpy) text += fmt::format("; {} by PyTorch's rule", grouped(beyond.torch));
  if (beyond.max_ulp)
    text += (text.empty() ? "" : "; ") +
            line(beyond.ulp, tensor.figures.of, fmt::format("{} floats apart", *beyond.max_ulp));
  return text;
}

Fields figure_fields(const TensorDiff& tensor) {
  const DiffFigures& f = tensor.figures;
  Fields out;
  out.emplace_back("identical", share(f.identical, f.of) + " of " + grouped(f.of));
  out.emplace_back("|a − b|",
                   fmt::format("mean {}  max {}  RMS {}", plain(f.mean_abs), plain(f.max_abs), plain(f.rms)));
  if (!f.quantiles.empty()) {
    std::string text;
    for (const Quantile& q : f.quantiles)
      text += fmt::format("{}{:g} % {}", text.empty() ? "" : "  ", q.share * 100, quantile_text(q));
    out.emplace_back("quantiles", text);
  }
  out.emplace_back("ulp", fmt::format("mean {}  max {}", plain(f.mean_ulp), plain(f.max_ulp)));
  out.emplace_back("float distance",
                   fmt::format("mean {}  max {}", plain(f.mean_float_distance), grouped(f.max_float_distance)));
  out.emplace_back("relative",
                   fmt::format("max {}; max |a − b| / RMS of b {}", plain(f.max_relative), plain(f.max_scaled)));
  out.emplace_back("cosine, SQNR",
                   fmt::format("{}  {} dB", std::isnan(f.cosine) ? "-" : fmt::format("{:.12g}", f.cosine),
                               std::isinf(f.sqnr_db) ? (f.sqnr_db > 0 ? "inf" : "-inf") : plain(f.sqnr_db)));
  return out;
}

Lines definition_lines(const TensorDiff& tensor) {
  const DiffFigures& f = tensor.figures;
  const bool integer = !is_float(f.unit);
  return {integer ? fmt::format("ulp, float distance: the difference; relative: |a − b| / max(|a|, |b|, 1)")
                  : fmt::format("ulp: |a − b| / ulp(max(|a|, |b|)) in {0}; relative: |a − b| / max(|a|, |b|, {1:.3g}), "
                                "the least normal {0}",
                                name_of(f.unit), f.relative_floor)};
}

Lines kind_lines(const DiffFigures& f) {
  Lines out;
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      if (i == j || f.kinds[i][j] == 0) continue;
      out.push_back(fmt::format("{}: {} in a, {} in b", elements_text(f.kinds[i][j]),
                                name_of(static_cast<ValueKind>(i)), name_of(static_cast<ValueKind>(j))));
    }
  }
  if (f.zero_sign_mismatches > 0)
    out.push_back(fmt::format("{}: zeros of different sign", elements_text(f.zero_sign_mismatches)));
  return out;
}

Lines element_lines(const DiffElement& e) {
  std::string index;
  for (const std::int64_t i : e.index) index += (index.empty() ? "" : ", ") + std::to_string(i);
  const auto [decimal_a, hex_a] = both_forms(e.a);
  const auto [decimal_b, hex_b] = both_forms(e.b);
  const std::size_t decimals = std::max(decimal_a.size(), decimal_b.size()),
                    hexes = std::max(hex_a.size(), hex_b.size());
  const std::string apart =
      std::isinf(e.abs) ? "only one is such a value" : fmt::format("|a − b| {:.4g}, {} ulp", e.abs, ulp_figure(e.ulp));
  return {fmt::format("[{}]{}: {}", index, e.part.empty() ? "" : " " + e.part, apart),
          fmt::format("a  {:<{}}  {:<{}}  {}", decimal_a, decimals, hex_a, hexes, e.bits_a),
          fmt::format("b  {:<{}}  {:<{}}  {}", decimal_b, decimals, hex_b, hexes, e.bits_b)};
}

std::string finding_line(const DiffFinding& finding) {
  std::string text =
      fmt::format("{}; {} of {} elements", clean(finding.name), grouped(finding.matched), grouped(finding.of));
  if (!finding.detail.empty()) text += fmt::format(" ({})", clean(finding.detail));
  return text;
}

std::string cause_line(const CauseReport& cause) {
  return fmt::format("{}{}{}; {} of {} bits{}", clean(cause.node), cause.node.empty() ? "" : ": ", clean(cause.name),
                     grouped(cause.matched), grouped(cause.of), cause.proven ? "" : ", not proven");
}

std::string verdict_line(const TensorDiff& tensor) {
  return fmt::format("{}{}{}", name_of(tensor.verdict), tensor.reason.empty() ? "" : ": ", clean(tensor.reason));
}

std::string count_line(const DiffReport& report) {
  std::int64_t identical = 0, beyond = 0;
  for (const TensorDiff& t : report.tensors) {
    identical += t.verdict == Class::identical;
    beyond += exceeds_budget(t);
  }
  const auto all = static_cast<std::int64_t>(report.tensors.size());
  return fmt::format("{} pairs: {} identical, {} differ within tolerance, {} beyond it", grouped(all),
                     grouped(identical), grouped(all - identical - beyond), grouped(beyond));
}

std::string first_line(const DiffReport& report) {
  const auto first = std::ranges::find_if(report.tensors, exceeds_budget);
  if (first == report.tensors.end()) return {};
  const std::string what = first->not_compared.empty() ? mismatch_line(*first) : clean(first->not_compared);
  return fmt::format("{}: {}", clean(first->a), what);
}

std::string growth_line(const DiffReport& report) {
  std::vector<const TensorDiff*> differ;
  for (const TensorDiff& t : report.tensors) {
    if (t.not_compared.empty() && t.figures.max_scaled > 0 && std::isfinite(t.figures.max_scaled)) differ.push_back(&t);
  }
  if (differ.size() < 3) return {};
  const TensorDiff &first = *differ.front(), &last = *differ.back();
  const auto steepest = [&] {
    std::size_t at = 1;
    double most = 0;
    for (std::size_t i = 1; i < differ.size(); ++i) {
      const double factor = differ[i]->figures.max_scaled / differ[i - 1]->figures.max_scaled;
      if (factor > most) {
        most = factor;
        at = i;
      }
    }
    return std::pair(at, most);
  }();
  return fmt::format("max |a − b| / RMS goes from {:.1e} ({}) to {:.1e} ({}) over {} tensors; steepest at {}: {}×",
                     first.figures.max_scaled, clean(first.a), last.figures.max_scaled, clean(last.a), differ.size(),
                     clean(differ[steepest.first]->a), times(steepest.second));
}

Lines unpaired_lines(const DiffReport& report, std::size_t most) {
  Lines out;
  for (const bool in_a : {true, false}) {
    std::string names;
    std::size_t count = 0;
    for (const Unpaired& u : report.unpaired) {
      if (u.in_a != in_a) continue;
      if (count++ < most) names += (names.empty() ? "" : ", ") + clean(u.name);
    }
    if (count == 0) continue;
    if (count > most) names += fmt::format(", … ({} more; --json has all)", count - most);
    out.push_back(fmt::format("{} only in {}: {}", grouped(static_cast<std::int64_t>(count)), in_a ? "a" : "b", names));
  }
  return out;
}

Lines table_headings() { return {"tensor", "max |Δ|", "max ulp", "max |Δ| / RMS", "identical", "verdict"}; }

Lines table_row(const TensorDiff& t) {
  if (!t.not_compared.empty()) return {clean(t.a), "-", "-", "-", "-", name_of(t.verdict)};
  return {clean(t.a),
          error_figure(t.figures.max_abs),
          ulp_figure(t.figures.max_ulp),
          error_figure(t.figures.max_scaled),
          share(t.figures.identical, t.figures.of),
          name_of(t.verdict)};
}

}  // namespace roundoff::views
