// The header of a .npy file: its preamble, and the Python literal after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "roundoff/array.h"

namespace roundoff {

inline constexpr std::size_t kNpyPreamble = 12;  ///< magic, version and the longer form of the length

/// Where the header's text lies.
struct NpyText {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

struct NpyHeader {
  DType dtype = DType::float32;
  bool swapped = false;  ///< the bytes of an element are not in this machine's order
  bool fortran_order = false;
  Shape shape;
  std::int64_t count = 0;
};

/// `first` is the file's beginning, kNpyPreamble bytes or all of a shorter file.
[[nodiscard]] Result<NpyText> parse_npy_preamble(std::span<const std::byte> first, std::uint64_t file_size,
                                                 const std::string& name);
/// `begin` is the offset of the text in the file.
[[nodiscard]] Result<NpyHeader> parse_npy_header(std::string_view text, std::uint64_t begin, const std::string& name,
                                                 std::optional<DType> as);

}  // namespace roundoff
