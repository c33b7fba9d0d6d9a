// Backends by name: what a name means with these environments, and what there is.
#pragma once

#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/environment.h"
#include "roundoff/report.h"

namespace roundoff {

/// A backend that can be run.
struct Resolved {
  BackendName name;  ///< with its environment; the mode is as asked, empty meaning the usual one
  std::string
      label;  ///< the shortest name that means the same: without the environment where it is the framework's first
  const NativeLibrary* native = nullptr;  ///< nullptr: a worker's
};

struct Selection {
  std::vector<Resolved> backends;  ///< in the order asked for, none twice
  std::vector<Skipped> skipped;    ///< known, and not here
};

/// What the names mean. Code::usage for an unknown framework, environment or library, with the near ones.
[[nodiscard]] Result<Selection> resolve(const std::vector<BackendName>& names,
                                        const std::vector<Environment>& environments);

/// Every native library, and for every environment each framework that it serves.
[[nodiscard]] Selection default_selection(const std::vector<Environment>& environments);

}  // namespace roundoff
