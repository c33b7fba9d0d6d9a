#include "report/shared/markdown.h"

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

}  // namespace roundoff::views
