// The requests `tensors` and `read` of docs/protocol.md: files of tensors that only their framework reads.
#pragma once

#include <string>
#include <vector>

#include "backends/exchange.h"
#include "io/tensors.h"

namespace roundoff {

/// A file and who reads it.
struct FrameworkFile {
  BackendName backend;
  std::string path;
};

/// What a file holds; infos have the file's path in their place.
struct TensorListing {
  std::vector<TensorInfo> infos;
  std::vector<std::string> notes;
};

/// Lists all tensors of a file, a page at a time.
class ListExchange : public Exchange {
 public:
  explicit ListExchange(FrameworkFile file) : file_(std::move(file)) {}
  [[nodiscard]] Result<std::string> begin(std::int64_t id, Arena& arena) override;
  [[nodiscard]] Result<std::optional<std::string>> next(const Message& reply, std::int64_t id, Arena& arena) override;
  TensorListing listing;

 private:
  [[nodiscard]] std::string request(std::int64_t id) const;
  FrameworkFile file_;
};

/// Some neighbouring elements of one tensor.
struct ElementRange {
  std::size_t tensor = 0;
  std::size_t element_size = 1;
  std::int64_t first = 0;
  std::int64_t most = 1;  ///< at least one and at most so many are read
};

class ReadExchange : public Exchange {
 public:
  ReadExchange(FrameworkFile file, ElementRange range) : file_(std::move(file)), range_(range) {}
  [[nodiscard]] Result<std::string> begin(std::int64_t id, Arena& arena) override;
  [[nodiscard]] Result<std::optional<std::string>> next(const Message& reply, std::int64_t id, Arena& arena) override;
  std::vector<std::byte> bytes;

 private:
  FrameworkFile file_;
  ElementRange range_;
};

}  // namespace roundoff
