#include "graph/lexer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "graph/suggest.h"

namespace roundoff {
namespace {

// The C library's classification depends on the locale; expressions do not.
bool digit(char c) { return c >= '0' && c <= '9'; }
bool hex_digit(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool name_part(char c) { return name_start(c) || digit(c); }
bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Longest first, so that the first that fits is the one.
constexpr std::array<std::string_view, 22> kSymbols = {"...", "**", "//", "<=", ">=", "==", "!=", "(", ")", "[", "]",
                                                       ",",   ":",  "=",  "*",  "/",  "%",  "@",  "+", "-", "<", ">"};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    for (skip_blanks(); at_ < text_.size(); skip_blanks()) {
      ROUNDOFF_TRY(Token token, next());
      tokens.push_back(token);
    }
    tokens.push_back({.kind = Token::Kind::end, .column = column_});
    return tokens;
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void skip_blanks() {
    while (at_ < text_.size() && blank(text_[at_])) advance(1);
  }

  void advance(std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) column_ += !continuation(text_[at_ + i]);
    at_ += bytes;
  }

  Token take(Token::Kind kind, std::size_t bytes) {
    Token token{.kind = kind, .text = text_.substr(at_, bytes), .column = column_};
    advance(bytes);
    return token;
  }

  Result<Token> next() {
    const char c = peek();
    if (digit(c) || (c == '.' && digit(peek(1)))) return number();
    if (name_start(c)) return name();
    if (c == '\'' || c == '"') return word(c);
    for (const std::string_view symbol : kSymbols) {
      if (text_.substr(at_).starts_with(symbol)) return take(Token::Kind::symbol, symbol.size());
    }
    return unexpected();
  }

  Error unexpected() const {
    const auto byte = static_cast<unsigned char>(peek());
    if (byte < 0x20 || byte == 0x7F)
      return error_at(column_, fmt::format("unexpected byte 0x{:02x}", byte), "an expression is printable text");
    if (byte >= 0x80) return error_at(column_, "unexpected character", "operators and names are ASCII");
    return error_at(column_, fmt::format("unexpected character '{}'", peek()),
                    "the operators are + - * / // % @ ** < <= > >= == !=");
  }

  Token name() {
    std::size_t n = 1;
    while (name_part(peek(n)) || (peek(n) == '.' && name_start(peek(n + 1)))) ++n;
    return take(Token::Kind::name, n);
  }

  Result<Token> word(char quote) {
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos)
      return error_at(column_, "a quote is opened and not closed", "close it with the same mark");
    Token token = take(Token::Kind::word, end + 1 - at_);
    token.text = token.text.substr(1, token.text.size() - 2);
    return token;
  }

  // Digits of one or the other base, with at most one point and an exponent: decimal after e, binary after p.
  Result<Token> number() {
    const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
    std::size_t n = hex ? 2 : 0;
    bool integral = true;
    const auto digits = [&] {
      while (hex ? hex_digit(peek(n)) : digit(peek(n))) ++n;
    };
    digits();
    if (peek(n) == '.') {
      integral = false;
      ++n;
      digits();
    }
    const auto marks_exponent = [hex](char c) { return hex ? c == 'p' || c == 'P' : c == 'e' || c == 'E'; };
    if (marks_exponent(peek(n))) {
      const std::size_t sign = peek(n + 1) == '+' || peek(n + 1) == '-' ? 1 : 0;
      if (digit(peek(n + 1 + sign))) {
        integral = false;
        for (n += 1 + sign; digit(peek(n));) ++n;
      }
    }
    Token token = take(Token::Kind::number, n);
    token.integral = integral;
    if (name_part(peek()) || peek() == '.') {
      return error_at(token.column, fmt::format("'{}{}' is neither a number nor a name", shortened(token.text), peek()),
                      "a product is written with *");
    }
    return read(token, hex);
  }

  static Result<Token> read(Token token, bool hex) {
    const std::string_view body = hex ? token.text.substr(2) : token.text;
    const auto [end, failure] = std::from_chars(body.data(), body.data() + body.size(), token.value,
                                                hex ? std::chars_format::hex : std::chars_format::general);
    if (failure == std::errc::result_out_of_range) {
      return error_at(token.column, fmt::format("the constant {} is beyond float64", shortened(token.text)),
                      "the limit: 0, or a magnitude from 0x1p-1074 (4.9e-324) to 0x1.fffffffffffffp+1023 (1.8e308)");
    }
    if (failure != std::errc() || end != body.data() + body.size()) {
      return error_at(token.column, fmt::format("'{}' is not a number", shortened(token.text)),
                      "such as 3, 2.5, 1e-6, 0x1.8p+1");
    }
    return token;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int column_ = 1;
};

}  // namespace

Result<std::vector<Token>> tokens_of(std::string_view text) { return Lexer(text).run(); }

Error error_at(int column, std::string what, std::string remedy) {
  return {.code = Code::usage,
          .what = std::move(what),
          .place = fmt::format("column {}", column),
          .remedy = std::move(remedy)};
}

}  // namespace roundoff
