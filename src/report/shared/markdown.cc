#include "report/shared/markdown.h"

#include <fmt/format.h>

#include "report/shared/summary.h"

namespace roundoff::views {

std::string plain(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*_{}[]<>#|~";
  std::string out;
  for (const char c : clean(text)) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string block(const std::vector<std::string>& lines, std::string_view language) {
  std::string inside;
  for (const std::string& line : lines) inside += clean(line) + "\n";
  std::string fence = "```";
  while (inside.find(fence) != std::string::npos) fence += '`';
  return fmt::format("{}{}\n{}{}\n\n", fence, language, inside, fence);
}

}  // namespace roundoff::views
