// Small text helpers shared by every room.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roundoff {

/// The candidates nearest to `word` by edit distance, best first, at most `most`; none beyond a third of the word's
/// length (at least 2).
[[nodiscard]] std::vector<std::string> nearest(std::string_view word, std::span<const std::string> candidates,
                                               std::size_t most = 3);
/// The text without spaces at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// Whether it is an ASCII letter or underscore, then letters, digits and underscores.
[[nodiscard]] bool is_identifier(std::string_view text);
/// "a, b or c"; "" where empty.
[[nodiscard]] std::string either(std::span<const std::string> words);
/// 1234567 -> "1,234,567".
[[nodiscard]] std::string grouped(std::int64_t n);
/// Bytes of the UTF-8 character at the front of the text; 0 where there is no valid one.
[[nodiscard]] std::size_t utf8_length(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);
/// One line of valid UTF-8 without control characters, at most `most` bytes: what may be shown and stored of a
/// stranger's text.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most = 400);
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace roundoff
