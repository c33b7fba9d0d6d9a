// A place in the tokens of an expression.
#pragma once

#include <string_view>
#include <vector>

#include "graph/lexer.h"

namespace roundoff {

class Cursor {
 public:
  explicit Cursor(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  [[nodiscard]] const Token& now() const { return tokens_[at_]; }
  [[nodiscard]] const Token& after() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
  [[nodiscard]] int column() const { return now().column; }
  [[nodiscard]] bool at(std::string_view symbol) const { return is(now(), symbol); }
  [[nodiscard]] bool before(std::string_view symbol) const { return is(after(), symbol); }
  /// The token here, and a step on; the end stays where it is.
  Token take() { return now().kind == Token::Kind::end ? now() : tokens_[at_++]; }
  bool take_if(std::string_view symbol);
  /// Takes the symbol, or says that it is wanted.
  Status expect(std::string_view symbol, std::string_view why);
  /// Takes a comma unless `close` stands here: what comes between the items of a list.
  Status separator(std::string_view close);
  /// The Error about the token here, whatever it is.
  [[nodiscard]] Error unexpected(std::string_view wanted) const;

 private:
  [[nodiscard]] static bool is(const Token& token, std::string_view symbol) {
    return token.kind == Token::Kind::symbol && token.text == symbol;
  }
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

/// Whether the name is a word of Python's grammar that means nothing here.
[[nodiscard]] bool is_python_word(std::string_view name);

}  // namespace roundoff
