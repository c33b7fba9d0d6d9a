// What a zip archive holds and where, read so strictly that everything agrees: the records at its end, the central
// directory, each member's own header, and that no two members share a byte. Source: APPNOTE.TXT 6.3.10.
// (libzip tells no offsets: neither could overlaps be seen nor a stored member be read in place.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/shared/stored.h"

namespace roundoff {

struct ZipMember {
  std::string name;  ///< UTF-8, relative, without ".."
  bool deflated = false;
  std::uint32_t crc = 0;
  std::uint64_t size = 0;  ///< when inflated; of a stored member its bytes
  Region data;
  std::string place;  ///< "FILE, member 'NAME'"
};

/// The members in the directory's order, without folders. Code::input for whatever is damaged, ambiguous, encrypted,
/// in another method than stored and deflated, or inflates beyond all measure.
[[nodiscard]] Result<std::vector<ZipMember>> read_zip_directory(const std::shared_ptr<const MappedFile>& file);

/// The member's bytes in order. Its end is an Error where their number or checksum is another than stated.
[[nodiscard]] std::unique_ptr<ByteStream> stream_member(const ZipMember& member);

}  // namespace roundoff
