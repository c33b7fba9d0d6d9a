// The header of a .npy file: its preamble, and the Python literal after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/tensors.h"

namespace roundoff {

inline constexpr std::size_t kNpyPreamble = 12;  ///< magic, version and the longer form of the length

/// Where the header's text lies.
struct NpyText {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

struct NpyHeader {
  StoredType type;
  bool swapped = false;  ///< the bytes of an element are not in this machine's order
  bool fortran_order = false;
  Shape shape;
  std::int64_t count = 0;
};

/// `first` is the file's beginning, kNpyPreamble bytes or all of a shorter file.
[[nodiscard]] Result<NpyText> parse_npy_preamble(std::span<const std::byte> first, std::uint64_t file_size,
                                                 const std::string& name);
/// `begin` is the offset of the text in the file. `as` is what voids are, which have no other dtype in .npy: bfloat16
/// (also of uint16) or an 8-bit float.
[[nodiscard]] Result<NpyHeader> parse_npy_header(std::string_view text, std::uint64_t begin, const std::string& name,
                                                 std::optional<DType> as);

}  // namespace roundoff
