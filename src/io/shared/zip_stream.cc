// A member's bytes: as stored, or inflated by zlib; the checksum is libdeflate's, at the speed of memory.
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "io/shared/zip_directory.h"

namespace roundoff {
namespace {

Error damaged(const ZipMember& member, std::uint64_t at, const std::string& what) {
  return {Code::input, what, member.place + ", byte " + std::to_string(at),
          "the archive is damaged: copy or pack it again"};
}

/// Keeps count of what was handed out, and judges it at the end.
class Tally {
 public:
  void add(std::span<const std::byte> part) {
    crc_ = libdeflate_crc32(crc_, part.data(), part.size());
    size_ += part.size();
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Status judge(const ZipMember& member) const {
    if (crc_ == member.crc) return {};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "its CRC-32 is %08x, and %08x is stated", crc_, member.crc);
    return damaged(member, size_, text.data());
  }

 private:
  std::uint32_t crc_ = 0;
  std::uint64_t size_ = 0;
};

class StoredStream : public ByteStream {
 public:
  explicit StoredStream(ZipMember member) : member_(std::move(member)) {}

  Result<std::span<const std::byte>> next(std::size_t most) override {
    const auto left = member_.data.bytes.subspan(tally_.size());
    const auto part = left.first(std::min(most, left.size()));
    tally_.add(part);
    ROUNDOFF_CHECK(check());  // first: what was lost spoils the checksum as well
    if (part.empty()) {
      ROUNDOFF_CHECK(tally_.judge(member_));
    }
    return part;
  }
  Status restart() override {
    tally_ = {};
    return {};
  }
  [[nodiscard]] Status check() const override { return member_.data.file->check(); }

 private:
  ZipMember member_;
  Tally tally_;
};

class InflatingStream : public ByteStream {
 public:
  explicit InflatingStream(ZipMember member) : member_(std::move(member)), buffer_(kBuffer) {}
  ~InflatingStream() override { inflateEnd(&zlib_); }
  InflatingStream(const InflatingStream&) = delete;
  InflatingStream& operator=(const InflatingStream&) = delete;

  Result<std::span<const std::byte>> next(std::size_t most) override {
    if (!begun_) {
      ROUNDOFF_CHECK(begin());
    }
    std::size_t made = 0;
    const std::size_t wanted = std::min(most, buffer_.size());
    while (made < wanted && !ended_) {
      ROUNDOFF_TRY(const std::size_t more, inflate_into(std::span(buffer_).subspan(made, wanted - made)));
      made += more;
    }
    const auto part = std::span<const std::byte>(buffer_).first(made);
    tally_.add(part);
    if (tally_.size() > member_.size || (part.empty() && tally_.size() < member_.size)) {
      return damaged(member_, tally_.size(),
                     "inflates to another size than the stated " + std::to_string(member_.size));
    }
    ROUNDOFF_CHECK(check());
    if (part.empty()) {
      ROUNDOFF_CHECK(tally_.judge(member_));
    }
    return part;
  }
  Status restart() override {
    begun_ = false;
    return {};
  }
  [[nodiscard]] Status check() const override { return member_.data.file->check(); }

 private:
  static constexpr std::size_t kBuffer = std::size_t{256} << 10;

  Status begin() {
    inflateEnd(&zlib_);
    zlib_ = {};
    tally_ = {};
    consumed_ = 0;
    ended_ = false;
    if (inflateInit2(&zlib_, -MAX_WBITS) != Z_OK) {
      return Error{Code::resource, "no memory to inflate", member_.place, "free some memory and try again"};
    }
    begun_ = true;
    return {};
  }

  Result<std::size_t> inflate_into(std::span<std::byte> to) {
    const auto left = member_.data.bytes.subspan(consumed_);
    const auto in = static_cast<uInt>(std::min<std::size_t>(left.size(), std::numeric_limits<uInt>::max()));
    zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(left.data()));  // zlib does not write there
    zlib_.avail_in = in;
    zlib_.next_out = reinterpret_cast<Bytef*>(to.data());
    zlib_.avail_out = static_cast<uInt>(to.size());
    const int code = inflate(&zlib_, Z_NO_FLUSH);
    consumed_ += in - zlib_.avail_in;
    const std::size_t made = to.size() - zlib_.avail_out;
    ended_ = code == Z_STREAM_END;
    ROUNDOFF_CHECK(check());
    if (ended_ && consumed_ != member_.data.bytes.size()) {
      return damaged(member_, tally_.size() + made, "the deflated data ends before its stated size");
    }
    if (code != Z_OK && code != Z_STREAM_END) {
      const char* what = code == Z_BUF_ERROR ? "the deflated data ends too early" : zlib_.msg;
      return damaged(member_, tally_.size() + made, std::string("cannot be inflated: ") + (what ? what : "damaged"));
    }
    return made;
  }

  ZipMember member_;
  std::vector<std::byte> buffer_;
  z_stream zlib_{};
  Tally tally_;
  std::size_t consumed_ = 0;
  bool begun_ = false, ended_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> stream_member(const ZipMember& member) {
  if (member.deflated) return std::make_unique<InflatingStream>(member);
  return std::make_unique<StoredStream>(member);
}

}  // namespace roundoff
