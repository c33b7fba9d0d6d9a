#include "io/shared/zip_directory.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace roundoff {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
constexpr std::size_t kMostComment = 65535;
constexpr std::uint64_t kMostMembers = 1'000'000;
constexpr std::uint32_t kAbsent = 0xffffffff;  // the true value is in the zip64 field
constexpr std::uint16_t kEncrypted = 1U << 0, kDescriptor = 1U << 3, kStrong = 1U << 6, kMasked = 1U << 13;

// Zeros deflate at 1030 : 1, so honest archives pass any smaller limit while they are small. 42.zip and its kin do not.
constexpr std::uint64_t kMostRatio = 500, kRatioMatters = std::uint64_t{1} << 30;

constexpr const char* kPackAgain = "the archive is damaged or made to deceive: pack it again";

/// Little-endian fields of a part of the file; whoever asks has checked that they are there.
class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::uint64_t number(std::size_t at, std::size_t size) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint64_t>(bytes_[at + i]) << (8 * i);
    return value;
  }
  [[nodiscard]] std::uint16_t u16(std::size_t at) const { return static_cast<std::uint16_t>(number(at, 2)); }
  [[nodiscard]] std::uint32_t u32(std::size_t at) const { return static_cast<std::uint32_t>(number(at, 4)); }
  [[nodiscard]] std::uint64_t u64(std::size_t at) const { return number(at, 8); }
  [[nodiscard]] Bytes part(std::size_t at, std::size_t size) const { return Bytes(bytes_.subspan(at, size)); }
  [[nodiscard]] std::string text(std::size_t at, std::size_t size) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + at, size};
  }
  /// Whether `size` bytes are there from `at` on.
  [[nodiscard]] bool has(std::uint64_t at, std::uint64_t size) const {
    return at <= bytes_.size() && size <= bytes_.size() - at;
  }

 private:
  std::span<const std::byte> bytes_;
};

/// What a header, central or local, says of a member.
struct Header {
  std::uint16_t flags = 0, method = 0;
  std::uint32_t crc = 0;
  std::uint64_t stored = 0, size = 0, offset = 0;
  std::string name;
};

class Directory {
 public:
  explicit Directory(const std::shared_ptr<const MappedFile>& file) : file_(file), bytes_(file->bytes()) {}

  Result<std::vector<ZipMember>> read() {
    ROUNDOFF_CHECK(find());
    std::vector<ZipMember> members;
    std::set<std::string, std::less<>> names;
    std::uint64_t at = begin_;
    for (std::uint64_t i = 0; i < count_; ++i) {
      ROUNDOFF_TRY(const Header header, central(at));
      if (!names.insert(header.name).second) return failed(at, "two members are called " + shown(header.name));
      ROUNDOFF_TRY(ZipMember member, located(header, at));
      if (!header.name.ends_with('/')) {
        members.push_back(std::move(member));
      } else if (member.size != 0) {
        return failed(at, "the folder " + shown(header.name) + " holds data");
      }
      at += record_size(at);
    }
    if (at != end_) return failed(at, "the directory holds more than its " + std::to_string(count_) + " members");
    ROUNDOFF_CHECK(check_overlaps());
    ROUNDOFF_CHECK(check_ratio(members));
    ROUNDOFF_CHECK(file_->check());
    return members;
  }

 private:
  [[nodiscard]] Error failed(std::uint64_t at, const std::string& what, const char* remedy = kPackAgain) const {
    return {Code::input, what, file_->path() + ", byte " + std::to_string(at), remedy};
  }
  [[nodiscard]] static std::string shown(std::string_view name) { return "'" + printable(name, 100) + "'"; }

