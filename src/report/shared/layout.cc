#include "report/shared/layout.h"

#include <algorithm>

namespace roundoff::views {
namespace {

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// Bytes of the first `count` characters.
std::size_t bytes_of(std::string_view text, std::size_t count) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins_character(text[i]) && seen++ == count) return i;
  }
  return text.size();
}

/// Headings of several words over two lines: what stands before their last space above the rest.
std::vector<std::vector<std::string>> stacked(const std::vector<std::string>& headings) {
  std::vector<std::string> above, below;
  for (const std::string& heading : headings) {
    const std::size_t space = heading.rfind(' ');
    const bool two = space != std::string::npos && !above.empty();
    above.push_back(two ? heading.substr(0, space) : "");
    below.push_back(two ? heading.substr(space + 1) : heading);
  }
  return {above, below};
}

}  // namespace

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t own = columns(text);
  return std::string(text) + std::string(own < width ? width - own : 0, ' ');
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  const auto finish = [&] {
    while (line.ends_with(' ')) line.pop_back();
    lines.push_back(std::move(line));
    line.clear();
  };
  while (!text.empty()) {
    // A word and the spaces behind it, which a line may end without.
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::size_t next = std::min(text.find_first_not_of(' ', end), text.size());
    std::string_view word = text.substr(0, end);
    const std::string_view gap = text.substr(end, next - end);
    text.remove_prefix(next);
    if (!line.empty() && columns(line) + columns(word) > width) finish();
    while (columns(word) > width) {
      const std::size_t cut = bytes_of(word, width);
      line = word.substr(0, cut);
      word.remove_prefix(cut);
      finish();
    }
    line += word;
    line += gap;
  }
  if (!line.empty() || lines.empty()) finish();
  return lines;
}

std::vector<std::string> Table::lines(std::size_t width) const {
  constexpr std::size_t kGap = 2;
  std::vector<std::vector<std::string>> heads{headings_};
  std::vector<std::size_t> widths;
  std::size_t room = 0;
  const auto measure = [&] {
    widths.assign(headings_.size(), 0);
    const auto widen = [&widths](const std::vector<std::string>& row) {
      for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], columns(row[c]));
    };
    std::for_each(heads.begin(), heads.end(), widen);
    std::for_each(rows_.begin(), rows_.end(), widen);
    std::size_t figures = 0;
    for (std::size_t c = 1; c < widths.size(); ++c) figures += kGap + widths[c];
    room = width > figures ? width - figures : 0;
    return widths[0] <= room;
  };
  if (!measure()) {
    heads = stacked(headings_);
    measure();
  }
  const std::size_t first = std::min(widths[0], room);
  std::vector<std::string> out;
  const auto add = [&](const std::vector<std::string>& row) {
    std::string line = padded(row[0], first);
    if (columns(row[0]) > first) {
      for (std::string& part : wrapped(row[0], width)) out.push_back(std::move(part));
      line = std::string(first, ' ');
    }
    for (std::size_t c = 1; c < row.size(); ++c) {
      line += std::string(kGap + widths[c] - columns(row[c]), ' ') + row[c];
    }
    while (line.ends_with(' ')) line.pop_back();
    out.push_back(std::move(line));
  };
  for (const auto& row : heads) add(row);
  for (const auto& row : rows_) add(row);
  return out;
}

}  // namespace roundoff::views
