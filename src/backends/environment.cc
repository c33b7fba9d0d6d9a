#include "backends/environment.h"

#include <array>

namespace roundoff {

Result<std::filesystem::path> workers_directory() {
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::array candidates{program / "../share/roundoff/workers",
                              std::filesystem::path(ROUNDOFF_SOURCE_DIR) / "workers"};
  for (const auto& directory : candidates) {
    if (std::filesystem::exists(directory / "worker.py", ignored)) return directory.lexically_normal();
  }
  return Error{Code::resource, "worker.py is not there", candidates.back().string(),
               "reinstall, or build in the source checkout"};
}

}  // namespace roundoff
