#include "run/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "causes/diff/finding.h"
#include "io/permuted.h"
#include "verdict/arrays.h"

namespace roundoff {
namespace {

struct Pairing {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::vector<Unpaired> unpaired;
};

Unpaired unpaired_of(const TensorInfo& info, bool in_a) { return {info.name, name_of(info.type), info.shape, in_a}; }

Result<Pairing> pair_up(const TensorFile& a, const TensorFile& b, const std::vector<NameRule>& map) {
  Pairing out;
  const auto in_a = a.tensors(), in_b = b.tensors();
  if (in_a.size() == 1 && in_b.size() == 1) {
    out.pairs.emplace_back(0, 0);
    return out;
  }
  std::map<std::string, std::size_t, std::less<>> names;
  for (std::size_t i = 0; i < in_b.size(); ++i) names[in_b[i].name] = i;
  std::vector<bool> taken(in_b.size(), false);
  for (std::size_t i = 0; i < in_a.size(); ++i) {
    ROUNDOFF_TRY(const std::string name, renamed(map, in_a[i].name));
    const auto found = names.find(name);
    if (found == names.end()) {
      out.unpaired.push_back(unpaired_of(in_a[i], true));
    } else if (taken[found->second]) {
      return Error{Code::input, "two tensors of " + a.tensors()[i].place + " would be its partner",
                   in_b[found->second].place, "make the rules of --map narrower"};
    } else {
      taken[found->second] = true;
      out.pairs.emplace_back(i, found->second);
    }
  }
  for (std::size_t i = 0; i < in_b.size(); ++i) {
    if (!taken[i]) out.unpaired.push_back(unpaired_of(in_b[i], false));
  }
  return out;
}

std::string bits_text(std::uint64_t bits, std::size_t size) { return fmt::format("0x{:0{}x}", bits, 2 * size); }

Result<DiffElement> shown(const KeptElement& kept, const DiffSide& a, const DiffSide& b, const Shape& shape,
                          const DiffUnit& unit) {
  DiffElement out;
  const bool complex = a.info().type.complex;
  std::int64_t flat = complex ? kept.index / 2 : kept.index;
  if (complex) out.part = kept.index % 2 == 0 ? "real" : "imag";
  out.index.assign(shape.size(), 0);
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    out.index[axis] = flat % shape[axis];
    flat /= shape[axis];
  }
  out.a = {kept.a.high + kept.a.low, a.info().type.dtype};
  out.b = {kept.b.high + kept.b.low, b.info().type.dtype};
  ROUNDOFF_TRY(const std::uint64_t bits_a, stored_bits(a, kept.index));
  ROUNDOFF_TRY(const std::uint64_t bits_b, stored_bits(b, kept.index));
  out.bits_a = bits_text(bits_a, size_of(a.info().type.dtype));
  out.bits_b = bits_text(bits_b, size_of(b.info().type.dtype));
  out.abs = kept.rank;
  const bool numbers = std::isfinite(kept.a.high) && std::isfinite(kept.b.high);
  out.ulp = numbers ? ulps_of(unit, kept.a, kept.b) : std::nan("");
  out.float_distance = ordinals_apart(unit, kept.a, kept.b);
  return out;
}

/// What find_structure() looks through: the parts of complex elements are a last axis of two.
Shape shape_of_parts(const TensorInfo& info) {
  Shape shape = info.shape;
  if (info.type.complex) shape.push_back(2);
  return shape;
}

Status add_findings(TensorDiff& out, const DiffSide& a, const DiffSide& b, std::vector<std::string>& notes) {
  const TensorInfo &in_a = a.info(), &in_b = b.info();
  if (in_a.count == 0 || in_a.type.complex != in_b.type.complex) return {};
  for (const DiffSide* side : {&a, &b}) {
    if (side->whole.ok()) continue;
    notes.push_back(out.a + ": not looked through for structure: " + to_string(side->whole.error()));
    return {};
  }
  out.findings =
      find_structure({in_a.type.dtype, in_b.type.dtype, shape_of_parts(in_a), shape_of_parts(in_b), a.whole->bytes(),
                      b.whole->bytes(), components_of(in_a), out.not_compared.empty() ? &out.figures : nullptr});
  ROUNDOFF_CHECK(a.whole->check());
  return b.whole->check();
}

/// The shape that `axes` made `shape` of.
Shape as_stored(const Shape& shape, const std::vector<std::size_t>& axes) {
  if (axes.size() != shape.size()) return shape;
  Shape stored(shape.size());
  for (std::size_t i = 0; i < axes.size(); ++i) stored[axes[i]] = shape[i];
  return stored;
}

std::string tensor_name(const TensorInfo& info, const std::string& path) {
  return info.name.empty() ? path : info.name;
}

class Differ {
 public:
  Differ(const DiffPlan& plan, const DiffListener& listener, DiffReport& report)
      : plan_(plan), listener_(listener), report_(report) {}

