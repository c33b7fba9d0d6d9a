// What a worker's replies are read with. Only the files that read replies include it: no JSON type leaves them.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "backends/frames.h"
#include "roundoff/array.h"

namespace roundoff {

/// What a worker did wrong.
inline Error fault(std::string what) { return {Code::worker, std::move(what), "", ""}; }

/// Fields of a JSON object from a stranger: each access names what is wrong.
class Fields {
 public:
  explicit Fields(const nlohmann::json& object) : object_(object) {}

  [[nodiscard]] Result<const nlohmann::json*> any(const char* key) const {
    const auto found = object_.is_object() ? object_.find(key) : object_.end();
    if (found == object_.end()) return fault(fmt::format("the reply lacks '{}'", key));
    return &*found;
  }
  [[nodiscard]] Result<std::int64_t> integer(const char* key, std::int64_t lo, std::int64_t hi) const {
    ROUNDOFF_TRY(const nlohmann::json* value, any(key));
    const bool fits =
        value->is_number_unsigned() ? value->get<std::uint64_t>() <= INT64_MAX : value->is_number_integer();
    if (!fits || value->get<std::int64_t>() < lo || value->get<std::int64_t>() > hi) {
      return wrong(key, *value, fmt::format("an integer in [{}, {}]", lo, hi));
    }
    return value->get<std::int64_t>();
  }
  [[nodiscard]] Result<double> number(const char* key) const {
    ROUNDOFF_TRY(const nlohmann::json* value, any(key));
    if (!value->is_number() || !std::isfinite(value->get<double>()) || value->get<double>() < 0) {
      return wrong(key, *value, "a number not below 0");
    }
    return value->get<double>();
  }
  [[nodiscard]] Result<bool> flag(const char* key) const {
    ROUNDOFF_TRY(const nlohmann::json* value, any(key));
    if (!value->is_boolean()) return wrong(key, *value, "true or false");
    return value->get<bool>();
  }
  [[nodiscard]] Result<std::string> text(const char* key, std::size_t most = kTextLimit) const {
    ROUNDOFF_TRY(const nlohmann::json* value, any(key));
    if (!value->is_string()) return wrong(key, *value, "a string");
    return printable(value->get_ref<const std::string&>(), most);
  }
  [[nodiscard]] Result<std::vector<std::string>> texts(const char* key) const {
    ROUNDOFF_TRY(const nlohmann::json* list, array(key, kListLimit));
    std::vector<std::string> out;
    for (const nlohmann::json& item : *list) {
      if (!item.is_string()) return wrong(key, item, "a list of strings");
      out.push_back(printable(item.get_ref<const std::string&>(), kTextLimit));
    }
    return out;
  }
  [[nodiscard]] Result<std::map<std::string, std::string>> table(const char* key) const {
    ROUNDOFF_TRY(const nlohmann::json* object, any(key));
    if (!object->is_object() || object->size() > kListLimit) return wrong(key, *object, "an object of strings");
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : object->items()) {
      if (!value.is_string()) return wrong(key, value, "an object of strings");
      out.emplace(printable(name), printable(value.get_ref<const std::string&>(), kTextLimit));
    }
    return out;
  }
  [[nodiscard]] Result<const nlohmann::json*> array(const char* key, std::size_t most) const {
    ROUNDOFF_TRY(const nlohmann::json* list, any(key));
    if (!list->is_array() || list->size() > most) return wrong(key, *list, fmt::format("a list of at most {}", most));
    return list;
  }
  [[nodiscard]] Result<Shape> shape(const char* key) const {
    constexpr std::size_t kRank = 64;
    ROUNDOFF_TRY(const nlohmann::json* list, array(key, kRank));
    Shape out;
    for (const nlohmann::json& size : *list) {
      if (!size.is_number_unsigned() || size.get<std::uint64_t>() > INT64_MAX)
        return wrong(key, size, "a list of sizes");
      out.push_back(size.get<std::int64_t>());
    }
    return out;
  }
  [[nodiscard]] static Error wrong(const char* key, const nlohmann::json& value, const std::string& wanted) {
    // Only scalars are written out: writing a hostile nesting would recurse as deep.
    const std::string shown = value.is_structured() ? std::string(value.type_name()) : printable(value.dump(), 60);
    return fault(fmt::format("'{}' in the reply is {}, and must be {}", key, shown, wanted));
  }

 private:
  static constexpr std::size_t kTextLimit = 4000;
  static constexpr std::size_t kListLimit = 10'000;
  const nlohmann::json& object_;
};

}  // namespace roundoff
