#include "backends/frames.h"

#include <fmt/format.h>

#include <array>

namespace roundoff {
namespace {

constexpr std::size_t kHeader = 4;

// Length in bytes of the UTF-8 character at the front of the text, 0 where there is no valid one (Unicode 15, table
// 3-7).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i, unsigned lo = 0x80, unsigned hi = 0xBF) {
    return byte(i) >= lo && byte(i) <= hi;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    return follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    return follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  return first < 0x20 || first == 0x7F || (first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0);
}

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

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    if (out.size() + character.size() > most) return out + "…";
    if (length == 0) {
      out += '?';
    } else if (is_control(character)) {
      out += ' ';
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

std::string_view last_line(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t end = text.find_last_not_of(kSpace);
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace roundoff
