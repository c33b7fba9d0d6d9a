#include "backends/frames.h"

#include <fmt/format.h>

namespace roundoff {
namespace {

constexpr std::size_t kHeader = 4;

}  // namespace

Result<std::string> to_frame(std::string_view payload) {
  if (payload.size() > kFrameLimit) {
    return Error{Code::usage,
                 fmt::format("the request takes {} bytes and a frame holds {}", payload.size(), kFrameLimit), "",
                 "split the expression"};
  }
  std::string frame;
  frame.reserve(kHeader + payload.size());
  for (std::size_t i = 0; i < kHeader; ++i) frame += static_cast<char>(payload.size() >> (8 * i) & 0xFF);
  return frame.append(payload);
}

Result<std::optional<std::string>> FrameReader::take() {
  if (buffer_.size() < kHeader) return std::optional<std::string>{};
  std::size_t length = 0;
  for (std::size_t i = 0; i < kHeader; ++i) length |= std::size_t{static_cast<unsigned char>(buffer_[i])} << (8 * i);
  if (length > kFrameLimit) {
    return Error{Code::worker, fmt::format("sent a frame of {} bytes; the limit is {}", length, kFrameLimit), "", ""};
  }
  if (buffer_.size() < kHeader + length) return std::optional<std::string>{};
  std::string frame = buffer_.substr(kHeader, length);
  buffer_.erase(0, kHeader + length);
  return std::optional(std::move(frame));
}

std::string_view last_line(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t end = text.find_last_not_of(kSpace);
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace roundoff
