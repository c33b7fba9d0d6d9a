#include "run/sweep/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "io/file.h"

namespace roundoff::sweep {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSchema = "roundoff.sweep.state/1";
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

// ---- to text --------------------------------------------------------------------------------------------------------

std::string hex_of(std::uint64_t x) { return fmt::format("{:x}", x); }

Json json_of(const std::optional<Edge>& edge) {
  return edge ? Json::array({hex_of(edge->first), hex_of(edge->last)}) : Json();
}

Json json_of(const PairCount& pairs) {
  Json json{{"of", pairs.of}, {"broken", pairs.broken}, {"first", nullptr}};
  if (pairs.first) {
    const PairExample& e = *pairs.first;
    json["first"] = Json::array({e.place, hex_of(e.x[0]), hex_of(e.x[1]), hex_of(e.y[0]), hex_of(e.y[1])});
  }
  return json;
}

Json json_of(const RepeatCount& repeats) {
  Json json{{"of", repeats.of}, {"differ", repeats.differ}, {"first", nullptr}};
  if (repeats.first) {
    const RepeatExample& e = *repeats.first;
    json["first"] = Json::array({e.place, hex_of(e.x[0]), hex_of(e.x[1]), hex_of(e.y[0]), hex_of(e.y[1])});
  }
  return json;
}

Json json_of(const Item& item) {
  Json json{{"function", item.function}, {"backend", item.backend}};
  if (item.skipped) {
    json["skipped"] = {
        {"reason", item.skipped->reason}, {"remedy", item.skipped->remedy}, {"failed", item.skipped->failed}};
    return json;
  }
  json["version"] = item.version;
  json["provenance"] = item.provenance;
  json["notes"] = item.notes;
  json["seconds"] = item.seconds;
  Json units = Json::array();
  for (const auto& [unit, record] : item.units) {
    units.push_back(Json::array({unit, hex_of(record.digest[0]), hex_of(record.digest[1]), json_of(record.negative),
                                 json_of(record.positive)}));
  }
  json["units"] = std::move(units);
  json["tally"] = item.tally.save();
  Json binades = Json::array();
  for (std::size_t i = 0; i < item.binades.size(); ++i) {
    const BinadeSum& binade = item.binades[i];
    if (binade.count > 0) binades.push_back(Json::array({i, binade.count, binade.sum_abs.get_str(16)}));
  }
  json["binades"] = std::move(binades);
  json["monotone"] = json_of(item.monotone);
  json["mirrored"] = json_of(item.mirrored);
  json["unstable"] = json_of(item.unstable);
  json["layout"] = json_of(item.layout);
  return json;
}

Json json_of(const SweepPlan& plan) {
  return {{"functions", plan.functions}, {"kernels", plan.kernels}, {"dtype", name_of(plan.dtype)},
          {"ranges", plan.ranges},       {"samples", plan.samples}, {"seed", plan.seed}};
}

// ---- from text ------------------------------------------------------------------------------------------------------

/// Reads values of the kind and range that is wanted; what is amiss is remembered, not thrown.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] bool good() const { return fault_.empty(); }
  [[nodiscard]] Error error() const {
    return {Code::input, "it is no whole state of a sweep: " + fault_, path_,
            "delete it and sweep again, or take it from a backup"};
  }
  void fail(std::string_view what) {
    if (fault_.empty()) fault_ = what;
  }

