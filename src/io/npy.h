// NumPy's .npy files, versions 1.0 to 3.0. A header is read as a literal, never evaluated; nothing is allocated before
// the sizes in the header agree with the size of the file.
// Source of the format: numpy.lib.format, NEP 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "roundoff/array.h"

namespace roundoff {

/// The largest array that is read from a file or generated.
inline constexpr std::int64_t kMostArrayBytes = std::int64_t{8} << 30;
inline constexpr std::int64_t kMostArrayElements = std::int64_t{1} << 31;

/// The file's array in C order and native bytes. bool, integers of 8 to 64 bits, float16, float32, float64, either byte
/// order, C or Fortran order. .npy has no name for bfloat16: with `as` = bfloat16 two-byte voids (as ml_dtypes
/// writes them) and uint16 are taken for its bits. Any other `as` must be the file's own dtype.
[[nodiscard]] Result<Array> read_npy(const std::string& path, std::optional<DType> as = std::nullopt);
/// The same from memory; `name` is what errors call it.
[[nodiscard]] Result<Array> read_npy(std::span<const std::byte> bytes, const std::string& name,
                                     std::optional<DType> as = std::nullopt);

/// Writes version 1.0: aside, synced, renamed. bfloat16 is written as '<V2'.
[[nodiscard]] Status write_npy(const std::string& path, const Array& array);
/// What stands before the data: magic, version, length, header, padded to 64 bytes.
[[nodiscard]] std::string npy_preamble(DType dtype, const Shape& shape);

}  // namespace roundoff
