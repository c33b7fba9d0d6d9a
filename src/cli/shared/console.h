// Where text goes: data to standard output, progress to standard error.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "roundoff/result.h"

namespace roundoff {

/// Writes to standard output. Code::resource where it cannot be written (a full disk, a closed pipe).
[[nodiscard]] Status print(std::string_view text);

/// A line on standard error.
void say(std::string_view line);

/// Whether standard output takes colours: a terminal, and neither NO_COLOR nor TERM=dumb.
[[nodiscard]] bool colours_wanted();

/// Columns of the terminal on standard output, 40 to 120; 80 where there is none, or a narrower one.
[[nodiscard]] std::size_t terminal_width();

/// Text broken at blanks into lines of at most `width`; before those after the first, `indent` blanks more.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace roundoff