  const Json& at(const Json& object, const char* key) {
    static const Json kNull;
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (found != object.end()) return *found;
    fail(fmt::format("'{}' is missing", key));
    return kNull;
  }
  std::string text(const Json& json, std::string_view what) {
    if (!json.is_string()) fail(fmt::format("{} is not text", what));
    return good() ? json.get<std::string>() : "";
  }
  std::int64_t count(const Json& json, std::string_view what) {
    const std::int64_t value = integer(json, what);
    if (value < 0) fail(fmt::format("{} is negative", what));
    return good() ? value : 0;
  }
  std::int64_t integer(const Json& json, std::string_view what) {
    const bool fits = json.is_number_integer() && (!json.is_number_unsigned() ||
                                                   json.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
    if (!fits) fail(fmt::format("{} is no integer", what));
    return good() ? json.get<std::int64_t>() : 0;
  }
  std::uint64_t bits(const Json& json, std::string_view what) {
    const std::string digits = text(json, what);
    std::uint64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size())
      fail(fmt::format("{} is no hexadecimal number", what));
    return good() ? value : 0;
  }
  std::vector<std::string> texts(const Json& json, std::string_view what) {
    std::vector<std::string> out;
    for (const Json& item : list(json, what)) out.push_back(text(item, what));
    return out;
  }
  const Json& list(const Json& json, std::string_view what, std::optional<std::size_t> size = std::nullopt) {
    static const Json kEmpty = Json::array();
    if (json.is_array() && (!size || json.size() == *size)) return json;
    fail(fmt::format("{} is no list{}", what, size ? fmt::format(" of {}", *size) : ""));
    return kEmpty;
  }

 private:
  std::string path_, fault_;
};

std::optional<Edge> edge_of(Reader& reader, const Json& json) {
  if (json.is_null()) return std::nullopt;
  const Json& pair = reader.list(json, "the edge of a unit", 2);
  if (!reader.good()) return std::nullopt;
  return Edge{reader.bits(pair[0], "an output"), reader.bits(pair[1], "an output")};
}

template <class Example, class Set>
void read_example(Reader& reader, const Json& json, Set set) {
  if (json.is_null()) return;
  const Json& parts = reader.list(json, "an example", 5);
  if (!reader.good()) return;
  Example e;
  e.place = reader.integer(parts[0], "a place");
  for (std::size_t k = 0; k < 2; ++k) {
    e.x[k] = reader.bits(parts[1 + k], "an argument");
    e.y[k] = reader.bits(parts[3 + k], "an output");
  }
  set(e);
}

PairCount pairs_of(Reader& reader, const Json& json) {
  PairCount pairs;
  pairs.of = reader.count(reader.at(json, "of"), "a number of pairs");
  pairs.broken = reader.count(reader.at(json, "broken"), "a number of pairs");
  read_example<PairExample>(reader, reader.at(json, "first"), [&](const PairExample& e) { pairs.first = e; });
  if (pairs.broken > pairs.of || (pairs.broken > 0) != pairs.first.has_value())
    reader.fail("pairs contradict themselves");
  return pairs;
}

RepeatCount repeats_of(Reader& reader, const Json& json) {
  RepeatCount repeats;
  repeats.of = reader.count(reader.at(json, "of"), "a number of repeats");
  repeats.differ = reader.count(reader.at(json, "differ"), "a number of repeats");
  read_example<RepeatExample>(reader, reader.at(json, "first"), [&](const RepeatExample& e) { repeats.first = e; });
  if (repeats.differ > repeats.of) reader.fail("repeats contradict themselves");
  return repeats;
}

void read_units(Reader& reader, const Json& json, Item& item) {
  std::int64_t before = -1;
  for (const Json& each : reader.list(json, "'units'")) {
    const Json& parts = reader.list(each, "a unit", 5);
    if (!reader.good()) return;
    const std::int64_t unit = reader.count(parts[0], "a unit's number");
    if (unit <= before) reader.fail("its units are not in order");
    before = unit;
    UnitRecord record;
    record.digest = {reader.bits(parts[1], "a digest"), reader.bits(parts[2], "a digest")};
    record.negative = edge_of(reader, parts[3]);
    record.positive = edge_of(reader, parts[4]);
    item.units.emplace(unit, record);
  }
}

void read_binades(Reader& reader, const Json& json, Item& item) {
  for (const Json& each : reader.list(json, "'binades'")) {
    const Json& parts = reader.list(each, "a binade", 3);
    if (!reader.good()) return;
    const auto index = static_cast<std::size_t>(reader.count(parts[0], "a binade's number"));
    const std::string sum = reader.text(parts[2], "a sum");
    if (index >= item.binades.size() || sum.empty() || sum.size() > 64 ||
        sum.find_first_not_of("0123456789abcdef") != std::string::npos) {
      return reader.fail("a binade is none");
    }
    item.binades[index].count = reader.count(parts[1], "a binade's count");
    item.binades[index].sum_abs = mpz_class(sum, 16);
  }
}

