// Subnormal arguments or results replaced by zero of their sign, the op otherwise correctly rounded: FTZ and DAZ.
#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "causes/replay/subject.h"

namespace roundoff::causes {
namespace {

bool is_subnormal(const Format& format, double x) { return x != 0 && std::abs(x) < format.min_normal(); }

bool has_subnormal(const Array& array) {
  if (!is_float(array.dtype())) return false;
  for (std::int64_t i = 0; i < array.size(); ++i) {
    if (is_subnormal(format_of(array.dtype()), array.get(i))) return true;
  }
  return false;
}

Result<Array> flushed(const Array& array) {
  if (!has_subnormal(array)) return array;
  ROUNDOFF_TRY(Array out, Array::make(array.dtype(), array.shape()));
  const Format& format = format_of(array.dtype());
  for (std::int64_t i = 0; i < array.size(); ++i) {
    const double x = array.get(i);
    out.set(i, is_subnormal(format, x) ? std::copysign(0.0, x) : x);
  }
  return out;
}

Result<Array> replay_flushed(const Subject& subject, bool arguments, bool results) {
  ROUNDOFF_TRY(std::vector<Array> in, replay::arguments_of(subject));
  for (Array& array : in) {
    if (!arguments) continue;
    ROUNDOFF_TRY(array, flushed(array));
  }
  ROUNDOFF_TRY(const Array out, correctly_rounded(*subject.graph, subject.node, in));
  return results ? flushed(out) : Result<Array>(out);
}

std::vector<Hypothesis> hypotheses(const Subject& subject) {
  if (!replay::is_a<Elementwise>(subject) || !is_float(subject.out->dtype())) return {};
  const Result<std::vector<Array>> in = replay::arguments_of(subject);
  if (!in) return {};
  const bool arguments = std::ranges::any_of(*in, has_subnormal), results = has_subnormal(*subject.exact);
  std::vector<Hypothesis> all;
  const auto add = [&](const char* name, bool in_zero, bool out_zero) {
    all.push_back({.name = name,
                   .detail = "otherwise correctly rounded",
                   .effect = Class::precision_mode,
                   .replay = [in_zero, out_zero](const Subject& s) { return replay_flushed(s, in_zero, out_zero); }});
  };
  if (arguments && results) add("subnormal arguments and results flushed to zero", true, true);
  if (arguments) add("subnormal arguments taken as zero", true, false);
  if (results) add("subnormal results flushed to zero", false, true);
  return all;
}

}  // namespace

Cause make_flushed_subnormals() {
  return {.name = "flushed_subnormals",
          .summary = "Subnormal numbers count as zero, as arguments, as results or both.",
          .source = "Intel SDM volume 1, 10.2.3 (FTZ and DAZ)",
          .rank = 25,
          .hypotheses = hypotheses};
}

}  // namespace roundoff::causes
