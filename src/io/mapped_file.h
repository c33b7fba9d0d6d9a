// A file in memory, read-only, that may be cut short by others while it is read: a page that is no longer there reads
// as zeros, and check() says so. Reading it is never a fault that ends the process.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "io/file.h"

namespace roundoff {

/// Pages are exchanged in a handler of SIGBUS, which is there while any MappedFile is; signals that are not about one
/// go to the handler that was there before. Any number of threads may read.
class MappedFile {
 public:
  /// Code::input for what is no regular file, Code::resource where it cannot be mapped.
  [[nodiscard]] static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }
  /// An Error, with the byte, where a page was lost; and where the file is no longer as it was when opened.
  [[nodiscard]] Status check() const;
  /// Asks the system to have these bytes in memory, which is faster in one call than page by page.
  void expect(std::span<const std::byte> part) const;

 private:
  MappedFile(std::string path, InputFile file) : path_(std::move(path)), file_(std::move(file)) {}
  std::string path_;
  InputFile file_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  int slot_ = -1;
};

}  // namespace roundoff
