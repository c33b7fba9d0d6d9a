// Checks documents against the schemas of docs/schema.
#pragma once

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

namespace roundoff {

using Json = nlohmann::json;

inline Json schema_named(const std::string& name) {
  std::ifstream file(std::string(ROUNDOFF_SOURCE_DIR "/docs/schema/") + name + ".schema.json");
  return Json::parse(file);
}

/// The part of JSON Schema that our schema uses; an unknown keyword is a failure, so that nothing goes unchecked.
class Validator {
 public:
  explicit Validator(Json root) : root_(std::move(root)) {}

  std::vector<std::string> check(const Json& value) { return check(root_, value, "$"); }

 private:
  std::vector<std::string> check(const Json& rule, const Json& value, const std::string& path) {
    std::vector<std::string> faults;
    const auto fault = [&](const std::string& what) { faults.push_back(path + ": " + what); };
    const auto also = [&](const std::vector<std::string>& more) {
      faults.insert(faults.end(), more.begin(), more.end());
    };
    for (const auto& [keyword, argument] : rule.items()) {
      if (keyword == "$ref") {
        also(check(root_.at(Json::json_pointer(argument.get<std::string>().substr(1))), value, path));
      } else if (keyword == "type") {
        if (!has_type(argument, value)) fault("is no " + argument.get<std::string>() + ": " + value.dump());
      } else if (keyword == "const") {
        if (value != argument) fault("is " + value.dump());
      } else if (keyword == "enum") {
        if (std::find(argument.begin(), argument.end(), value) == argument.end()) fault("is " + value.dump());
      } else if (keyword == "anyOf") {
        const auto fits = [&](const Json& one) { return check(one, value, path).empty(); };
        if (std::none_of(argument.begin(), argument.end(), fits)) fault("fits nothing: " + value.dump());
      } else if (keyword == "minimum") {
        if (value.is_number() && value < argument) fault("is too small");
      } else if (keyword == "pattern") {
        if (value.is_string() && !std::regex_match(value.get<std::string>(), std::regex(argument.get<std::string>())))
          fault("is " + value.dump());
      } else if (keyword == "required") {
        for (const Json& key : argument) {
          if (!value.contains(key)) fault("lacks " + key.dump());
        }
      } else if (keyword == "items") {
        for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
          also(check(argument, value[i], path + "[" + std::to_string(i) + "]"));
      } else if (keyword == "properties" || keyword == "additionalProperties") {
        continue;
      } else if (keyword != "description" && keyword != "title" && keyword != "$schema" && keyword != "$id" &&
                 keyword != "$defs") {
        fault("has a rule that is not understood: " + keyword);
      }
    }
    if (value.is_object()) also(check_members(rule, value, path));
    return faults;
  }

  std::vector<std::string> check_members(const Json& rule, const Json& value, const std::string& path) {
    std::vector<std::string> faults;
    const Json properties = rule.value("properties", Json::object()),
               rest = rule.value("additionalProperties", Json(true));
    for (const auto& [key, member] : value.items()) {
      std::vector<std::string> more;
      if (properties.contains(key)) {
        more = check(properties.at(key), member, path + "." + key);
      } else if (rest.is_object()) {
        more = check(rest, member, path + "." + key);
      } else if (!rest.get<bool>()) {
        more = {path + ": has the undocumented key " + key};
      }
      faults.insert(faults.end(), more.begin(), more.end());
    }
    return faults;
  }

  static bool has_type(const std::string& type, const Json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    return type == "null" && value.is_null();
  }

  Json root_;
};

}  // namespace roundoff
