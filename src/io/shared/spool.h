// Elements set aside so that they can be read in another order: in memory while they are few, else in a temporary file
// that has no name and is gone with the process.
#pragma once

#include "io/shared/stored.h"

namespace roundoff {

/// All of the reader's elements, as they come. Code::resource where there is no room for them in $TMPDIR (or /tmp).
[[nodiscard]] Result<Region> spool(TensorReader& reader, const TensorInfo& info);

}  // namespace roundoff
