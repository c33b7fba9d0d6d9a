// The machine that this process runs on.
#pragma once

#include <string>

namespace roundoff {

/// "AMD EPYC 9B14"
[[nodiscard]] std::string processor_name();

}  // namespace roundoff
