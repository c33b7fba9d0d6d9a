#include "ops/op.h"

namespace roundoff {
namespace {

template <class T>
const T* find(const Attrs& attrs, std::string_view name) {
  const auto it = attrs.find(name);
  return it == attrs.end() ? nullptr : std::get_if<T>(&it->second);
}

}  // namespace

std::int64_t int_attr(const Attrs& attrs, std::string_view name, std::int64_t none) {
  const auto* value = find<std::int64_t>(attrs, name);
  return value ? *value : none;
}

double number_attr(const Attrs& attrs, std::string_view name) {
  if (const auto* value = find<double>(attrs, name)) return *value;
  return static_cast<double>(int_attr(attrs, name));
}

bool flag_attr(const Attrs& attrs, std::string_view name) {
  const auto* value = find<bool>(attrs, name);
  return value && *value;
}

std::string word_attr(const Attrs& attrs, std::string_view name) {
  const auto* value = find<std::string>(attrs, name);
  return value ? *value : std::string();
}

std::vector<std::int64_t> list_attr(const Attrs& attrs, std::string_view name) {
  if (const auto* list = find<std::vector<std::int64_t>>(attrs, name)) return *list;
  if (const auto* one = find<std::int64_t>(attrs, name)) return {*one};
  return {};
}

}  // namespace roundoff
