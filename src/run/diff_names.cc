// What tensors are called on the other side, and how their axes lie there.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <regex>

#include "base/text.h"
#include "io/file.h"
#include "run/diff.h"

namespace roundoff {
namespace {

constexpr std::uint64_t kMostMapBytes = 16U << 20;

/// A glob as a regular expression that captures what each * and ? stand for.
std::string regex_of(std::string_view glob) {
  std::string out;
  for (const char c : glob) {
    if (c == '*') {
      out += "(.*)";
    } else if (c == '?') {
      out += "(.)";
    } else {
      if (std::string_view("\\^$.|+()[]{}/").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

/// $1, $2, … for each * and ? of a glob's replacement.
std::string replacement_of(std::string_view glob) {
  std::string out;
  int wildcard = 0;
  for (const char c : glob) {
    if (c == '*' || c == '?') {
      out += '$' + std::to_string(++wildcard);
    } else {
      out += c == '$' ? "$$" : std::string(1, c);
    }
  }
  return out;
}

bool is_regex(std::string_view text) { return text.size() >= 2 && text.starts_with('/') && text.ends_with('/'); }

Result<NameRule> rule_of(std::string_view line, const std::string& place) {
  std::size_t at = line.find("->"), skip = 2;
  if (at == std::string_view::npos) {
    at = line.find_first_of(" \t");
    skip = 1;
  }
  const Error error{Code::input, "is no rule 'FROM -> TO'", place, "one rule a line, comments after '#'"};
  if (at == std::string_view::npos) return error;
  NameRule rule{std::string(trimmed(line.substr(0, at))), std::string(trimmed(line.substr(at + skip)))};
  if (rule.from.empty() || rule.to.empty()) return error;
  const auto wildcards = [](const std::string& text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return c == '*' || c == '?'; });
  };
  if (!is_regex(rule.from) && wildcards(rule.from) < wildcards(rule.to)) {
    return Error{Code::input, "'" + rule.to + "' has more wildcards than '" + rule.from + "'", place,
                 "each * on the right stands for the text of its * on the left"};
  }
  return rule;
}

}  // namespace

Result<std::vector<NameRule>> read_name_map(const std::string& path) {
  ROUNDOFF_TRY(const InputFile file, InputFile::open(path));
  if (file.size() > kMostMapBytes)
    return Error{Code::input, fmt::format("the file has {} bytes", file.size()), path, "a map has at most 16 MiB"};
  std::string text(file.size(), '\0');
  ROUNDOFF_CHECK(file.read_at(0, std::as_writable_bytes(std::span(text))));
  std::vector<NameRule> rules;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++number;
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    ROUNDOFF_TRY(NameRule rule, rule_of(line, path + ":" + std::to_string(number)));
    ROUNDOFF_TRY(const std::string tried, renamed({rule}, ""));  // an expression that cannot be read is known now
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<std::string> renamed(const std::vector<NameRule>& rules, const std::string& name) {
  for (const NameRule& rule : rules) {
    const bool regex = is_regex(rule.from);
    try {
      const std::regex from(regex ? rule.from.substr(1, rule.from.size() - 2) : regex_of(rule.from));
      std::smatch match;
      if (!std::regex_match(name, match, from)) continue;
      return match.format(regex ? rule.to : replacement_of(rule.to));
    } catch (const std::regex_error& error) {
      return Error{Code::input, "'" + rule.from + "' cannot be matched: " + error.what(), "--map",
                   "write an ECMAScript regular expression between slashes"};
    }
  }
  return name;
}

Result<std::vector<std::size_t>> axes_of_layout(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view from = text.substr(0, colon),
                         to = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  std::vector<std::size_t> axes;
  bool good = !from.empty() && from.size() == to.size();
  for (std::size_t i = 0; good && i < to.size(); ++i) {
    const std::size_t at = from.find(to[i]);
    good = at != std::string_view::npos && from.find(to[i], at + 1) == std::string_view::npos;
    axes.push_back(at);
  }
  std::vector<std::size_t> sorted = axes;
  std::ranges::sort(sorted);
  if (good && std::ranges::adjacent_find(sorted) == sorted.end()) return axes;
  return Error{Code::usage, "'" + std::string(text) + "' is no pair of layouts", "--layout",
               "the same letters on both sides, each once: NHWC:NCHW"};
}

Result<std::vector<std::size_t>> axes_of_list(std::string_view text) {
  std::vector<std::size_t> axes;
  bool good = true;
  for (std::size_t at = 0; good && at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    std::size_t axis = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + comma, axis);
    good = read.ec == std::errc() && read.ptr == text.data() + comma;
    axes.push_back(axis);
    at = comma + 1;
  }
  std::vector<std::size_t> sorted = axes;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) good = good && sorted[i] == i;
  if (good) return axes;
  return Error{Code::usage, "'" + std::string(text) + "' is no order of axes", "--transpose",
               "each axis of a once, from 0: --transpose 0,3,1,2"};
}

}  // namespace roundoff
