// From the bytes that a file stores to elements in C order and this machine's byte order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "io/mapped_file.h"
#include "io/tensors.h"

namespace roundoff {

/// A part of a mapped file.
struct Region {
  std::shared_ptr<const MappedFile> file;
  std::span<const std::byte> bytes;
  /// "FILE, byte 128"
  [[nodiscard]] std::string place(std::size_t offset) const;
};

/// Bytes that come in order only: from a decompressor, from another process.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// The next bytes, at least one and at most `most`, until the next call; empty at the end, where all is vouched for.
  [[nodiscard]] virtual Result<std::span<const std::byte>> next(std::size_t most) = 0;
  /// From the first byte again.
  [[nodiscard]] virtual Status restart() = 0;
  /// An Error where something handed out so far was not what the file holds.
  [[nodiscard]] virtual Status check() const = 0;
};

/// How the elements lie in the stored bytes.
struct StoredOrder {
  bool swapped = false;  ///< not in this machine's byte order
  bool fortran = false;  ///< first index fastest
};

/// The elements of a region, which holds exactly info.bytes.
[[nodiscard]] std::unique_ptr<TensorReader> read_region(const TensorInfo& info, Region region, StoredOrder order);

/// Elements in memory, native byte order, and whether they still are what the file holds.
struct Elements {
  std::span<const std::byte> bytes;
  std::function<Status()> check;  ///< holds what `bytes` lie in
};
/// C order of info.shape, read where neighbours along axis i are from[i] elements apart. The shape is not empty.
[[nodiscard]] std::unique_ptr<TensorReader> read_rearranged(const TensorInfo& info, Elements elements,
                                                            std::vector<std::int64_t> from);

/// The elements of a stream after its first `skip` bytes. It must give exactly info.bytes more: fewer or more are an
/// Error. Elements in Fortran order are set aside first, in memory or in a temporary file without a name.
[[nodiscard]] Result<std::unique_ptr<TensorReader>> read_stream(const TensorInfo& info,
                                                                std::unique_ptr<ByteStream> stream, std::uint64_t skip,
                                                                StoredOrder order);

/// Reverses the bytes of each number; a complex element is two.
void swap_bytes(std::span<std::byte> elements, const StoredType& type);
/// Code::input at `place` for a bool that is neither 0 nor 1. `first` is the index of the first element.
[[nodiscard]] Status check_bools(std::span<const std::byte> elements, std::int64_t first, const std::string& place);

}  // namespace roundoff
