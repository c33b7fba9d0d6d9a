// The JSON header of a safetensors file: one object, its members tensors, and "__metadata__".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/tensors.h"

namespace roundoff {

struct SafetensorsEntry {
  TensorInfo info;
  std::uint64_t begin = 0, end = 0;  ///< data_offsets, not yet held against the file
};

/// Code::input, with the byte or the tensor and field, for what is no such header: other JSON, a name or a field twice,
/// text that is not UTF-8, a dtype that is not read, more than 2^18 tensors. `path` is the file, for errors.
[[nodiscard]] Result<std::vector<SafetensorsEntry>> parse_safetensors_header(std::string_view text,
                                                                             const std::string& path);

}  // namespace roundoff
