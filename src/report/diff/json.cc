// Schema roundoff.diff/1: docs/diff.md and docs/schema/diff-1.schema.json say what each key means.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "report/diff/view.h"
#include "report/shared/numbers.h"

namespace roundoff {
namespace {

using Json = nlohmann::ordered_json;
using namespace views;

Json exact(const Number& number, const std::string& bits) {
  Json out = views::exact(number.value);
  out["dtype"] = name_of(number.dtype);
  out["bits"] = bits;
  return out;
}

Json json_of(const DiffElement& e) {
  return {
      {"index", e.index},     {"part", e.part},       {"a", exact(e.a, e.bits_a)},         {"b", exact(e.b, e.bits_b)},
      {"abs", figure(e.abs)}, {"ulp", figure(e.ulp)}, {"float_distance", e.float_distance}};
}

Json json_of(const DiffFinding& f) {
  return {{"finding", f.finding}, {"name", f.name},     {"matched", f.matched},
          {"of", f.of},           {"detail", f.detail}, {"verdict", name_of(f.verdict)}};
}

Json json_of(const CauseReport& c) {
  return {{"name", c.name},   {"matched", c.matched}, {"of", c.of},        {"detail", c.detail},
          {"cause", c.cause}, {"node", c.node},       {"proven", c.proven}};
}

Json json_of(const Unpaired& u) {
  return {{"name", u.name}, {"dtype", u.dtype}, {"shape", u.shape}, {"in", u.in_a ? "a" : "b"}};
}

Json json_of(const Beyond& b) {
  return {{"rtol", figure(b.rtol)},
          {"atol", figure(b.atol)},
          {"of", b.of},
          {"max_ulp", b.max_ulp ? Json(*b.max_ulp) : Json()},
          {"numpy", b.numpy},
          {"torch", b.torch},
          {"ulp", b.ulp}};
}

Json kinds_of(const DiffFigures& f) {
  Json out = Json::object();
  for (std::size_t i = 0; i < 4; ++i) {
    Json row = Json::object();
    for (std::size_t j = 0; j < 4; ++j) row[name_of(static_cast<ValueKind>(j))] = f.kinds[i][j];
    out[name_of(static_cast<ValueKind>(i))] = std::move(row);
  }
  return out;
}

Json quantiles_of(const DiffFigures& f) {
  Json out = Json::array();
  for (const Quantile& q : f.quantiles)
    out.push_back({{"share", q.share}, {"low", figure(q.low)}, {"high", figure(q.high)}});
  return out;
}

Json json_of(const TensorDiff& t);

template <class T>
Json list_of(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(json_of(item));
  return list;
}

Json json_of(const TensorDiff& t) {
  const DiffFigures& f = t.figures;
  const bool compared = t.not_compared.empty();
  return {{"a", t.a},
          {"b", t.b},
          {"dtype_a", t.dtype_a},
          {"dtype_b", t.dtype_b},
          {"shape_a", t.shape_a},
          {"shape_b", t.shape_b},
          {"shape", t.shape},
          {"compared", compared},
          {"identical", f.identical},
          {"of", f.of},
          {"numbers", f.numbers},
          {"unit", name_of(f.unit)},
          {"mean_abs", figure(f.mean_abs)},
          {"max_abs", figure(f.max_abs)},
          {"rms", figure(f.rms)},
          {"max_relative", figure(f.max_relative)},
          {"relative_floor", figure(f.relative_floor)},
          {"max_scaled", figure(f.max_scaled)},
          {"mean_ulp", figure(f.mean_ulp)},
          {"max_ulp", figure(f.max_ulp)},
          {"mean_float_distance", figure(f.mean_float_distance)},
          {"max_float_distance", f.max_float_distance},
          {"cosine", figure(f.cosine)},
          {"sqnr_db", figure(f.sqnr_db)},
          {"quantiles", quantiles_of(f)},
          {"kinds", kinds_of(f)},
          {"kind_mismatches", f.kind_mismatches},
          {"zero_sign_mismatches", f.zero_sign_mismatches},
          {"first_different", f.first_different},
          {"worst_ulp", f.worst_ulp},
          {"worst", list_of(t.worst)},
          {"beyond", json_of(t.beyond)},
          {"findings", list_of(t.findings)},
          {"verdict", {{"class", name_of(t.verdict)}, {"nearer", name_of(t.nearer)}, {"reason", t.reason}}},
          {"causes", list_of(t.causes)},
          {"exceeds", t.exceeds}};
}

std::string json_document(const DiffReport& report) {
  Json json = {{"schema", "roundoff.diff/1"},
               {"a", report.a},
               {"b", report.b},
               {"tensors", list_of(report.tensors)},
               {"unpaired", list_of(report.unpaired)},
               {"notes", report.notes},
               {"function", nullptr},
               {"repro", report.repro}};
  if (report.function) json["function"] = Json::parse(view_named("json").render(*report.function, {}));
  // Bytes that are not UTF-8 (a tensor's name may hold any) become U+FFFD, so that the document is valid.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

namespace diff_views {

DiffView make_json() {
  return {"json", "one JSON document, schema roundoff.diff/1",
          [](const DiffReport& report, const ViewOptions&) { return json_document(report); }};
}

}  // namespace diff_views
}  // namespace roundoff
