#include "graph/literals.h"

#include <array>

namespace roundoff {
namespace {

Result<AttrValue> scalar(Cursor& cursor, std::string& text) {
  const bool negative = cursor.take_if("-");
  const Token token = cursor.now();
  const bool number = token.kind == Token::Kind::number;
  const bool word = token.kind == Token::Kind::name || token.kind == Token::Kind::word;
  if (!number && (negative || !word)) {
    return cursor.unexpected("a value is None, True, False, a number, a word or a list of integers");
  }
  cursor.take();
  text += (negative ? "-" : "") + std::string(token.text);
  if (number) {
    const double value = negative ? -token.value : token.value;
    if (!token.integral) return AttrValue(value);
    constexpr double kMost = 0x1p53;
    if (token.value > kMost) return error_at(token.column, "the integer is too large", "at most 2**53 in size");
    return AttrValue(static_cast<std::int64_t>(value));
  }
  if (token.kind == Token::Kind::name && token.text == "None") return AttrValue();
  if (token.kind == Token::Kind::name && (token.text == "True" || token.text == "False")) {
    return AttrValue(token.text == "True");
  }
  return AttrValue(std::string(token.text));
}

// A single integer in parentheses is that integer, as in Python.
Result<AttrValue> list(Cursor& cursor, std::string& text) {
  const bool round = cursor.take().text == "(";
  const std::string_view close = round ? ")" : "]";
  text += round ? "(" : "[";
  std::vector<std::int64_t> items;
  bool comma = false;
  while (!cursor.take_if(close)) {
    const int column = cursor.column();
    if (cursor.at("(") || cursor.at("[")) return error_at(column, "a list inside a list", "a list holds integers");
    ROUNDOFF_TRY(const AttrValue item, scalar(cursor, text));
    if (std::holds_alternative<std::monostate>(item)) {
      items.push_back(kNoneInt);
    } else if (const auto* integer = std::get_if<std::int64_t>(&item)) {
      items.push_back(*integer);
    } else {
      return error_at(column, "a list holds something else than integers", "such as (2, 3)");
    }
    if (!cursor.at(close)) {
      comma = true;
      text += ", ";
    }
    ROUNDOFF_CHECK(cursor.separator(close));
  }
  text += close;
  if (round && items.size() == 1 && !comma && items[0] != kNoneInt) return AttrValue(items[0]);
  return AttrValue(std::move(items));
}

struct Slices {
  std::vector<std::int64_t> starts, stops, steps, drop;
};

Error not_an_index(int column) {
  return error_at(column, "a subscript is made of integers", "such as x[0], x[1:3], x[::-1]");
}

Status bound(Cursor& cursor, std::int64_t& out) {
  const int column = cursor.column();
  std::string text;
  const auto value = scalar(cursor, text);
  if (!value.ok()) return not_an_index(column);
  if (std::holds_alternative<std::monostate>(*value)) return {};
  const auto* integer = std::get_if<std::int64_t>(&*value);
  if (integer == nullptr) return not_an_index(column);
  out = *integer;
  return {};
}

// One of: 3, 1:2, ::-1, … A single index is the slice of one element, dropped.
Status slice(Cursor& cursor, Slices& slices) {
  const int column = cursor.column();
  std::array<std::int64_t, 3> part = {kNoneInt, kNoneInt, kNoneInt};
  std::size_t colons = 0;
  for (; colons < 3; ++colons) {
    const bool open = cursor.at(":") || cursor.at(",") || cursor.at("]");
    if (!open) ROUNDOFF_CHECK(bound(cursor, part[colons]));
    if (!cursor.take_if(":")) break;
  }
  if (colons == 3) return error_at(column, "a slice with more than two colons", "the form is start:stop:step");
  if (part[2] == kNoneInt) part[2] = 1;
  if (part[2] == 0) return error_at(column, "the step of a slice is 0", "a step is 1, 2, … or -1, -2, …");
  const bool index = colons == 0;
  if (index && part[0] == kNoneInt) return error_at(column, "an index is missing", "new axes are made by reshape");
  if (index && part[0] != -1) part[1] = part[0] + 1;
  slices.starts.push_back(part[0]);
  slices.stops.push_back(part[1]);
  slices.steps.push_back(part[2]);
  slices.drop.push_back(index ? 1 : 0);
  return {};
}

}  // namespace

Result<Literal> read_literal(Cursor& cursor) {
  const int column = cursor.column();
  std::string text;
  const bool is_list = cursor.at("(") || cursor.at("[");
  ROUNDOFF_TRY(AttrValue value, is_list ? list(cursor, text) : scalar(cursor, text));
  return Literal{.value = std::move(value), .column = column, .text = std::move(text)};
}

Result<Attrs> read_subscript(Cursor& cursor) {
  Slices slices;
  if (cursor.at("]")) return error_at(cursor.column(), "an empty subscript", "such as x[0], x[1:3], x[::-1]");
  while (!cursor.take_if("]")) {
    if (const int column = cursor.column(); cursor.take_if("...")) {
      if (cursor.take_if("]")) break;
      return error_at(column, "'...' is understood at the end of a subscript only", "write ':' for every axis before");
    }
    ROUNDOFF_CHECK(slice(cursor, slices));
    ROUNDOFF_CHECK(cursor.separator("]"));
  }
  return Attrs{{"starts", slices.starts}, {"stops", slices.stops}, {"steps", slices.steps}, {"drop", slices.drop}};
}

}  // namespace roundoff
