// Schema roundoff.compare/1: docs/json.md and docs/schema/compare-1.schema.json say what each key means.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "report/shared/numbers.h"
#include "report/view.h"

namespace roundoff {
namespace {

using Json = nlohmann::ordered_json;
using namespace views;

// With the format that it is a number of.
Json exact(const Number& number) {
  Json out = views::exact(number.value);
  out["dtype"] = name_of(number.dtype);
  return out;
}

Json json_of(const InputReport& input) {
  return {{"name", input.name},
          {"dtype", name_of(input.dtype)},
          {"shape", input.shape},
          {"sha256", input.sha256},
          {"source", input.source}};
}

Json json_of(const MetricValues& m) {
  return {{"mean_abs", figure(m.mean_abs)},
          {"max_abs", figure(m.max_abs)},
          {"rms", figure(m.rms)},
          {"max_ulp", figure(m.max_ulp)},
          {"mean_ulp", figure(m.mean_ulp)},
          {"correctly_rounded", m.correctly_rounded},
          {"count", m.count},
          {"undecided", m.undecided},
          {"nan_mismatches", m.nan_mismatches},
          {"inf_mismatches", m.inf_mismatches},
          {"zero_sign_mismatches", m.zero_sign_mismatches},
          {"subnormal_mismatches", m.subnormal_mismatches}};
}

Json json_of(const Worst& worst) {
  Json inputs = Json::object();
  for (const auto& [name, value] : worst.inputs) inputs[name] = exact(value);
  return {{"index", worst.index},
          {"inputs", std::move(inputs)},
          {"output", exact(worst.output)},
          {"truth", exact(worst.truth)},
          {"truth_hi", hex(worst.truth_hi)},
          {"truth_lo", hex(worst.truth_lo)},
          {"truth_radius", hex(worst.truth_radius)}};
}

Json json_of(const CauseReport& cause) {
  return {{"name", cause.name},     {"matched", cause.matched},
          {"of", cause.of},         {"detail", cause.detail},
          {"cause", cause.cause},   {"node", cause.node},
          {"proven", cause.proven}, {"evidence_bits", figure(cause.evidence_bits)},
          {"also", cause.also},     {"also_names", cause.also_names}};
}

Json json_of(const Conformance& c) {
  return {{"op", c.op}, {"conforms", c.conforms}, {"wrong", c.wrong}, {"of", c.of}};
}

Json json_of(const VerdictReport& verdict) {
  return {{"class", name_of(verdict.verdict)},
          {"reason", verdict.reason},
          {"sound_share", figure(verdict.sound_share)},
          {"probable_share", figure(verdict.probable_share)}};
}

Json json_of(const PairReport& p) {
  return {{"a", p.a},
          {"b", p.b},
          {"mean_abs", figure(p.values.mean_abs)},
          {"max_abs", figure(p.values.max_abs)},
          {"identical", p.values.identical},
          {"of", p.values.of},
          {"mismatches", p.values.mismatches},
          {"verdict", name_of(p.verdict)},
          {"factor", figure(p.factor)},
          {"reason", p.reason}};
}

Json json_of(const Skipped& s) {
  return {{"name", s.name}, {"reason", s.reason}, {"remedy", s.remedy}, {"failed", s.failed}};
}

Json json_of(const Tolerance& t) { return {{"rtol", figure(t.rtol)}, {"atol", figure(t.atol)}, {"basis", t.basis}}; }

Json json_of(const BackendReport& b);

template <class T>
Json list_of(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(json_of(item));
  return list;
}

Json json_of(const BackendReport& b) {
  return {{"name", b.name},
          {"framework", b.framework},
          {"version", b.version},
          {"mode", b.mode},
          {"environment", b.environment},
          {"recorded", b.recorded},
          {"dtype", name_of(b.dtype)},
          {"shape", b.shape},
          {"metrics", json_of(b.metrics)},
          {"worst", b.worst ? json_of(*b.worst) : Json()},
          {"verdict", json_of(b.verdict)},
          {"causes", list_of(b.causes)},
          {"ieee754", b.ieee754 ? json_of(*b.ieee754) : Json()},
          {"unstable", b.unstable},
          {"repeats", b.repeats},
          {"seconds", b.seconds > 0 ? figure(b.seconds) : Json()},
          {"provenance", b.provenance},
          {"notes", b.notes}};
}

std::string document(const FunctionReport& report) {
  const Json json = {{"schema", "roundoff.compare/1"},
                     {"title", report.title},
                     {"expression", report.expression},
                     {"certified", report.certified},
                     {"undecided", report.undecided},
                     {"refined", report.refined},
                     {"count", report.count},
                     {"dtype", name_of(report.dtype)},
                     {"inputs", list_of(report.inputs)},
                     {"backends", list_of(report.backends)},
                     {"pairs", list_of(report.pairs)},
                     {"skipped", list_of(report.skipped)},
                     {"tolerance", report.tolerance ? json_of(*report.tolerance) : Json()},
                     {"machine", report.machine},
                     {"repro", report.repro}};
  // Bytes that are not UTF-8 (a framework's message may hold any) become U+FFFD, so that the document is valid.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

namespace views {

View make_json() {
  return {.name = "json",
          .summary = "one JSON document per line, schema roundoff.compare/1",
          .separate = false,
          .render = [](const FunctionReport& report, const ViewOptions&) { return document(report); }};
}

}  // namespace views
}  // namespace roundoff
