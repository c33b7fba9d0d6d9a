// Characters to tokens: the first half of reading an expression.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "roundoff/result.h"

namespace roundoff {

struct Token {
  enum class Kind { number, name, word, symbol, end };
  Kind kind = Kind::end;
  std::string_view text =
      {};                 ///< as written; a word (quoted string) without its quotes; a name may be dotted: "np.exp"
  int column = 1;         ///< 1-based, in characters
  double value = 0;       ///< of a number: the nearest float64
  bool integral = false;  ///< of a number: written as an integer
};

/// The tokens of `text`, closed by one of Kind::end. They point into `text`.
[[nodiscard]] Result<std::vector<Token>> tokens_of(std::string_view text);

/// An Error of Code::usage at a column of the expression.
[[nodiscard]] Error error_at(int column, std::string what, std::string remedy);

}  // namespace roundoff