Item item_of(Reader& reader, const Json& json, DType dtype) {
  Item item(dtype);
  item.function = reader.text(reader.at(json, "function"), "'function'");
  item.backend = reader.text(reader.at(json, "backend"), "'backend'");
  if (json.is_object() && json.contains("skipped")) {
    const Json& skipped = json["skipped"];
    const Json& failed = reader.at(skipped, "failed");
    if (!failed.is_boolean()) reader.fail("'failed' is no truth value");
    item.skipped = Skipped{item.backend, reader.text(reader.at(skipped, "reason"), "'reason'"),
                           reader.text(reader.at(skipped, "remedy"), "'remedy'"), reader.good() && failed.get<bool>()};
    return item;
  }
  item.version = reader.text(reader.at(json, "version"), "'version'");
  const Json& provenance = reader.at(json, "provenance");
  if (!provenance.is_object()) reader.fail("'provenance' is no table");
  for (const auto& [key, value] : provenance.items()) item.provenance[key] = reader.text(value, "'provenance'");
  for (const std::string& note : reader.texts(reader.at(json, "notes"), "'notes'")) item.notes.insert(note);
  const Json& seconds = reader.at(json, "seconds");
  if (!seconds.is_number()) reader.fail("'seconds' is no number");
  item.seconds = reader.good() ? seconds.get<double>() : 0;
  read_units(reader, reader.at(json, "units"), item);
  const auto tally = Tally::load(reader.text(reader.at(json, "tally"), "'tally'"));
  if (reader.good() && !tally) reader.fail("its tally: " + tally.error().what);
  if (reader.good() && tally->dtype() != dtype) reader.fail("its tally is of another dtype");
  if (reader.good()) item.tally = *tally;
  read_binades(reader, reader.at(json, "binades"), item);
  item.monotone = pairs_of(reader, reader.at(json, "monotone"));
  item.mirrored = pairs_of(reader, reader.at(json, "mirrored"));
  item.unstable = repeats_of(reader, reader.at(json, "unstable"));
  item.layout = repeats_of(reader, reader.at(json, "layout"));
  return item;
}

SweepPlan plan_of(Reader& reader, const Json& json) {
  SweepPlan plan;
  plan.functions = reader.texts(reader.at(json, "functions"), "'functions'");
  plan.kernels = reader.texts(reader.at(json, "kernels"), "'kernels'");
  plan.ranges = reader.texts(reader.at(json, "ranges"), "'ranges'");
  const auto dtype = dtype_named(reader.text(reader.at(json, "dtype"), "'dtype'"));
  if (!dtype || !is_float(*dtype)) reader.fail("'dtype' is no floating dtype");
  plan.dtype = dtype.value_or(DType::float32);
  plan.samples = reader.count(reader.at(json, "samples"), "'samples'");
  const Json& seed = reader.at(json, "seed");
  if (!seed.is_number_unsigned()) reader.fail("'seed' is no seed");
  plan.seed = reader.good() ? seed.get<std::uint64_t>() : 0;
  return plan;
}

