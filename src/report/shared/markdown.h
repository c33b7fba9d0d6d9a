// Markdown's own characters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace roundoff::views {

/// Text that GitHub shows as it is, in a table too.
[[nodiscard]] std::string plain(std::string_view text);
/// Lines of code, and an empty line. The fence is longer than any run of backticks inside.
[[nodiscard]] std::string block(const std::vector<std::string>& lines, std::string_view language = {});

}  // namespace roundoff::views
