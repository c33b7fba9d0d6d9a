// What somebody meant who wrote a name that is not an op.
#pragma once

#include <string>
#include <string_view>

namespace roundoff {

/// "did you mean asin?" for "np.arcsin" or "asim"; where nothing is near, the way to the list of ops.
[[nodiscard]] std::string suggest_op(std::string_view name);

/// At most 40 bytes of what the user wrote, fit for a message.
[[nodiscard]] std::string shortened(std::string_view text);

}  // namespace roundoff
