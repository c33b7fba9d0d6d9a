// Where an array lies in the bytes of a .npy file, which may be a file or a member of an archive.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "io/shared/stored.h"

namespace roundoff {

struct NpyPlan {
  TensorInfo info;
  StoredOrder order;
  std::uint64_t data_begin = 0;
};

/// Plans from the file's beginning. `size` is all of its bytes; `read` answers its first n bytes, or all of a shorter
/// file. `place` is what errors call it.
[[nodiscard]] Result<NpyPlan> plan_npy(std::string name, const std::string& place, std::uint64_t size,
                                       const std::function<Result<std::string>(std::size_t n)>& read,
                                       const OpenOptions& options);

}  // namespace roundoff
