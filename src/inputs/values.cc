#include "inputs/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>
#include <system_error>

#include "base/format.h"
#include "base/text.h"

namespace roundoff {
namespace {

Error expected(const Parameter& parameter, std::string_view text, const std::string& what) {
  return {Code::usage, parameter.name + " is '" + std::string(text.substr(0, 60)) + "'", "", "write " + what};
}

template <class T, class... Format>
std::optional<T> read_all(std::string_view text, Format... format) {
  T value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, format...);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A number without its sign.
std::optional<double> magnitude_of(std::string_view text) {
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "pi") return std::numbers::pi;
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  // What the reader of numbers takes besides: another sign, "inf", "nan(…)".
  if (text.find_first_of(hex ? "0123456789abcdefABCDEF." : "0123456789.") != 0) return std::nullopt;
  return hex ? read_all<double>(text, std::chars_format::hex) : read_all<double>(text);
}

std::optional<WrittenNumber> number_of(std::string_view text) {
  text = trimmed(text);
  const bool negative = text.starts_with('-');
  const std::string_view unsigned_text = text.substr(negative || text.starts_with('+') ? 1 : 0);
  const auto magnitude = magnitude_of(unsigned_text);
  if (!magnitude) return std::nullopt;
  WrittenNumber number{negative ? -*magnitude : *magnitude, read_all<std::int64_t>(negative ? text : unsigned_text)};
  if (!number.integer && number.value == std::floor(number.value) && *magnitude <= 0x1p53) {
    number.integer = static_cast<std::int64_t>(number.value);
  }
  return number;
}

/// An integer of 0 or more.
std::optional<std::int64_t> count_in(std::string_view text) {
  const auto number = number_of(text);
  return number && number->integer && *number->integer >= 0 ? number->integer : std::nullopt;
}

/// 1000, 2x3, (2,3), (5,) or ().
std::optional<Shape> shape_of(std::string_view text) {
  char between = 'x';
  if (text.size() >= 2 &&
      ((text.front() == '(' && text.back() == ')') || (text.front() == '[' && text.back() == ']'))) {
    between = ',';
    text = trimmed(text.substr(1, text.size() - 2));
    if (text.empty()) return Shape{};
    if (text.ends_with(',')) text.remove_suffix(1);
  }
  constexpr std::size_t kMostDimensions = 64;
  Shape shape;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(between, begin), text.size());
    const auto size = count_in(text.substr(begin, end - begin));
    if (!size || shape.size() == kMostDimensions) return std::nullopt;
    shape.push_back(*size);
    begin = end + 1;
  }
  return shape;
}

std::optional<std::string> quoted(std::string_view text) {
  if (text.size() < 2 || (text.front() != '\'' && text.front() != '"') || text.back() != text.front())
    return std::nullopt;
  const std::string_view inside = text.substr(1, text.size() - 2);
  if (inside.find(text.front()) != std::string_view::npos) return std::nullopt;
  return std::string(inside);
}

Result<ArgumentValue> dtype_in(const Parameter& parameter, const std::vector<DType>& dtypes, std::string_view text) {
  const auto dtype = dtype_named(text);
  if (dtype && std::find(dtypes.begin(), dtypes.end(), *dtype) != dtypes.end()) return ArgumentValue(*dtype);
  std::vector<std::string> names;
  for (const DType allowed : dtypes) names.emplace_back(name_of(allowed));
  return expected(parameter, text, either(names));
}

}  // namespace

Result<ArgumentValue> parse_value(const Parameter& parameter, const std::vector<DType>& dtypes, std::string_view text) {
  text = trimmed(text);
  switch (parameter.kind) {
    case ArgumentKind::number:
      if (const auto number = number_of(text)) return ArgumentValue(*number);
      return expected(parameter, text, "a number within float64's range: 1, -2.5, 1e-3, 0x1.8p+1, inf, nan or pi");
    case ArgumentKind::count:
      if (const auto count = count_in(text)) return ArgumentValue(*count);
      return expected(parameter, text, "an integer of 0 or more");
    case ArgumentKind::seed:
      if (const auto seed = read_all<std::uint64_t>(text)) return ArgumentValue(*seed);
      return expected(parameter, text, "an integer from 0 to 2^64 - 1");
    case ArgumentKind::shape:
      if (const auto shape = shape_of(text)) return ArgumentValue(*shape);
      return expected(parameter, text, "1000, 2x3, (2,3) or (), at most 64 sizes of 0 or more");
    case ArgumentKind::dtype:
      return dtype_in(parameter, dtypes, text);
    case ArgumentKind::flag:
      if (text == "True" || text == "true") return ArgumentValue(true);
      if (text == "False" || text == "false") return ArgumentValue(false);
      return expected(parameter, text, "True or False");
    case ArgumentKind::word:
      return ArgumentValue(std::string(text));
    case ArgumentKind::text:
      if (auto inside = quoted(text)) return ArgumentValue(*inside);
      return expected(parameter, text, "a string in single or double quotes");
  }
  return expected(parameter, text, "something else");
}

std::string written(const ArgumentValue& value, ArgumentKind kind) {
  if (const auto* number = std::get_if<WrittenNumber>(&value)) {
    return number->integer && *number->integer != 0 ? std::to_string(*number->integer)
                                                    : shortest(DType::float64, number->value);
  }
  if (const auto* count = std::get_if<std::int64_t>(&value)) return std::to_string(*count);
  if (const auto* seed = std::get_if<std::uint64_t>(&value)) return std::to_string(*seed);
  if (const auto* dtype = std::get_if<DType>(&value)) return std::string(name_of(*dtype));
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "True" : "False";
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (kind == ArgumentKind::word) return *text;
    const char quote = text->find('\'') == std::string::npos ? '\'' : '"';
    return quote + *text + quote;
  }
  const Shape& shape = std::get<Shape>(value);
  if (shape.size() == 1) return std::to_string(shape[0]);
  std::string sizes;
  for (const std::int64_t size : shape) sizes += (sizes.empty() ? "" : ",") + std::to_string(size);
  return "(" + sizes + ")";
}

}  // namespace roundoff
