// Zip archives as no packer would write them: each field can be given another value.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace roundoff::testing {

struct ZipPart {
  std::string name, data;  ///< data as it is stored
  std::uint16_t method = 0, flags = 0;
  std::optional<std::uint32_t> crc = {}, size = {};  ///< of the data itself, unless given
  std::optional<std::uint32_t> offset = {};          ///< of the local header in the directory
  std::string local_name = {};                       ///< "" for the same as in the directory
  std::optional<std::uint32_t> local_size = {};
};

class ZipWriter {
 public:
  std::string comment, before_end;
  std::optional<std::uint16_t> count = {};
  std::optional<std::uint32_t> directory_begin = {};

  [[nodiscard]] std::string write(const std::vector<ZipPart>& parts) const {
    std::string file, directory;
    for (const ZipPart& part : parts) {
      const auto begin = static_cast<std::uint32_t>(file.size());
      const std::string& local = part.local_name.empty() ? part.name : part.local_name;
      const auto stored = static_cast<std::uint32_t>(part.data.size());
      const std::uint32_t size = part.size.value_or(stored);
      const auto crc = part.crc.value_or(static_cast<std::uint32_t>(
          crc32(0, reinterpret_cast<const Bytef*>(part.data.data()), static_cast<uInt>(part.data.size()))));
      file += "PK\x03\x04" + number(20, 2) + number(part.flags, 2) + number(part.method, 2) + number(0, 4) +
              number(crc, 4) + number(stored, 4) + number(part.local_size.value_or(size), 4) + number(local.size(), 2) +
              number(0, 2) + local + part.data;
      directory += "PK\x01\x02" + number(20, 2) + number(20, 2) + number(part.flags, 2) + number(part.method, 2) +
                   number(0, 4) + number(crc, 4) + number(stored, 4) + number(size, 4) + number(part.name.size(), 2) +
                   number(0, 12) + number(part.offset.value_or(begin), 4) + part.name;
    }
    const auto begin = static_cast<std::uint32_t>(file.size());
    return file + directory + before_end + "PK\x05\x06" + number(0, 4) + number(count.value_or(parts.size()), 2) +
           number(count.value_or(parts.size()), 2) + number(directory.size(), 4) +
           number(directory_begin.value_or(begin), 4) + number(comment.size(), 2) + comment;
  }

  [[nodiscard]] static std::string number(std::uint64_t value, std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(i < 8 ? value >> (8 * i) & 0xff : 0);
    return text;
  }

  /// Raw deflate data.
  [[nodiscard]] static std::string deflated(const std::string& text) {
    z_stream z{};
    deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&z, text.size()), '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, Z_FINISH);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
  }
};

}  // namespace roundoff::testing
