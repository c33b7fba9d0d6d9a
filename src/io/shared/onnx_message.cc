#include "io/shared/onnx_message.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "base/text.h"

namespace roundoff {
namespace {

using google::protobuf::io::CodedInputStream;

enum Wire : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroup = 3, kEndGroup = 4, kFixed32 = 5 };

/// TensorProto's fields by number.
enum Field : int {
  kDims = 1,
  kDataType = 2,
  kSegment = 3,
  kFloatData = 4,
  kInt32Data = 5,
  kStringData = 6,
  kInt64Data = 7,
  kName = 8,
  kRawData = 9,
  kDoubleData = 10,
  kUint64Data = 11,
  kDocString = 12,
  kExternalData = 13,
  kDataLocation = 14,
  kMetadata = 16
};

constexpr std::size_t kMostDimensions = 64, kMostText = 4096, kMostEntries = 64;
constexpr const char* kSaveAgain = "save it again: onnx.save_tensor(onnx.numpy_helper.from_array(a), path)";

/// The stream of a message. Whoever makes it has checked that the message is shorter than 2^31 bytes.
CodedInputStream coded(std::span<const std::byte> message) {
  return CodedInputStream(reinterpret_cast<const std::uint8_t*>(message.data()), static_cast<int>(message.size()));
}

bool is_typed(int field) {
  return field == kFloatData || field == kInt32Data || field == kInt64Data || field == kDoubleData ||
         field == kUint64Data;
}

/// The wire type of one number of a repeated field; a packed one is kBytes.
Wire wire_of_number(int field) { return field == kFloatData ? kFixed32 : field == kDoubleData ? kFixed64 : kVarint; }

class MessageReader {
 public:
  explicit MessageReader(const Region& message) : message_(message), in_(coded(message.bytes)) {}