  /// Finds the directory: its begin_, end_ and count_.
  Status find() {
    const std::size_t size = bytes_.size();
    std::optional<std::size_t> end;
    for (std::size_t back = kEndSize; back <= std::min(size, kEndSize + kMostComment) && !end; ++back) {
      if (bytes_.u32(size - back) == kEnd && bytes_.u16(size - back + 20) == back - kEndSize) end = size - back;
    }
    if (!end) {
      return Error{Code::input, "has no end-of-archive record that ends where the file does",
                   file_->path() + ", byte " + std::to_string(size),
                   "the archive is cut short, or data was added behind it: copy or pack it again"};
    }
    const Bytes record = bytes_.part(*end, kEndSize);
    if (record.u16(4) != 0 || record.u16(6) != 0) return failed(*end, "is a part of a split archive");
    std::uint64_t records = record.u16(8), bytes = record.u32(12), begin = record.u32(16);
    count_ = record.u16(10);
    end_ = *end;
    if (*end >= kLocatorSize && bytes_.u32(*end - kLocatorSize) == kLocator64) {
      ROUNDOFF_TRY(const std::uint64_t at, find64(*end - kLocatorSize));
      const Bytes wide = bytes_.part(at, kEnd64Size);
      // A field of the short record either says the same or leaves it to the long one.
      const bool agree = (count_ == 0xffff || count_ == wide.u64(32)) && (bytes == kAbsent || bytes == wide.u64(40)) &&
                         (begin == kAbsent || begin == wide.u64(48));
      if (!agree) return failed(at, "the two end-of-archive records disagree");
      records = wide.u64(24);
      count_ = wide.u64(32);
      bytes = wide.u64(40);
      begin = wide.u64(48);
      end_ = at;
    }
    if (records != count_) return failed(*end, "is a part of a split archive");
    if (count_ > kMostMembers) {
      return failed(*end, "states " + std::to_string(count_) + " members; the limit is " + std::to_string(kMostMembers),
                    "pack fewer into one archive");
    }
    if (begin > end_ || bytes != end_ - begin) {
      return failed(*end, "the directory is stated to be " + std::to_string(bytes) + " bytes at " +
                              std::to_string(begin) + ", but should end at " + std::to_string(end_));
    }
    begin_ = begin;
    return {};
  }

  /// The zip64 end record that the locator names; it stands right before the locator.
  Result<std::uint64_t> find64(std::size_t locator) const {
    const std::uint64_t at = bytes_.u64(locator + 8);
    if (bytes_.u32(locator + 4) != 0 || bytes_.u32(locator + 16) > 1)
      return failed(locator, "is a part of a split archive");
    if (at > locator || locator - at < kEnd64Size || bytes_.u32(at) != kEnd64 ||
        bytes_.u64(at + 4) != locator - at - 12) {
      return failed(locator, "names no zip64 end-of-archive record");
    }
    return at;
  }

  /// Takes the true values of fields that are left to the zip64 extra field, which holds exactly those in this order.
  Status widen(Header& header, const Bytes& extra, std::uint64_t at, bool has_offset) const {
    const bool wide[] = {header.size == kAbsent, header.stored == kAbsent, has_offset && header.offset == kAbsent};
    std::uint64_t* const values[] = {&header.size, &header.stored, &header.offset};
    bool found = false;
    for (std::size_t i = 0; i < extra.size();) {
      if (!extra.has(i, 4) || !extra.has(i + 4, extra.u16(i + 2)))
        return failed(at, "an extra field is longer than its record");
      const std::size_t length = extra.u16(i + 2);
      if (extra.u16(i) == 1) {
        if (found) return failed(at, "two zip64 fields in one record");
        found = true;
        std::size_t from = 0;
        for (std::size_t v = 0; v < 3; ++v) {
          if (!wide[v]) continue;
          if (from + 8 > length) return failed(at, "the zip64 field lacks a size that is left to it");
          *values[v] = extra.u64(i + 4 + from);
          from += 8;
        }
      }
      i += 4 + length;
    }
    if (!found && (wide[0] || wide[1] || wide[2]))
      return failed(at, "a size is left to a zip64 field that is not there");
    return {};
  }

  [[nodiscard]] std::uint64_t record_size(std::uint64_t at) const {
    return kCentralSize + bytes_.u16(at + 28) + bytes_.u16(at + 30) + bytes_.u16(at + 32);
  }

  Result<Header> central(std::uint64_t at) const {
    if (at > end_ || end_ - at < kCentralSize || end_ - at < record_size(at) || bytes_.u32(at) != kCentral) {
      return failed(at, "the directory holds fewer than its " + std::to_string(count_) + " members");
    }
    Header header{.flags = bytes_.u16(at + 8),
                  .method = bytes_.u16(at + 10),
                  .crc = bytes_.u32(at + 16),
                  .stored = bytes_.u32(at + 20),
                  .size = bytes_.u32(at + 24),
                  .offset = bytes_.u32(at + 42),
                  .name = bytes_.text(at + kCentralSize, bytes_.u16(at + 28))};
    if (bytes_.u16(at + 34) != 0) return failed(at, "is a part of a split archive");
    ROUNDOFF_CHECK(widen(header, bytes_.part(at + kCentralSize + header.name.size(), bytes_.u16(at + 30)), at, true));
    ROUNDOFF_CHECK(check_name(header.name, at + kCentralSize));
    if ((header.flags & (kEncrypted | kStrong | kMasked)) != 0) {
      return failed(at, "member " + shown(header.name) + " is encrypted", "unpack it with its password first");
    }
    if (header.method != 0 && header.method != 8) {
      return failed(at, "member " + shown(header.name) + " is packed by method " + std::to_string(header.method),
                    "pack it stored or deflated: numpy.savez or numpy.savez_compressed");
    }
    if (header.method == 0 && header.stored != header.size) {
      return failed(at, "member " + shown(header.name) + " is stored, with two sizes");
    }
    return header;
  }

