// A tensor's elements in one span, in C order and this machine's byte order.
#pragma once

#include "io/shared/stored.h"
#include "io/tensors.h"

namespace roundoff {

class WholeTensor {
 public:
  /// The file's mapping itself where the elements lie so; else they are set aside (io/shared/spool.h), at most
  /// `most_aside` bytes of them: Code::resource beyond that.
  [[nodiscard]] static Result<WholeTensor> open(const TensorFile& file, std::size_t index, std::int64_t most_aside);

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  /// An Error where the span was not, all the while, what the file holds.
  [[nodiscard]] Status check() const { return reader_->check(); }

 private:
  std::unique_ptr<TensorReader> reader_;
  Region aside_;
  std::span<const std::byte> bytes_;
};

}  // namespace roundoff