  Result<OnnxMessage> read() {
    while (true) {
      const auto at = static_cast<std::size_t>(in_.CurrentPosition());
      const std::uint32_t tag = in_.ReadTag();
      if (tag == 0) {
        if (!in_.ConsumedEntireMessage() || at != message_.bytes.size()) return failed(at, "is no field's tag");
        break;
      }
      ROUNDOFF_CHECK(field(static_cast<int>(tag >> 3), tag & 7U, at));
    }
    if (const int places = (out_.raw_data ? 1 : 0) + (out_.typed_field != 0 ? 1 : 0) + (out_.external ? 1 : 0);
        places > 1) {
      return failed(0, "holds elements in more than one place (raw_data, typed data, external data)");
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] Error failed(std::size_t at, const std::string& what) const {
    return {Code::input, what, message_.place(at), kSaveAgain};
  }
  [[nodiscard]] Error cut(std::size_t at) const { return failed(at, "a field passes the end of the file"); }

  Status field(int number, std::uint32_t wire, std::size_t at) {
    switch (number) {
      case kDims:
        return dims(wire, at);
      case kDataType:
        if (wire != kVarint) return other_wire(number, at);
        return once(seen_type_, "data_type", at, [&] { return varint(at, out_.data_type); });
      case kName:
        if (wire != kBytes) return other_wire(number, at);
        return once(seen_name_, "name", at, [&] { return text(at, out_.name); });
      case kRawData:
        if (wire != kBytes) return other_wire(number, at);
        return once(seen_raw_, "raw_data", at, [&]() -> Status {
          ROUNDOFF_TRY(const auto bytes, taken(at));
          out_.raw_data = Region{message_.file, bytes};
          return {};
        });
      case kDataLocation:
        if (wire != kVarint) return other_wire(number, at);
        return once(seen_location_, "data_location", at, [&]() -> Status {
          std::int32_t location = 0;
          ROUNDOFF_CHECK(varint(at, location));
          out_.external = location == 1;
          return location == 0 || location == 1 ? Status()
                                                : failed(at, "data_location is neither DEFAULT nor EXTERNAL");
        });
      case kExternalData:
        if (wire != kBytes) return other_wire(number, at);
        return entry(at);
      case kSegment:
        return failed(at, "is a segment of a tensor; only whole ones are read");
      case kStringData:
        return failed(at, "holds text; only numbers are read");
      default:
        if (is_typed(number)) return typed(number, wire, at);
        return skip(wire, at);
    }
  }

  template <class F>
  Status once(bool& seen, const char* name, std::size_t at, F read) {
    if (std::exchange(seen, true)) return failed(at, std::string("the field ") + name + " stands there twice");
    return read();
  }
  [[nodiscard]] Status other_wire(int number, std::size_t at) const {
    return failed(at, "field " + std::to_string(number) + " is of another type than in a TensorProto");
  }

  template <class T>
  Status varint(std::size_t at, T& value) {
    std::uint64_t read = 0;
    if (!in_.ReadVarint64(&read)) return cut(at);
    value = static_cast<T>(read);
    return static_cast<std::uint64_t>(value) == read ? Status() : failed(at, "a number beyond its type");
  }

  /// The bytes of a length-delimited field.
  Result<std::span<const std::byte>> taken(std::size_t at) {
    int size = 0;
    if (!in_.ReadVarintSizeAsInt(&size)) return cut(at);
    const auto begin = static_cast<std::size_t>(in_.CurrentPosition());
    if (!in_.Skip(size)) return cut(at);
    return message_.bytes.subspan(begin, static_cast<std::size_t>(size));
  }
  Status text(std::size_t at, std::string& value) {
    ROUNDOFF_TRY(const auto bytes, taken(at));
    if (bytes.size() > kMostText) {
      return failed(at,
                    "a text of " + std::to_string(bytes.size()) + " bytes; the limit is " + std::to_string(kMostText));
    }
    value.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return is_utf8(value) ? Status() : failed(at, "a text that is not UTF-8");
  }

  Status dims(std::uint32_t wire, std::size_t at) {
    if (wire == kVarint) return dim(in_, at);
    if (wire != kBytes) return other_wire(kDims, at);
    ROUNDOFF_TRY(const auto bytes, taken(at));
    CodedInputStream packed = coded(bytes);
    while (packed.CurrentPosition() < static_cast<int>(bytes.size())) {
      ROUNDOFF_CHECK(dim(packed, at));
    }
    return {};
  }
  Status dim(CodedInputStream& in, std::size_t at) {
    std::uint64_t value = 0;
    if (!in.ReadVarint64(&value)) return cut(at);
    if (out_.dims.size() == kMostDimensions) return failed(at, "more than 64 dims");
    out_.dims.push_back(static_cast<std::int64_t>(value));
    return out_.dims.back() < 0 ? failed(at, "dims: a size is negative") : Status();
  }

  Status entry(std::size_t at) {
    ROUNDOFF_TRY(const auto bytes, taken(at));
    MessageReader inner({message_.file, bytes});
    std::string key, value;
    while (const std::uint32_t tag = inner.in_.ReadTag()) {
      if (tag != (1U << 3 | kBytes) && tag != (2U << 3 | kBytes))
        return failed(at, "external_data is no pair of texts");
      ROUNDOFF_CHECK(inner.text(0, tag >> 3 == 1 ? key : value));
    }
    if (!inner.in_.ConsumedEntireMessage()) return failed(at, "external_data is no pair of texts");
    if (out_.external_data.size() == kMostEntries) return failed(at, "more than 64 entries of external_data");
    if (!out_.external_data.emplace(key, value).second) {
      return failed(at, "external_data has '" + printable(key, 40) + "' twice");
    }
    return {};
  }

  Status typed(int number, std::uint32_t wire, std::size_t at) {
    if (out_.typed_field != 0 && out_.typed_field != number) return failed(at, "holds elements in two typed fields");
    out_.typed_field = number;
    if (wire != kBytes && wire != wire_of_number(number)) return other_wire(number, at);
    return skip(wire, at);
  }

  Status skip(std::uint32_t wire, std::size_t at) {
    std::uint64_t value = 0;
    std::uint32_t word = 0;
    switch (wire) {
      case kVarint:
        return in_.ReadVarint64(&value) ? Status() : cut(at);
      case kFixed64:
        return in_.ReadLittleEndian64(&value) ? Status() : cut(at);
      case kFixed32:
        return in_.ReadLittleEndian32(&word) ? Status() : cut(at);
      case kBytes: {
        ROUNDOFF_TRY(const auto bytes, taken(at));
        (void)bytes;
        return {};
      }
      default:  // groups could nest without a limit, and ONNX has none
        return failed(at, "is of wire type " + std::to_string(wire) + ", which no field of a TensorProto is");
    }
  }

  Region message_;
  CodedInputStream in_;
  OnnxMessage out_;
  bool seen_type_ = false, seen_name_ = false, seen_raw_ = false, seen_location_ = false;
};

class TypedStream : public ByteStream {
 public:
  TypedStream(Region message, TypedField field, std::string place)
      : message_(std::move(message)), field_(field), place_(std::move(place)) {}