  Status check_name(const std::string& name, std::uint64_t at) const {
    const std::string what = "member " + shown(name) + ": its name ";
    if (name.empty()) return failed(at, "a member has no name");
    if (name.find('\0') != std::string::npos) return failed(at, what + "holds a NUL");
    if (!is_utf8(name)) return failed(at, what + "is not UTF-8");
    if (name.front() == '/' || name.find('\\') != std::string::npos || (name.size() > 1 && name[1] == ':')) {
      return failed(at, what + "is no relative path");
    }
    if (("/" + name + "/").find("/../") != std::string::npos) return failed(at, what + "leaves the archive");
    return {};
  }

  /// The member's data, once its own header has been found to say the same as the directory.
  Result<ZipMember> located(const Header& header, std::uint64_t at) {
    const std::uint64_t offset = header.offset;
    const std::string member = "member " + shown(header.name);
    if (offset >= begin_ || begin_ - offset < kLocalSize || bytes_.u32(offset) != kLocal) {
      return failed(at + 42, member + ": no header where the directory says");
    }
    const std::uint64_t name_size = bytes_.u16(offset + 26), extra_size = bytes_.u16(offset + 28);
    const std::uint64_t data = offset + kLocalSize + name_size + extra_size;
    if (data > begin_ || header.stored > begin_ - data) {
      return failed(offset,
                    member + ": its " + std::to_string(header.stored) + " bytes pass the directory's beginning");
    }
    Header local{.flags = bytes_.u16(offset + 6),
                 .method = bytes_.u16(offset + 8),
                 .crc = bytes_.u32(offset + 14),
                 .stored = bytes_.u32(offset + 18),
                 .size = bytes_.u32(offset + 22),
                 .offset = 0,
                 .name = bytes_.text(offset + kLocalSize, name_size)};
    ROUNDOFF_CHECK(widen(local, bytes_.part(offset + kLocalSize + name_size, extra_size), offset, false));
    const bool later = (local.flags & kDescriptor) != 0;  // sizes and checksum follow the data, zeros stand here
    const auto same = [&](std::uint64_t mine, std::uint64_t theirs) { return mine == theirs || (later && mine == 0); };
    const char* odd = local.name != header.name            ? "name"
                      : local.method != header.method      ? "method"
                      : local.flags != header.flags        ? "flags"
                      : !same(local.crc, header.crc)       ? "checksum"
                      : !same(local.stored, header.stored) ? "stored size"
                      : !same(local.size, header.size)     ? "size"
                                                           : nullptr;
    if (odd != nullptr) return failed(offset, member + ": its own header and the directory disagree on its " + odd);
    ranges_.emplace_back(offset, data + header.stored);
    return ZipMember{.name = header.name,
                     .deflated = header.method != 0,
                     .crc = header.crc,
                     .size = header.size,
                     .data = {file_, file_->bytes().subspan(data, header.stored)},
                     .place = file_->path() + ", " + member};
  }

  Status check_overlaps() {
    std::sort(ranges_.begin(), ranges_.end());
    for (std::size_t i = 1; i < ranges_.size(); ++i) {
      if (ranges_[i].first < ranges_[i - 1].second) return failed(ranges_[i].first, "two members share these bytes");
    }
    return {};
  }

  Status check_ratio(const std::vector<ZipMember>& members) const {
    std::uint64_t stored = 0, size = 0;
    for (const ZipMember& member : members) {
      if (!member.deflated) continue;
      stored += member.data.bytes.size();
      if (member.size > UINT64_MAX - size) return failed(begin_, "states sizes whose sum passes 2^64");
      size += member.size;
    }
    if (size <= kRatioMatters || size / kMostRatio <= stored) return {};
    return failed(begin_,
                  std::to_string(stored) + " bytes are stated to inflate to " + std::to_string(size) +
                      "; the limit beyond 1 GiB is " + std::to_string(kMostRatio) + " times",
                  "if it is meant, pack it without compression: numpy.savez");
  }

  std::shared_ptr<const MappedFile> file_;
  Bytes bytes_;
  std::uint64_t begin_ = 0, end_ = 0, count_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;  // of each member, from its header to its data's end
};

}  // namespace

Result<std::vector<ZipMember>> read_zip_directory(const std::shared_ptr<const MappedFile>& file) {
  return Directory(file).read();
}

}  // namespace roundoff
