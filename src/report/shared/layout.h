// Text in columns of a terminal: wrapping and tables. Widths count characters, not bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roundoff::views {

/// Characters of UTF-8 text, each taken as one column.
[[nodiscard]] std::size_t columns(std::string_view text);
/// `text` on the left of a field.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);
/// Lines of at most `width` columns, broken at spaces; a longer word is broken where it must be.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// Rows under headings. The first column stands left and may be long: it then takes a line of its own. The others stand
/// right and take what they need, with their headings over two lines where that makes room.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] std::vector<std::string> lines(std::size_t width) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace roundoff::views