  Result<std::span<const std::byte>> next(std::size_t most) override {
    if (!in_) {
      in_ = std::make_unique<CodedInputStream>(reinterpret_cast<const std::uint8_t*>(message_.bytes.data()),
                                               static_cast<int>(message_.bytes.size()));
    }
    const std::size_t size = size_of(field_.type.dtype);
    const std::size_t n = std::max<std::size_t>(std::min(most, buffer_.size()) / size, 1);
    std::size_t made = 0;
    for (; made < n; ++made) {
      ROUNDOFF_TRY(const bool more, find_number());
      if (!more) break;
      ROUNDOFF_CHECK(convert(std::span(buffer_).subspan(made * size, size)));
    }
    ROUNDOFF_CHECK(check());
    return std::span<const std::byte>(buffer_).first(made * size);
  }
  Status restart() override {
    in_.reset();
    packed_end_ = 0;
    return {};
  }
  [[nodiscard]] Status check() const override { return message_.file->check(); }

 private:
  [[nodiscard]] Error failed(const std::string& what) const {
    return {Code::input, what, place_ + ", byte " + std::to_string(in_->CurrentPosition()), kSaveAgain};
  }

  /// Goes to the next number of the field; false at the message's end.
  Result<bool> find_number() {
    while (in_->CurrentPosition() >= packed_end_) {
      if (in_->CurrentPosition() == static_cast<int>(message_.bytes.size())) return false;
      const std::uint32_t tag = in_->ReadTag();
      const bool packed = (tag & 7U) == kBytes, ours = static_cast<int>(tag >> 3) == field_.field;
      if (ours && !packed) return true;
      int size = 0;
      std::uint64_t value = 0;
      const bool good = packed                   ? in_->ReadVarintSizeAsInt(&size) && (ours || in_->Skip(size))
                        : (tag & 7U) == kVarint  ? in_->ReadVarint64(&value)
                        : (tag & 7U) == kFixed64 ? in_->Skip(8)
                                                 : (tag & 7U) == kFixed32 && in_->Skip(4);
      if (!good) return failed("is not what it was when it was opened");
      if (ours) packed_end_ = in_->CurrentPosition() + size;
    }
    return true;
  }

  Status convert(std::span<std::byte> to) {
    const int begin = in_->CurrentPosition();
    std::uint64_t value = 0;
    std::uint32_t word = 0;
    const Wire wire = wire_of_number(field_.field);
    const bool good = wire == kVarint    ? in_->ReadVarint64(&value)
                      : wire == kFixed64 ? in_->ReadLittleEndian64(&value)
                                         : in_->ReadLittleEndian32(&word);
    if (!good) return failed("a number passes the end of the file");
    if (begin < packed_end_ && in_->CurrentPosition() > packed_end_)
      return failed("a number passes the end of its field");
    if (wire == kFixed32) value = word;
    if (wire == kVarint && !fits(value)) return failed("a number beyond " + std::string(name_of(field_.type.dtype)));
    for (std::size_t i = 0; i < to.size(); ++i) {
      const std::size_t place = std::endian::native == std::endian::little ? i : to.size() - 1 - i;
      to[place] = static_cast<std::byte>(value >> (8 * i));
    }
    return {};
  }

  /// Whether a varint is a value of the elements' type: signed ones sign-extended to 64 bits, floats their bits.
  [[nodiscard]] bool fits(std::uint64_t value) const {
    const DType dtype = field_.type.dtype;
    const bool is_signed = dtype >= DType::int8 && dtype <= DType::int64;
    const std::size_t bits = 8 * size_of(dtype);
    if (bits == 64) return true;
    if (!is_signed) return value >> bits == 0;
    const auto number = static_cast<std::int64_t>(value);
    return number >> (bits - 1) == 0 || number >> (bits - 1) == -1;
  }

  Region message_;
  TypedField field_;
  std::string place_;
  std::unique_ptr<CodedInputStream> in_;
  int packed_end_ = 0;  // of the packed field that is being read
  std::array<std::byte, 65536> buffer_{};
};

}  // namespace

Result<OnnxMessage> parse_onnx_message(const Region& message) { return MessageReader(message).read(); }

TypedField typed_field_of(const StoredType& type) {
  switch (type.dtype) {
    case DType::float32:
      return {kFloatData, type};
    case DType::float64:
      return {kDoubleData, type};
    case DType::int64:
      return {kInt64Data, type};
    case DType::uint32:
    case DType::uint64:
      return {kUint64Data, type};
    default:
      return {kInt32Data, type};
  }
}

std::unique_ptr<ByteStream> stream_typed_field(Region message, TypedField field, std::string place) {
  return std::make_unique<TypedStream>(std::move(message), field, std::move(place));
}

}  // namespace roundoff
