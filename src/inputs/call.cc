#include "inputs/call.h"

#include <utility>

#include "base/text.h"
#include "inputs/values.h"

namespace roundoff {
namespace {

constexpr std::size_t kMostText = 8192;

Error failed(std::size_t column, std::string what, std::string remedy) {
  return {Code::usage, std::move(what), "column " + std::to_string(column), std::move(remedy)};
}

struct Written {
  std::string_view keyword;  // empty: positional
  std::string_view text;
  std::size_t column;
};

/// Splits the text between the outer parentheses at its commas.
class Splitter {
 public:
  Splitter(std::string_view text, std::size_t column) : text_(text), column_(column) {}

  Result<std::string_view> name() {
    const std::size_t open = text_.find('(');
    const std::string_view name = trimmed(text_.substr(0, open));
    if (open == std::string_view::npos || !is_identifier(name)) {
      return failed(column_, "neither a generator call nor a .npy file",
                    "write NAME(…), such as uniform(0, 1, shape=1000, seed=1), or a path that ends in .npy");
    }
    at_ = open + 1;
    return name;
  }

  Result<std::vector<Written>> arguments() {
    std::vector<Written> all;
    for (;;) {
      space();
      const std::size_t begin = at_;
      ROUNDOFF_CHECK(skip_value());
      const std::string_view value = text_.substr(begin, at_ - begin);
      const bool last = text_[at_] == ')';
      if (!value.empty()) {
        all.push_back(split_keyword(value, column_ + begin));
      } else if (!last) {
        return failed(column_ + begin, "an argument is missing", "remove the comma or write a value");
      }
      ++at_;
      if (last) break;
    }
    space();
    if (at_ != text_.size()) return failed(column(), "text after the call", "end the call with its parenthesis");
    return all;
  }

 private:
  [[nodiscard]] std::size_t column() const { return column_ + at_; }
  void space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  /// Up to the next comma or the call's end, past whatever stands in brackets or quotes.
  Status skip_value() {
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\'' || c == '"') {
        const std::size_t end = text_.find(c, at_ + 1);
        if (end == std::string_view::npos) return failed(column(), "a string without an end", "close the quote");
        at_ = end;
      } else if (c == '(' || c == '[') {
        ++depth;
      } else if ((c == ',' || c == ')') && depth == 0) {
        return {};
      } else if (c == ')' || c == ']') {
        --depth;
      }
    }
    return failed(column(), "the call has no end", "close the parenthesis");
  }

  static Written split_keyword(std::string_view value, std::size_t column) {
    const std::size_t equals = value.find('=');
    const std::string_view keyword = trimmed(value.substr(0, equals));
    if (equals == std::string_view::npos || !is_identifier(keyword)) return {{}, value, column};
    return {keyword, value.substr(equals + 1), column};
  }

  std::string_view text_;
  std::size_t column_;
  std::size_t at_ = 0;
};

template <class T>
std::string suggestion(std::string_view word, const std::vector<T>& all) {
  std::vector<std::string> names;
  for (const T& one : all) names.push_back(one.name);
  const auto near = nearest(word, names);
  return near.empty() ? "use " + either(names) : "did you mean " + either(near) + "?";
}

Status bind_one(const Generator& generator, const Written& written, std::size_t position, Call& call) {
  const Parameter* parameter = nullptr;
  if (written.keyword.empty()) {
    if (position >= generator.parameters.size()) {
      return failed(written.column,
                    generator.name + " takes at most " + std::to_string(generator.parameters.size()) + " arguments",
                    "leave the rest out");
    }
    parameter = &generator.parameters[position];
  } else {
    for (const Parameter& p : generator.parameters) {
      if (p.name == written.keyword) parameter = &p;
    }
    if (parameter == nullptr) {
      return failed(written.column,
                    generator.name + " has no argument '" + std::string(written.keyword.substr(0, 60)) + "'",
                    suggestion(written.keyword, generator.parameters));
    }
  }
  if (call.arguments.has(parameter->name))
    return failed(written.column, parameter->name + " is given twice", "give it once");
  auto value = parse_value(*parameter, generator.dtypes, written.text);
  if (!value.ok()) return failed(written.column, value.error().what, value.error().remedy);
  call.arguments.set(parameter->name, std::move(value).value());
  return {};
}

Status bind_missing(const Generator& generator, std::size_t column, Call& call) {
  for (const Parameter& parameter : generator.parameters) {
    if (call.arguments.has(parameter.name) || parameter.optional) continue;
    if (!parameter.fallback) {
      return failed(
          column, generator.name + " lacks " + parameter.name,
          parameter.kind == ArgumentKind::shape ? "add shape=1000 or shape=(2,3)" : "add " + parameter.name + "=…");
    }
    ROUNDOFF_TRY(auto value, parse_value(parameter, generator.dtypes, *parameter.fallback));
    call.arguments.set(parameter.name, std::move(value));
  }
  return {};
}

}  // namespace

Result<Call> parse_call(std::string_view text, std::size_t column) {
  if (text.size() > kMostText) {
    return failed(column,
                  "a call of " + std::to_string(text.size()) + " characters; the limit is " + std::to_string(kMostText),
                  "shorten it, or save the array as a .npy file");
  }
  Splitter splitter(text, column);
  ROUNDOFF_TRY(const std::string_view name, splitter.name());
  Call call;
  for (const Generator& generator : all_generators()) {
    if (generator.name == name) call.generator = &generator;
  }
  if (call.generator == nullptr) {
    return failed(column, "no generator is called '" + std::string(name.substr(0, 60)) + "'",
                  suggestion(name, all_generators()));
  }
  ROUNDOFF_TRY(const std::vector<Written> arguments, splitter.arguments());
  std::size_t positional = 0;
  for (const Written& written : arguments) {
    if (written.keyword.empty() && &written != &arguments[positional]) {
      return failed(written.column, "a positional argument after a keyword one", "write it as NAME=VALUE");
    }
    ROUNDOFF_CHECK(bind_one(*call.generator, written, positional, call));
    if (written.keyword.empty()) ++positional;
  }
  if (call.generator->arrange) call.generator->arrange(call.arguments, positional);
  ROUNDOFF_CHECK(bind_missing(*call.generator, column, call));
  return call;
}

std::string spelled(const Call& call) {
  std::string text;
  bool positional = true;
  for (const Parameter& parameter : call.generator->parameters) {
    positional = positional && call.arguments.has(parameter.name) &&
                 (parameter.kind == ArgumentKind::number || parameter.kind == ArgumentKind::text);
    if (!call.arguments.has(parameter.name)) continue;
    if (!text.empty()) text += ",";
    if (!positional) text += parameter.name + "=";
    text += written(call.arguments.value(parameter.name), parameter.kind);
  }
  return call.generator->name + "(" + text + ")";
}

}  // namespace roundoff
