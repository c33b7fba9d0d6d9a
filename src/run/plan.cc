#include "run/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "base/text.h"
#include "io/file.h"

namespace roundoff {
namespace {

constexpr std::uint64_t kMostSuiteBytes = 16u << 20;

Result<std::string> read_text(const std::string& path) {
  ROUNDOFF_TRY(const InputFile file, InputFile::open(path));
  if (file.size() > kMostSuiteBytes)
    return Error{Code::input, fmt::format("the file has {} bytes", file.size()), path, "a suite has at most 16 MiB"};
  std::string text(file.size(), '\0');
  ROUNDOFF_CHECK(file.read_at(0, std::as_writable_bytes(std::span(text))));
  return text;
}

std::string place_of(const std::string& path, const toml::node& node) {
  return fmt::format("{}:{}", path, node.source().begin.line);
}

Result<std::string> text_of(const std::string& path, const std::string& key, const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  return Error{Code::input, fmt::format("'{}' is not text", key), place_of(path, node), fmt::format("{} = \"…\"", key)};
}

Result<std::vector<Binding>> bindings_of(const std::string& path, const std::string& key, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr)
    return Error{Code::input, fmt::format("'{}' is not a table", key), place_of(path, node),
                 fmt::format("{}.x = \"…\"", key)};
  std::vector<Binding> out;
  for (const auto& [name, value] : *table) {
    ROUNDOFF_TRY(std::string text, text_of(path, std::string(name.str()), value));
    out.push_back({std::string(name.str()), std::move(text)});
  }
  return out;
}

Result<std::vector<std::string>> list_of(const std::string& path, const std::string& key, const toml::node& node) {
  const toml::array* array = node.as_array();
  if (array == nullptr)
    return Error{Code::input, fmt::format("'{}' is not a list", key), place_of(path, node),
                 fmt::format("{} = [\"…\"]", key)};
  std::vector<std::string> out;
  for (const toml::node& item : *array) {
    ROUNDOFF_TRY(std::string text, text_of(path, key, item));
    out.push_back(std::move(text));
  }
  return out;
}

Status fill(FunctionPlan& plan, const std::string& path, const std::string& key, const toml::node& value) {
  static const std::vector<std::string> kKeys{"title", "expression", "port", "inputs", "recorded", "backends"};
  if (key == "inputs" || key == "recorded") {
    ROUNDOFF_TRY((key == "inputs" ? plan.inputs : plan.recorded), bindings_of(path, key, value));
  } else if (key == "backends") {
    ROUNDOFF_TRY(plan.backends, list_of(path, key, value));
  } else if (std::ranges::find(kKeys, key) != kKeys.end()) {
    ROUNDOFF_TRY((key == "title"  ? plan.title
                  : key == "port" ? plan.port
                                  : plan.expression),
                 text_of(path, key, value));
  } else {
    const std::vector<std::string> near = nearest(key, kKeys);
    return Error{Code::input, fmt::format("unknown key '{}'", key), place_of(path, value),
                 near.empty() ? "keys: " + either(kKeys) : "did you mean " + either(near) + "?"};
  }
  return {};
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() > end.size() && text.ends_with(end);
}

/// A path of the suite, as seen from the working directory.
std::string beside(const std::string& suite, const std::string& path) {
  return (std::filesystem::path(suite).parent_path() / path).lexically_normal().string();
}

void resolve_paths(FunctionPlan& plan, const std::string& suite) {
  if (!plan.port.empty()) plan.port = beside(suite, plan.port);
  for (Binding& b : plan.recorded) b.value = beside(suite, b.value);
  for (Binding& b : plan.inputs) {
    const bool generator = b.value.find('(') != std::string::npos && !b.value.ends_with(".npy");
    if (!generator) b.value = beside(suite, b.value);
  }
}

Result<FunctionPlan> function_of(const std::string& path, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return Error{Code::input, "a function is not a table", place_of(path, node), "[[function]]"};
  FunctionPlan plan;
  for (const auto& [key, value] : *table) ROUNDOFF_CHECK(fill(plan, path, std::string(key.str()), value));
  if (plan.expression.empty() == plan.port.empty()) {
    return Error{Code::input, "a function needs either an expression or a port", place_of(path, node),
                 "expression = \"exp(x)\""};
  }
  resolve_paths(plan, path);
  return plan;
}

void put_over(std::vector<Binding>& bindings, const std::vector<Binding>& others) {
  for (const Binding& other : others) {
    const auto same = std::ranges::find(bindings, other.name, &Binding::name);
    if (same == bindings.end()) {
      bindings.push_back(other);
    } else {
      same->value = other.value;
    }
  }
}

}  // namespace

Result<Binding> parse_binding(std::string_view text, std::string_view what) {
  const std::size_t at = text.find('=');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) {
    return Error{Code::usage, fmt::format("'{}' is no {}", text, what), std::string(what),
                 fmt::format("{} NAME=VALUE", what)};
  }
  return Binding{std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

Result<std::vector<FunctionPlan>> read_suite(const std::string& path) {
  ROUNDOFF_TRY(const std::string text, read_text(path));
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Error{Code::input, std::string(error.description()), fmt::format("{}:{}", path, error.source().begin.line),
                 "a suite is a TOML file"};
  }
  const toml::array* functions = parsed.table()["function"].as_array();
  if (functions == nullptr || functions->empty())
    return Error{Code::input, "there is no [[function]] in it", path, "[[function]]\nexpression = \"exp(x)\""};
  for (const auto& [key, value] : parsed.table()) {
    if (key.str() != "function")
      return Error{Code::input, fmt::format("unknown key '{}'", key.str()), place_of(path, value),
                   "a suite has [[function]] tables only"};
  }
  std::vector<FunctionPlan> plans;
  for (const toml::node& node : *functions) {
    ROUNDOFF_TRY(FunctionPlan plan, function_of(path, node));
    plans.push_back(std::move(plan));
  }
  return plans;
}

Result<std::vector<FunctionPlan>> plan_of(const std::string& word) {
  if (ends_with(word, ".toml")) return read_suite(word);
  FunctionPlan plan;
  (ends_with(word, ".py") ? plan.port : plan.expression) = word;
  return std::vector<FunctionPlan>{plan};
}

FunctionPlan merged(const Plan& plan, const FunctionPlan& function) {
  FunctionPlan out = function;
  put_over(out.inputs, plan.inputs);
  put_over(out.recorded, plan.recorded);
  if (!plan.backends.empty()) out.backends = plan.backends;
  return out;
}

std::string shell_word(std::string_view word) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("@%+=:,./-_").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, plain)) return std::string(word);
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string repro_of(const Plan& plan, const FunctionPlan& function) {
  const std::string& what = function.port.empty() ? function.expression : function.port;
  const bool last = what.starts_with('-');  // else it would be an option
  std::string line = "roundoff compare" + (last ? "" : " " + shell_word(what));
  for (const Binding& b : function.inputs) line += " --input " + shell_word(b.name + "=" + b.value);
  for (const Binding& b : function.recorded) line += " --recorded " + shell_word(b.name + "=" + b.value);
  if (!function.backends.empty())
    line += " --backends " + shell_word(fmt::format("{}", fmt::join(function.backends, ",")));
  if (plan.repeats != Plan{}.repeats) line += fmt::format(" --repeats {}", plan.repeats);
  if (plan.deadline != Plan{}.deadline)
    line += fmt::format(" --deadline {}", std::chrono::duration<double>(plan.deadline).count());
  if (!plan.config.empty()) line += " --config " + shell_word(plan.config);
  if (last) line += " -- " + shell_word(what);
  return line;
}

}  // namespace roundoff
