#include "io/shared/stored.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "io/shared/spool.h"
#include "io/shared/transposition.h"

namespace roundoff {
namespace {

/// What a reader that rearranges elements holds at most, besides the file's own pages.
constexpr std::size_t kBlockBytes = std::size_t{16} << 20;
constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

/// The elements as they lie in the mapping.
class PlainReader : public TensorReader {
 public:
  PlainReader(const TensorInfo& info, Region region) : info_(info), region_(std::move(region)) {}

  Result<std::span<const std::byte>> next(std::size_t most) override {
    ROUNDOFF_CHECK(check());
    const std::size_t size = info_.type.size();
    const auto left = static_cast<std::size_t>(info_.count - at_);
    const std::size_t n = std::min(left, std::max<std::size_t>(most / size, 1));
    const auto part = region_.bytes.subspan(static_cast<std::size_t>(at_) * size, n * size);
    if (info_.type.dtype == DType::bool_) {
      ROUNDOFF_CHECK(check_bools(part, at_, info_.place));
    }
    at_ += static_cast<std::int64_t>(n);
    return part;
  }
  Status seek(std::int64_t element) override {
    at_ = element;
    return {};
  }
  [[nodiscard]] Status check() const override { return region_.file->check(); }

 private:
  TensorInfo info_;
  Region region_;
  std::int64_t at_ = 0;
};

/// A copy in native byte order, C order, of what lies otherwise in memory.
class RearrangingReader : public TensorReader {
 public:
  /// from: as in read_rearranged(); empty where the order is C's.
  RearrangingReader(const TensorInfo& info, Elements elements, std::vector<std::int64_t> from, bool swapped)
      : info_(info),
        elements_(std::move(elements)),
        rearranged_(!from.empty()),
        swapped_(swapped),
        // Without an order to change, the elements are one axis.
        order_(rearranged_ ? info.shape : Shape{info.count}, rearranged_ ? std::move(from) : Shape{1}, info.type.size(),
               rearranged_ ? kBlockBytes : kCopyBytes) {}

  Result<std::span<const std::byte>> next(std::size_t most) override {
    ROUNDOFF_CHECK(check());
    if (at_ == info_.count) return std::span<const std::byte>();
    if (at_ < begin_ || at_ >= end_) {
      ROUNDOFF_CHECK(fill());
    }
    const std::size_t size = info_.type.size();
    const std::size_t n = std::min(static_cast<std::size_t>(end_ - at_), std::max<std::size_t>(most / size, 1));
    const auto part =
        std::span<const std::byte>(block_).subspan(static_cast<std::size_t>(at_ - begin_) * size, n * size);
    at_ += static_cast<std::int64_t>(n);
    return part;
  }
  Status seek(std::int64_t element) override {
    at_ = element;
    return {};
  }
  [[nodiscard]] Status check() const override { return elements_.check(); }

 private:
  Status fill() {
    begin_ = order_.block_begin(at_);
    end_ = begin_ + order_.block_size(begin_);
    block_.resize(static_cast<std::size_t>(end_ - begin_) * info_.type.size());
    if (rearranged_) {
      order_.copy_block(elements_.bytes, begin_, block_);
    } else {
      std::memcpy(block_.data(), elements_.bytes.data() + static_cast<std::size_t>(begin_) * info_.type.size(),
                  block_.size());
    }
    if (swapped_) swap_bytes(block_, info_.type);
    return info_.type.dtype == DType::bool_ ? check_bools(block_, begin_, info_.place) : Status();
  }

  TensorInfo info_;
  Elements elements_;
  bool rearranged_, swapped_;
  Transposition order_;
  std::vector<std::byte> block_;  // elements [begin_, end_)
  std::int64_t begin_ = 0, end_ = 0, at_ = 0;
};

/// Whole elements out of a stream of bytes.
class StreamReader : public TensorReader {
 public:
  StreamReader(const TensorInfo& info, std::unique_ptr<ByteStream> stream, std::uint64_t skip, StoredOrder order)
      : info_(info), stream_(std::move(stream)), skip_(skip), to_skip_(skip), order_(order) {}

  Result<std::span<const std::byte>> next(std::size_t most) override {
    ROUNDOFF_CHECK(skip());
    const std::size_t size = info_.type.size();
    const auto left = static_cast<std::size_t>(info_.count - at_) * size;
    if (left == 0) return finish();
    const std::size_t wanted = std::min({left, std::max(most / size, std::size_t{1}) * size, kCopyBytes});
    ROUNDOFF_TRY(auto part, stream_->next(wanted));
    if (part.size() % size != 0 || order_.swapped) {
      ROUNDOFF_TRY(part, gathered(part, wanted));
    }
    if (part.empty()) return ended_early();
    if (info_.type.dtype == DType::bool_) {
      ROUNDOFF_CHECK(check_bools(part, at_, info_.place));
    }
    at_ += static_cast<std::int64_t>(part.size() / size);
    return part;
  }