Result<std::string> read_text(const std::string& path) {
  ROUNDOFF_TRY(const InputFile file, InputFile::open(path));
  if (file.size() > kMostBytes) {
    return Error{Code::input, fmt::format("the file has {} bytes, and a state at most {}", file.size(), kMostBytes),
                 path, "is it a state of a sweep?"};
  }
  std::string text(file.size(), '\0');
  ROUNDOFF_CHECK(file.read_at(0, std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace

void RepeatCount::keep(const RepeatExample& example) {
  if (!first || example.place < first->place) first = example;
}

void RepeatCount::merge(const RepeatCount& other) {
  of += other.of;
  differ += other.differ;
  if (other.first) keep(*other.first);
}

namespace {

/// "A; B" of "A" and "B", in alphabetical order: machines of different makes may share a sweep.
std::string united(const std::string& a, const std::string& b) {
  std::set<std::string> parts;
  for (const std::string* text : {&a, &b}) {
    for (std::size_t begin = 0; begin <= text->size();) {
      const std::size_t end = std::min(text->find("; ", begin), text->size());
      parts.insert(text->substr(begin, end - begin));
      begin = end + 2;
    }
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

void Item::merge(const Item& other) {
  for (const auto& [key, value] : other.provenance) {
    const auto [known, added] = provenance.emplace(key, value);
    if (!added && known->second != value) known->second = united(known->second, value);
  }
  units.insert(other.units.begin(), other.units.end());
  tally.merge(other.tally);
  for (std::size_t i = 0; i < binades.size(); ++i) {
    binades[i].count += other.binades[i].count;
    binades[i].sum_abs += other.binades[i].sum_abs;
  }
  monotone.merge(other.monotone);
  mirrored.merge(other.mirrored);
  unstable.merge(other.unstable);
  layout.merge(other.layout);
  notes.insert(other.notes.begin(), other.notes.end());
  seconds += other.seconds;
}

std::string to_text(const State& state) {
  Json items = Json::array();
  for (const Item& item : state.items) items.push_back(json_of(item));
  const Json body{{"plan", json_of(state.plan)}, {"targets", state.targets}, {"items", std::move(items)}};
  // Bytes that are not UTF-8 (a library's version may hold any) become U+FFFD.
  const std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return fmt::format("{{\"schema\":\"{}\",\"sha256\":\"{}\",\"body\":{}}}\n", kSchema, sha256_hex(text), text);
}

Result<State> read_state(const std::string& path) {
  ROUNDOFF_TRY(const std::string text, read_text(path));
  Reader reader(path);
  // The head is of fixed form, so that the body's bytes are found without parsing them.
  const std::string head = fmt::format("{{\"schema\":\"{}\",\"sha256\":\"", kSchema), middle = "\",\"body\":";
  constexpr std::size_t kDigest = 64;
  const std::size_t begin = head.size() + kDigest + middle.size();
  if (!text.starts_with(head) || text.size() < begin + 2 || !text.ends_with("}\n") ||
      text.compare(head.size() + kDigest, middle.size(), middle) != 0) {
    reader.fail(text.starts_with("{\"schema\":\"roundoff.sweep.state/") && !text.starts_with(head)
                    ? "its version is not " + std::string(kSchema)
                    : "its head is not that of " + std::string(kSchema));
    return reader.error();
  }
  const std::string_view body(text.data() + begin, text.size() - begin - 2);
  if (sha256_hex(body) != std::string_view(text).substr(head.size(), kDigest)) {
    reader.fail("its contents do not have its checksum");
    return reader.error();
  }
  const Json json = Json::parse(body, nullptr, false);
  State state;
  state.plan = plan_of(reader, reader.at(json, "plan"));
  state.targets = reader.texts(reader.at(json, "targets"), "'targets'");
  if (!reader.good()) return reader.error();
  for (const Json& item : reader.list(reader.at(json, "items"), "'items'"))
    state.items.push_back(item_of(reader, item, state.plan.dtype));
  if (!reader.good()) return reader.error();
  return state;
}

Status write_state(const std::string& path, const State& state) {
  const std::string text = to_text(state);
  return write_file(path, {std::as_bytes(std::span(text))});
}

Status check_same_work(const State& one, const State& other, const std::string& file, const std::string& remedy) {
  const SweepPlan &a = one.plan, &b = other.plan;
  const auto differ = [&](const char* what) {
    return Error{Code::usage, fmt::format("it is the state of another sweep: {} differ", what), file, remedy};
  };
  if (a.functions != b.functions) return differ("the functions");
  if (a.dtype != b.dtype) return differ("the dtypes");
  if (a.ranges != b.ranges) return differ("the ranges");
  if (a.samples != b.samples || a.seed != b.seed) return differ("the samples or seeds");
  if (one.targets != other.targets || a.kernels != b.kernels) return differ("the backends");
  return {};
}

}  // namespace roundoff::sweep
