// Regular files, read at offsets and written whole: a reader never meets a half-written file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "roundoff/result.h"

namespace roundoff {

/// A regular file open for reading. Directories, pipes and devices are refused, without ever blocking on them.
class InputFile {
 public:
  [[nodiscard]] static Result<InputFile> open(const std::string& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  [[nodiscard]] std::uint64_t size() const { return size_; }  ///< as it was when opened
  /// Fills `to` from `offset` on; an Error where the file ends before that.
  [[nodiscard]] Status read_at(std::uint64_t offset, std::span<std::byte> to) const;
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// An Error where the file is no longer as it was when opened.
  [[nodiscard]] Status check_unchanged() const;

 private:
  InputFile() = default;
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::int64_t modified_seconds_ = 0, modified_nanoseconds_ = 0;
};

/// Writes the pieces to `path`: aside, synced, renamed. What stood there before is whole until the new file is.
[[nodiscard]] Status write_file(const std::string& path, std::initializer_list<std::span<const std::byte>> pieces);

}  // namespace roundoff