  Result<TensorDiff> one(const TensorFile& file_a, std::size_t in_a, const TensorFile& file_b, std::size_t in_b) {
    const TensorInfo &info_a = file_a.tensors()[in_a], &info_b = file_b.tensors()[in_b];
    TensorDiff out;
    out.a = tensor_name(info_a, plan_.a);
    out.b = tensor_name(info_b, plan_.b);
    out.dtype_a = name_of(info_a.type);
    out.dtype_b = name_of(info_b.type);
    out.shape = info_a.shape;
    out.shape_a = as_stored(out.shape, plan_.axes);
    out.shape_b = info_b.shape;
    if (out.shape != out.shape_b) {
      out.not_compared = fmt::format("the shapes differ: {} and {}", to_string(out.shape), to_string(out.shape_b));
    } else if (info_a.type.complex != info_b.type.complex) {
      out.not_compared = fmt::format("one is complex: {} and {}", out.dtype_a, out.dtype_b);
    }
    if (info_a.count == info_b.count && (out.not_compared.empty() || plan_.findings)) {
      ROUNDOFF_TRY(const DiffSide a, open_side(file_a, in_a));
      ROUNDOFF_TRY(const DiffSide b, open_side(file_b, in_b));
      if (out.not_compared.empty()) ROUNDOFF_CHECK(measure(out, a, b));
      const bool differs = !out.not_compared.empty() || out.figures.identical < out.figures.of;
      if (plan_.findings && differs) ROUNDOFF_CHECK(add_findings(out, a, b, report_.notes));
    }
    const bool asked = plan_.rtol || plan_.atol || plan_.max_ulp;
    judge_arrays(out, asked);
    out.exceeds = !out.not_compared.empty() || (asked && refused(out.beyond) > 0);
    return out;
  }

 private:
  Status measure(TensorDiff& out, const DiffSide& a, const DiffSide& b) {
    PairRules rules{a.info().type.dtype, b.info().type.dtype, 0, 0, plan_.max_ulp, plan_.worst, a.info().type.complex};
    const DiffUnit unit = unit_of(rules.a, rules.b);
    const auto [rtol, atol] = default_tolerance(unit.dtype);
    // One that is given stands alone, as in both libraries; only ulps: those alone.
    const bool given = plan_.rtol || plan_.atol;
    rules.rtol = given ? plan_.rtol.value_or(0) : rtol;
    rules.atol = given ? plan_.atol.value_or(0) : atol;
    const std::int64_t count = components_of(a.info());
    std::int64_t seen = 0, tenth = 0;
    ROUNDOFF_TRY(const PairState state, measure_sides(a, b, rules, [&](std::int64_t some) {
                   seen += some;
                   if (count < kProgressAt || seen * 10 / count == tenth) return;
                   tenth = seen * 10 / count;
                   listener_.progress(fmt::format("{}: {} %", out.a, tenth * 10));
                 }));
    out.figures = state.figures();
    out.beyond = state.beyond();
    if (!given && plan_.max_ulp) out.beyond.numpy = out.beyond.torch = 0;
    for (const KeptElement& kept : state.worst()) {
      ROUNDOFF_TRY(DiffElement element, shown(kept, a, b, out.shape, unit));
      out.worst.push_back(std::move(element));
    }
    return {};
  }

  static constexpr std::int64_t kProgressAt = std::int64_t{1} << 28;
  const DiffPlan& plan_;
  const DiffListener& listener_;
  DiffReport& report_;
};

}  // namespace

std::pair<double, double> default_tolerance(DType unit) {
  // torch/testing/_comparison.py, _DTYPE_PRECISIONS.
  switch (unit) {
    case DType::float16:
      return {1e-3, 1e-5};
    case DType::bfloat16:
      return {1.6e-2, 1e-5};
    case DType::float32:
      return {1.3e-6, 1e-5};
    case DType::float64:
      return {1e-7, 1e-7};
    default:
      return {0, 0};
  }
}

Result<DiffReport> diff(const DiffPlan& plan, const std::vector<Environment>& environments, Workers& workers,
                        const DiffListener& listener) {
  ROUNDOFF_TRY(std::unique_ptr<TensorFile> a, open_tensors(plan.a, plan.open));
  if (!plan.axes.empty()) {
    ROUNDOFF_TRY(a, permuted(std::move(a), plan.axes));
  }
  ROUNDOFF_TRY(const std::unique_ptr<TensorFile> b, open_tensors(plan.b, plan.open));
  ROUNDOFF_TRY(Pairing pairing, pair_up(*a, *b, plan.map));
  DiffReport report;
  report.a = plan.a;
  report.b = plan.b;
  report.repro = plan.repro;
  report.unpaired = std::move(pairing.unpaired);
  for (const TensorFile* file : {a.get(), b.get()})
    report.notes.insert(report.notes.end(), file->notes().begin(), file->notes().end());
  if (!plan.expression.empty() && pairing.pairs.size() != 1) {
    return Error{Code::usage, fmt::format("{} pairs of tensors, and one expression", pairing.pairs.size()), "--expr",
                 "name files of one tensor each"};
  }
  Differ differ(plan, listener, report);
  for (std::size_t i = 0; i < pairing.pairs.size(); ++i) {
    const auto [in_a, in_b] = pairing.pairs[i];
    ROUNDOFF_TRY(TensorDiff one, differ.one(*a, in_a, *b, in_b));
    if (pairing.pairs.size() > 1) listener.progress(fmt::format("{} of {}: {}", i + 1, pairing.pairs.size(), one.a));
    report.tensors.push_back(std::move(one));
  }
  if (!plan.expression.empty()) {
    ROUNDOFF_CHECK(add_truth(report, plan, *a, *b, pairing.pairs.front(), environments, workers, listener));
  }
  return report;
}

int exit_code_of(const DiffReport& report, const DiffPlan& plan, const std::set<Class>& fail_on) {
  const bool strict = !fail_on.empty();
  bool beyond = strict && !report.unpaired.empty(), open = false;
  const bool asked = plan.rtol || plan.atol || plan.max_ulp;
  for (const TensorDiff& tensor : report.tensors) {
    beyond = beyond || fail_on.contains(tensor.verdict) || (strict && tensor.exceeds);
    open = open || (tensor.verdict == Class::undetermined && !asked);
  }
  if (beyond) return 1;
  if (strict && report.tensors.empty()) return 1;
  return open && strict ? static_cast<int>(Code::undecided) : 0;
}

}  // namespace roundoff
