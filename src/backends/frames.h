// Bytes from a process that may do anything: frames off a pipe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "roundoff/result.h"

namespace roundoff {

inline constexpr std::size_t kFrameLimit = 16U << 20;

/// A payload with its length before it. Code::usage where it is longer than a frame may be.
[[nodiscard]] Result<std::string> to_frame(std::string_view payload);

/// Cuts a stream of bytes into frames.
class FrameReader {
 public:
  /// Where the bytes are to be appended.
  [[nodiscard]] std::string& buffer() { return buffer_; }
  [[nodiscard]] bool empty() const { return buffer_.empty(); }
  /// The next whole frame; nullopt until it is there; an Error where a length is beyond the limit: the stream is then
  /// lost.
  [[nodiscard]] Result<std::optional<std::string>> take();

 private:
  std::string buffer_;
};

/// The last line that holds anything; "" where there is none.
[[nodiscard]] std::string_view last_line(std::string_view text);

}  // namespace roundoff
