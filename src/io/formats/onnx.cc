// ONNX's TensorProto, as in the input_*.pb and output_*.pb of its test data; external data beside it.
#include <bit>
#include <charconv>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "io/shared/onnx_message.h"

namespace roundoff::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostMessage = (std::size_t{1} << 31) - 1;  // protobuf's own limit
constexpr const char* kSaveAgain = "save it again: onnx.save_tensor(onnx.numpy_helper.from_array(a), path)";

Result<StoredType> type_of(std::int32_t data_type, const std::string& path) {
  switch (data_type) {
    case 1:
      return StoredType{DType::float32};
    case 2:
      return StoredType{DType::uint8};
    case 3:
      return StoredType{DType::int8};
    case 4:
      return StoredType{DType::uint16};
    case 5:
      return StoredType{DType::int16};
    case 6:
      return StoredType{DType::int32};
    case 7:
      return StoredType{DType::int64};
    case 9:
      return StoredType{DType::bool_};
    case 10:
      return StoredType{DType::float16};
    case 11:
      return StoredType{DType::float64};
    case 12:
      return StoredType{DType::uint32};
    case 13:
      return StoredType{DType::uint64};
    case 14:
      return StoredType{DType::float32, true};
    case 15:
      return StoredType{DType::float64, true};
    case 16:
      return StoredType{DType::bfloat16};
    case 17:
      return StoredType{DType::float8_e4m3fn};
    case 19:
      return StoredType{DType::float8_e5m2};
    default:
      return Error{Code::input, "data_type " + std::to_string(data_type) + " is none that is read",
                   path + ", field 'data_type'",
                   "save it as bool, an integer of 8 to 64 bits, a float of 8 (E4M3FN, E5M2) to 64 bits, or complex"};
  }
}

Error external_failed(const std::string& path, const std::string& what) {
  return {Code::input, what, path + ", field 'external_data'",
          "keep the data in a regular file in the tensor's own folder, named by a relative path"};
}

/// The file that `location` names below the tensor's folder. No step of the way may be a link or lead up.
Result<std::string> external_path(const std::string& path, const std::string& location) {
  const std::string shown = "'" + printable(location, 200) + "'";
  const fs::path relative(location);
  if (location.empty() || location.find('\0') != std::string::npos) return external_failed(path, "names no file");
  if (relative.is_absolute() || location.find('\\') != std::string::npos) {
    return external_failed(path, "location " + shown + " is no relative path");
  }
  fs::path at = fs::path(path).parent_path();
  for (const fs::path& step : relative) {
    if (step == "..") return external_failed(path, "location " + shown + " leaves the folder");
    at /= step;
    std::error_code code;
    if (fs::is_symlink(fs::symlink_status(at, code))) {
      return external_failed(path, "location " + shown + " leads over a link");
    }
  }
  return at.string();
}

/// A count of bytes in external_data; `otherwise` where the key is not there.
Result<std::uint64_t> bytes_in(const OnnxMessage& message, const std::string& key, std::uint64_t otherwise,
                               const std::string& path) {
  const auto found = message.external_data.find(key);
  if (found == message.external_data.end()) return otherwise;
  const std::string& text = found->second;
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return external_failed(path, key + " '" + printable(text, 40) + "' is no count of bytes");
  }
  return value;
}

Result<Region> external_region(const OnnxMessage& message, const std::string& path) {
  const auto location = message.external_data.find("location");
  if (location == message.external_data.end()) return external_failed(path, "has no location");
  ROUNDOFF_TRY(const std::string where, external_path(path, location->second));
  ROUNDOFF_TRY(const auto file, MappedFile::open(where));
  const std::uint64_t size = file->bytes().size();
  ROUNDOFF_TRY(const std::uint64_t offset, bytes_in(message, "offset", 0, path));
  if (offset > size) {
    return external_failed(
        path, "offset " + std::to_string(offset) + " is beyond the " + std::to_string(size) + " bytes of " + where);
  }
  ROUNDOFF_TRY(const std::uint64_t length, bytes_in(message, "length", size - offset, path));
  if (length > size - offset) {
    return external_failed(path, "offset " + std::to_string(offset) + " and length " + std::to_string(length) +
                                     " pass the " + std::to_string(size) + " bytes of " + where);
  }
  return Region{file, file->bytes().subspan(offset, length)};
}

class OnnxTensor : public TensorFile {
 public:
  OnnxTensor(TensorInfo info, Region message, std::optional<Region> raw)
      : info_(std::move(info)), message_(std::move(message)), raw_(std::move(raw)) {}
  [[nodiscard]] std::span<const TensorInfo> tensors() const override { return {&info_, 1}; }
  [[nodiscard]] Result<std::unique_ptr<TensorReader>> open(std::size_t /*index*/) const override {
    if (raw_) return read_region(info_, *raw_, {.swapped = std::endian::native != std::endian::little});
    return read_stream(info_, stream_typed_field(message_, typed_field_of(info_.type), info_.place), 0, {});
  }

 private:
  TensorInfo info_;
  Region message_;
  std::optional<Region> raw_;  // where the elements lie as they are; else in a typed field of the message
};

Fit fit(const Candidate& candidate, const OpenOptions& /*options*/) {
  return candidate.extension == ".pb" && !candidate.directory ? Fit::named : Fit::none;
}

Result<std::unique_ptr<TensorFile>> open(const std::string& path, const OpenOptions& /*options*/) {
  ROUNDOFF_TRY(const auto file, MappedFile::open(path));
  if (file->bytes().size() > kMostMessage) {
    return Error{Code::input,
                 "is of " + std::to_string(file->bytes().size()) + " bytes; the limit of protobuf is 2 GiB", path,
                 "keep the elements as external data, or in .npy"};
  }
  const Region whole{file, file->bytes()};
  ROUNDOFF_TRY(OnnxMessage message, parse_onnx_message(whole));
  ROUNDOFF_CHECK(file->check());
  ROUNDOFF_TRY(const StoredType type, type_of(message.data_type, path));
  ROUNDOFF_TRY(TensorInfo info, make_info("", type, message.dims, path));
  std::optional<Region> raw;
  if (message.external) {
    ROUNDOFF_TRY(Region external, external_region(message, path));
    raw.emplace(std::move(external));
  } else if (message.raw_data) {
    raw.emplace(*message.raw_data);
  }
  if (message.typed_field != 0 && message.typed_field != typed_field_of(type).field) {
    return Error{Code::input, "holds " + name_of(type) + " elements in the field of another type", path, kSaveAgain};
  }
  if (raw && raw->bytes.size() != static_cast<std::uint64_t>(info.bytes)) {
    return Error{
        Code::input,
        "its dims take " + std::to_string(info.bytes) + " bytes, and its data has " + std::to_string(raw->bytes.size()),
        path + (message.external ? ", field 'external_data'" : ", field 'raw_data'"), kSaveAgain};
  }
  return std::unique_ptr<TensorFile>(std::make_unique<OnnxTensor>(std::move(info), whole, std::move(raw)));
}

}  // namespace

TensorFormat make_onnx() {
  return {.name = "onnx",
          .summary = "ONNX TensorProto (.pb), with external data in its own folder",
          .fit = fit,
          .open = open};
}

}  // namespace roundoff::formats
