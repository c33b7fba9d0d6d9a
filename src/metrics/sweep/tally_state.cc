// The stored form of a Tally: one JSON object of integers, integer strings and hex floats. docs/sweep_truth.md
// describes it.
#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "metrics/sweep/tally.h"

namespace roundoff::sweep {
namespace {

using Json = nlohmann::json;  // keys are sorted
constexpr std::string_view kSchema = "roundoff.tally/1";

Json to_json(const Example& example) { return {example.input[0], example.input[1], example.output}; }

bool read(const Json& json, Example& out) {
  if (!json.is_array() || json.size() != 3) return false;
  for (const Json& each : json) {
    if (!each.is_number_unsigned()) return false;
  }
  out = {.input = {json[0].get<std::uint64_t>(), json[1].get<std::uint64_t>()}, .output = json[2].get<std::uint64_t>()};
  return true;
}

/// A count: 0 where the key is absent, as save() leaves zeros out.
bool read(const Json& json, std::string_view key, std::int64_t& out) {
  const auto it = json.find(key);
  if (it == json.end()) return true;
  if (!it->is_number_integer() || it->get<std::int64_t>() < 0) return false;
  out = it->get<std::int64_t>();
  return true;
}

bool read(const Json& json, std::string_view key, mpz_class& out) {
  const auto it = json.find(key);
  return it != json.end() && it->is_string() && out.set_str(it->get<std::string>(), 10) == 0;
}

/// The smallest index that may follow in a list sorted by index, and the index of this entry; false where out of order.
bool read_index(const Json& entry, std::size_t& next, std::size_t most, std::size_t& index) {
  if (!entry.is_array() || entry.empty() || !entry[0].is_number_unsigned()) return false;
  index = entry[0].get<std::size_t>();
  if (index < next || index >= most) return false;
  next = index + 1;
  return true;
}

bool read_histogram(const Json& json, Tally& tally) {
  std::size_t next = 0, index = 0;
  for (const Json& entry : json) {
    if (!read_index(entry, next, kBins, index) || entry.size() != 2 || !entry[1].is_number_unsigned()) return false;
    tally.histogram[index] = entry[1].get<std::int64_t>();
  }
  return json.is_array();
}

bool read_worst(const Json& json, Tally& tally) {
  std::size_t next = 0, index = 0;
  for (const Json& entry : json) {
    if (!read_index(entry, next, tally.worst.size(), index) || entry.size() != 4) return false;
    Worst& worst = tally.worst[index];
    if (!entry[1].is_string() || !entry[2].is_boolean() || !read(entry[3], worst.at)) return false;
    const auto text = entry[1].get<std::string>();
    char* end = nullptr;
    worst.ulps = std::strtod(text.c_str(), &end);
    worst.below = entry[2].get<bool>();
    if (*end != '\0' || !(worst.ulps >= 0) || tally.class_of(worst.at.input[0]) != index) return false;
  }
  return json.is_array();
}

bool read_breaks(const Json& json, Tally& tally) {
  if (!json.is_object()) return false;
  for (std::size_t i = 0; i < kBreaks; ++i) {
    const auto it = json.find(name_of(static_cast<Break>(i)));
    if (it == json.end()) continue;
    Broken& broken = tally.broken[i];
    if (!it->is_object() || !read(*it, "count", broken.count) || broken.count == 0 || !it->contains("first")) {
      return false;
    }
    if (!read((*it)["first"], broken.first)) return false;
  }
  return true;
}

bool read_tiers(const Json& json, Tally& tally) {
  if (!json.is_object()) return false;
  for (std::size_t i = 0; i < kTiers; ++i) {
    if (!read(json, name_of(static_cast<Tier>(i)), tally.tiers[i])) return false;
  }
  return true;
}

Error malformed(std::string_view what) {
  return {Code::input, fmt::format("not a stored tally ({}): {}", kSchema, what), "tally",
          "run the shard that wrote it again"};
}

}  // namespace

std::string Tally::save() const {
  Json json{{"schema", kSchema},
            {"dtype", name_of(dtype_)},
            {"elements", elements},
            {"correct", correct},
            {"undecided", undecided},
            {"sum", sum.get_str()},
            {"sum_abs", sum_abs.get_str()},
            {"histogram", Json::array()},
            {"worst", Json::array()},
            {"breaks", Json::object()},
            {"tiers", Json::object()}};
  for (std::size_t i = 0; i < kBins; ++i) {
    if (histogram[i] != 0) json["histogram"].push_back(Json::array({i, histogram[i]}));
  }
  for (std::size_t i = 0; i < worst.size(); ++i) {
    const Worst& w = worst[i];
    if (w.ulps >= 0) json["worst"].push_back(Json::array({i, hex(w.ulps), w.below, to_json(w.at)}));
  }
  for (std::size_t i = 0; i < kBreaks; ++i) {
    const Broken& b = broken[i];
    if (b.count == 0) continue;
    json["breaks"][std::string(name_of(static_cast<Break>(i)))] = {{"count", b.count}, {"first", to_json(b.first)}};
  }
  for (std::size_t i = 0; i < kTiers; ++i) json["tiers"][std::string(name_of(static_cast<Tier>(i)))] = tiers[i];
  return json.dump();
}

Result<Tally> Tally::load(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return malformed("no JSON object");
  if (json.value("schema", Json()) != Json(kSchema)) return malformed("another schema");
  const Json name = json.value("dtype", Json());
  const auto dtype = name.is_string() ? dtype_named(name.get<std::string>()) : std::nullopt;
  if (!dtype || !is_float(*dtype)) return malformed("its dtype");
  Tally tally(*dtype);
  if (!read(json, "elements", tally.elements) || !read(json, "correct", tally.correct) ||
      !read(json, "undecided", tally.undecided)) {
    return malformed("a count");
  }
  if (!read(json, "sum", tally.sum) || !read(json, "sum_abs", tally.sum_abs)) return malformed("a sum");
  if (!read_histogram(json.value("histogram", Json()), tally)) return malformed("its histogram");
  if (!read_worst(json.value("worst", Json()), tally)) return malformed("a worst error");
  if (!read_breaks(json.value("breaks", Json()), tally)) return malformed("its breaks");
  if (!read_tiers(json.value("tiers", Json()), tally)) return malformed("its tiers");
  return tally;
}

}  // namespace roundoff::sweep
