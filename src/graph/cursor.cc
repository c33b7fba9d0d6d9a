#include "graph/cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "graph/suggest.h"

namespace roundoff {

bool is_python_word(std::string_view name) {
  constexpr std::array<std::string_view, 9> kWords = {"and", "or", "not", "in", "is", "if", "else", "for", "lambda"};
  return std::find(kWords.begin(), kWords.end(), name) != kWords.end();
}

bool Cursor::take_if(std::string_view symbol) {
  const bool here = at(symbol);
  if (here) take();
  return here;
}

Status Cursor::expect(std::string_view symbol, std::string_view why) {
  if (take_if(symbol)) return {};
  return unexpected(fmt::format("'{}' {}", symbol, why));
}

Status Cursor::separator(std::string_view close) {
  if (at(close)) return {};
  return expect(",", fmt::format("or '{}' is wanted here", close));
}

Error Cursor::unexpected(std::string_view wanted) const {
  if (now().kind == Token::Kind::end) return error_at(column(), "the expression ends too early", std::string(wanted));
  if (at("=")) return error_at(column(), "unexpected '='", "equality is written ==; nothing can be assigned");
  if (is_python_word(now().text)) {
    return error_at(column(), fmt::format("Python's '{}' is not understood", now().text),
                    "choices are written where(condition, a, b)");
  }
  return error_at(column(), fmt::format("unexpected '{}'", shortened(now().text)), std::string(wanted));
}

}  // namespace roundoff
