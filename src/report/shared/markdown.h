// Markdown's own characters.
#pragma once

#include <string>
#include <string_view>

namespace roundoff::views {

/// Text that GitHub shows as it is, in a table too.
[[nodiscard]] std::string plain(std::string_view text);

}  // namespace roundoff::views
