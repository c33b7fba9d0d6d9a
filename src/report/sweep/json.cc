// Schema roundoff.sweep/1: docs/sweep.md and docs/schema/sweep-1.schema.json say what each key means.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "report/shared/numbers.h"
#include "report/sweep/view.h"

namespace roundoff {
namespace {

using Json = nlohmann::ordered_json;
using namespace views;

Json inputs_of(const SweepPoint& point) {
  Json inputs = Json::array();
  for (const Number& input : point.inputs) inputs.push_back(exact(input.value));
  return inputs;
}

/// Functions of one argument give it as `input`, others list them as `inputs`.
Json with_inputs(const SweepPoint& point, const Json& rest) {
  Json json = Json::object();
  if (point.inputs.size() == 1) {
    json["input"] = exact(point.inputs[0].value);
  } else {
    json["inputs"] = inputs_of(point);
  }
  json.update(rest);
  return json;
}

Json example(const std::optional<SweepPoint>& point) {
  if (!point) return nullptr;
  return with_inputs(*point, {{"output", exact(point->output.value)}, {"truth", exact(point->truth.value)}});
}

Json worst(const std::optional<SweepPoint>& point) {
  if (!point) return nullptr;
  Json json{{"value", figure(std::fabs(point->ulps))}, {"signed", figure(point->ulps)}};
  json.update(example(point));
  return json;
}

Json relation(const SweepRelation& r) {
  Json pair = Json::array();
  for (const SweepPoint& point : r.example) pair.push_back(with_inputs(point, {{"output", exact(point.output.value)}}));
  return {
      {"checked", r.checked}, {"count", r.count}, {"of", r.of}, {"example", pair.empty() ? Json() : std::move(pair)}};
}

Json repeat(const SweepRepeat& r) {
  Json json{{"count", r.count}, {"of", r.of}, {"example", nullptr}};
  if (r.example)
    json["example"] =
        with_inputs(*r.example, {{"first", exact(r.example->output.value)}, {"again", exact(r.example->truth.value)}});
  return json;
}

Json json_document(const SweepReport& r) {
  Json binades = Json::array(), bins = Json::array(), breaks = Json::array(), twins = Json::array();
  for (const SweepBinade& b : r.binades) {
    binades.push_back({{"negative", b.negative},
                       {"exponent", b.exponent},
                       {"count", b.count},
                       {"mean_ulp", figure(b.mean_ulp)},
                       {"max_ulp", worst(b.worst)}});
  }
  for (const SweepBin& bin : r.histogram)
    bins.push_back({{"low", figure(bin.low)}, {"high", figure(bin.high)}, {"count", bin.count}});
  for (const SweepBreak& b : r.contract_breaks)
    breaks.push_back({{"kind", b.kind}, {"text", b.text}, {"count", b.count}, {"example", example(b.example)}});
  for (const SweepTwin& t : r.twins) twins.push_back({{"backend", t.backend}, {"chunks", t.chunks}, {"of", t.of}});
  return {{"schema", "roundoff.sweep/1"},
          {"op", r.op},
          {"backend", {{"name", r.backend}, {"version", r.version}, {"provenance", r.provenance}, {"notes", r.notes}}},
          {"dtype", name_of(r.dtype)},
          {"range", r.ranges},
          {"exhaustive", r.exhaustive},
          {"sampled", r.sampled},
          {"seed", r.sampled ? Json(r.seed) : Json()},
          {"published", r.published},
          {"count", r.count},
          {"of", r.of},
          {"chunks", {{"count", r.chunks}, {"of", r.chunks_of}}},
          {"measured", r.measured},
          {"undecided", r.undecided},
          {"correctly_rounded", r.correctly_rounded},
          {"above", {{"0.5", r.above_half}, {"1", r.above_1}, {"2", r.above_2}, {"4", r.above_4}}},
          {"max_ulp", worst(r.worst)},
          {"mean_ulp", figure(r.mean_ulp)},
          {"binades", std::move(binades)},
          {"histogram", std::move(bins)},
          {"contract_breaks", std::move(breaks)},
          {"monotonicity_breaks", relation(r.monotonicity)},
          {"symmetry_breaks", relation(r.symmetry)},
          {"unstable", repeat(r.unstable)},
          {"layout", repeat(r.layout)},
          {"flushes_subnormals", {{"inputs", r.flushes.inputs}, {"outputs", r.flushes.outputs}}},
          {"same_bits", std::move(twins)},
          {"digest", r.digest},
          {"allowance", {{"ulp", r.allowance}, {"source", r.allowance_source}}},
          {"beyond", r.beyond},
          {"findings", r.findings},
          {"tiers", r.tiers},
          {"seconds", r.seconds > 0 ? figure(r.seconds) : Json()},
          {"repro", r.repro}};
}

Json skipped(const SweepFunction& function, const Skipped& s) {
  return {{"schema", "roundoff.sweep/1"},
          {"op", function.op},
          {"backend", {{"name", s.name}}},
          {"dtype", name_of(function.dtype)},
          {"skipped", {{"reason", s.reason}, {"remedy", s.remedy}, {"failed", s.failed}}}};
}

/// Bytes that are not UTF-8 (a library's message may hold any) become U+FFFD, so that the document is valid.
std::string line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::string json_documents(const SweepFunction& function) {
  std::string text;
  for (const SweepReport& report : function.reports) text += line(json_document(report));
  for (const Skipped& s : function.skipped) text += line(skipped(function, s));
  return text;
}

}  // namespace

namespace sweep_views {

SweepView make_json() {
  return {.name = "json",
          .summary = "one JSON document per function and backend and line, schema roundoff.sweep/1",
          .render = [](const SweepFunction& function, const ViewOptions&) { return json_documents(function); }};
}

}  // namespace sweep_views
}  // namespace roundoff