  Status seek(std::int64_t element) override {
    const auto offset = static_cast<std::uint64_t>(element) * info_.type.size();
    if (element < at_) {
      ROUNDOFF_CHECK(stream_->restart());
      to_skip_ = skip_ + offset;
    } else {
      to_skip_ += offset - static_cast<std::uint64_t>(at_) * info_.type.size();
    }
    at_ = element;
    return {};
  }
  [[nodiscard]] Status check() const override { return stream_->check(); }

 private:
  Status skip() {
    while (to_skip_ > 0) {
      ROUNDOFF_TRY(const auto part,
                   stream_->next(static_cast<std::size_t>(std::min<std::uint64_t>(to_skip_, kCopyBytes))));
      if (part.empty()) return ended_early();
      to_skip_ -= part.size();
    }
    return {};
  }
  /// Copies `part` and what follows until whole elements are there, and puts their bytes in order.
  Result<std::span<const std::byte>> gathered(std::span<const std::byte> part, std::size_t wanted) {
    const std::size_t size = info_.type.size();
    block_.assign(part.begin(), part.end());
    while (block_.size() % size != 0) {
      ROUNDOFF_TRY(part, stream_->next(wanted - block_.size()));
      if (part.empty()) return ended_early();
      block_.insert(block_.end(), part.begin(), part.end());
    }
    if (order_.swapped) swap_bytes(block_, info_.type);
    return std::span<const std::byte>(block_);
  }
  Result<std::span<const std::byte>> finish() {
    ROUNDOFF_TRY(const auto more, stream_->next(1));
    if (more.empty()) return more;
    return Error{Code::input, "more data follows the array's " + std::to_string(info_.bytes) + " bytes", info_.place,
                 "save it again"};
  }
  [[nodiscard]] Error ended_early() const {
    return {Code::input, "ends before the array's " + std::to_string(info_.bytes) + " bytes", info_.place,
            "the file is cut short: copy or save it again"};
  }

  TensorInfo info_;
  std::unique_ptr<ByteStream> stream_;
  std::uint64_t skip_, to_skip_;
  StoredOrder order_;
  std::vector<std::byte> block_;
  std::int64_t at_ = 0;
};

template <class T, class F>
void swap_each(std::span<std::byte> elements, F swapped) {
  for (std::size_t i = 0; i + sizeof(T) <= elements.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, elements.data() + i, sizeof(T));
    value = swapped(value);
    std::memcpy(elements.data() + i, &value, sizeof(T));
  }
}

}  // namespace

std::string Region::place(std::size_t offset) const {
  return file->path() + ", byte " +
         std::to_string(static_cast<std::size_t>(bytes.data() - file->bytes().data()) + offset);
}

std::unique_ptr<TensorReader> read_region(const TensorInfo& info, Region region, StoredOrder order) {
  order.fortran = order.fortran && info.shape.size() > 1 && info.count > 0;
  order.swapped = order.swapped && size_of(info.type.dtype) > 1;
  if (!order.fortran && !order.swapped) return std::make_unique<PlainReader>(info, std::move(region));
  const std::span<const std::byte> bytes = region.bytes;
  return std::make_unique<RearrangingReader>(info,
                                             Elements{bytes, [file = std::move(region.file)] { return file->check(); }},
                                             order.fortran ? fortran_strides(info.shape) : Shape{}, order.swapped);
}

std::unique_ptr<TensorReader> read_rearranged(const TensorInfo& info, Elements elements,
                                              std::vector<std::int64_t> from) {
  return std::make_unique<RearrangingReader>(info, std::move(elements), std::move(from), false);
}

Result<std::unique_ptr<TensorReader>> read_stream(const TensorInfo& info, std::unique_ptr<ByteStream> stream,
                                                  std::uint64_t skip, StoredOrder order) {
  const bool fortran = order.fortran && info.shape.size() > 1 && info.count > 0;
  order.swapped = order.swapped && size_of(info.type.dtype) > 1;
  if (!fortran)
    return std::unique_ptr<TensorReader>(std::make_unique<StreamReader>(info, std::move(stream), skip, order));
  StreamReader reader(info, std::move(stream), skip, {});
  ROUNDOFF_TRY(Region region, spool(reader, info));
  return read_region(info, std::move(region), order);
}

void swap_bytes(std::span<std::byte> elements, const StoredType& type) {
  switch (size_of(type.dtype)) {
    case 2:
      return swap_each<std::uint16_t>(elements, [](std::uint16_t x) { return __builtin_bswap16(x); });
    case 4:
      return swap_each<std::uint32_t>(elements, [](std::uint32_t x) { return __builtin_bswap32(x); });
    case 8:
      return swap_each<std::uint64_t>(elements, [](std::uint64_t x) { return __builtin_bswap64(x); });
    default:
      return;
  }
}

Status check_bools(std::span<const std::byte> elements, std::int64_t first, const std::string& place) {
  const auto odd = std::find_if(elements.begin(), elements.end(), [](std::byte v) { return v > std::byte{1}; });
  if (odd == elements.end()) return {};
  return Error{Code::input, "a bool that is " + std::to_string(std::to_integer<int>(*odd)) + ", neither 0 nor 1",
               place + ", element " + std::to_string(first + (odd - elements.begin())),
               "save it as uint8, or as a == True"};
}

}  // namespace roundoff
