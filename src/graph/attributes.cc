#include "graph/attributes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "graph/suggest.h"

namespace roundoff {
namespace {

std::string quoted(const std::vector<std::string>& words) {
  std::vector<std::string> marked;
  for (const std::string& word : words) marked.push_back(fmt::format("'{}'", word));
  return either(marked);
}

bool is_none(const AttrValue& value) { return std::holds_alternative<std::monostate>(value); }
bool may_be_none(const AttrSpec& spec) { return spec.standard && is_none(*spec.standard); }

std::string wanted(const AttrSpec& spec) {
  const std::string_view none = may_be_none(spec) ? " or None" : "";
  switch (spec.type) {
    case AttrType::axis:
      return fmt::format("an integer, a list of integers{}", may_be_none(spec) ? " or None" : "");
    case AttrType::integer:
      return fmt::format("an integer{}", none);
    case AttrType::number:
      return fmt::format("a number{}", none);
    case AttrType::flag:
      return "True or False";
    case AttrType::word:
      return quoted(spec.choices);
    case AttrType::dtype:
      return "a dtype such as float32";
    case AttrType::ints:
      return fmt::format("a list of integers{}", none);
  }
  return {};
}

bool has_open_end(const std::vector<std::int64_t>& list) {
  return std::find(list.begin(), list.end(), kNoneInt) != list.end();
}

// nullopt: not of the wanted type.
std::optional<AttrValue> converted(const AttrSpec& spec, const AttrValue& value) {
  if (is_none(value)) return may_be_none(spec) || spec.type == AttrType::axis ? std::optional(value) : std::nullopt;
  const auto* integer = std::get_if<std::int64_t>(&value);
  const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
  const auto* word = std::get_if<std::string>(&value);
  switch (spec.type) {
    case AttrType::axis:
      if (integer != nullptr || (list != nullptr && !has_open_end(*list))) return value;
      break;
    case AttrType::integer:
      if (integer != nullptr) return value;
      break;
    case AttrType::number:
      if (integer != nullptr) return static_cast<double>(*integer);
      if (std::holds_alternative<double>(value)) return value;
      break;
    case AttrType::flag:
      if (std::holds_alternative<bool>(value)) return value;
      break;
    case AttrType::word:
      if (word != nullptr && std::find(spec.choices.begin(), spec.choices.end(), *word) != spec.choices.end())
        return value;
      break;
    case AttrType::dtype:
      if (word != nullptr && is_computed(dtype_named(*word).value_or(DType::float8_e5m2))) return value;
      break;
    case AttrType::ints:
      if (integer != nullptr) return std::vector<std::int64_t>{*integer};
      if (list != nullptr) return value;
      break;
  }
  return std::nullopt;
}

}  // namespace

Result<const AttrSpec*> attribute_of(const Op& op, std::string_view name, int column) {
  const auto spec =
      std::find_if(op.attrs.begin(), op.attrs.end(), [name](const AttrSpec& a) { return a.name == name; });
  if (spec != op.attrs.end()) return &*spec;
  std::vector<std::string> names;
  for (const AttrSpec& a : op.attrs) names.push_back(a.name);
  return error_at(column, fmt::format("{} has no attribute {}", op.name, shortened(name)),
                  names.empty() ? "it has none" : fmt::format("it has {}", fmt::join(names, ", ")));
}

Result<AttrValue> value_of(const Op& op, const AttrSpec& spec, const Literal& literal) {
  if (auto value = converted(spec, literal.value)) return *value;
  return error_at(literal.column,
                  fmt::format("{}: {} is {}, which it cannot be", op.name, spec.name, shortened(literal.text)),
                  fmt::format("{} must be {}", spec.name, wanted(spec)));
}

Result<Attrs> completed(const Op& op, Attrs given, int column) {
  for (const AttrSpec& spec : op.attrs) {
    if (given.contains(spec.name)) continue;
    if (!spec.standard) {
      return error_at(column, fmt::format("{} needs the attribute {}", op.name, spec.name),
                      fmt::format("say {}=…, {}", spec.name, wanted(spec)));
    }
    given.emplace(spec.name, *spec.standard);
  }
  return given;
}

}  // namespace roundoff
