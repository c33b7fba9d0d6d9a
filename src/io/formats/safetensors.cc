// Safetensors: a length, a JSON header, and the elements, which fill the rest without holes or overlaps.
// Source: the format's description and limits in huggingface/safetensors, README.md.
#include <algorithm>
#include <bit>
#include <utility>

#include "base/text.h"
#include "io/shared/safetensors_header.h"
#include "io/shared/stored.h"

namespace roundoff::formats {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMostHeader = 100'000'000;
constexpr const char* kSaveAgain = "save it again with the safetensors library";

std::uint64_t stated_length(std::span<const std::byte> beginning) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length |= std::to_integer<std::uint64_t>(beginning[i]) << (8 * i);
  return length;
}

class Safetensors : public TensorFile {
 public:
  explicit Safetensors(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {}

  [[nodiscard]] std::span<const TensorInfo> tensors() const override { return infos_; }
  [[nodiscard]] Result<std::unique_ptr<TensorReader>> open(std::size_t index) const override {
    return read_region(infos_[index], {file_, parts_[index]}, {.swapped = std::endian::native != std::endian::little});
  }

  Status read() {
    const auto bytes = file_->bytes();
    if (bytes.size() < kLengthBytes) return failed(bytes.size(), "ends inside the length of its header");
    const std::uint64_t length = stated_length(bytes);
    if (length > kMostHeader) {
      return failed(
          0, "states a header of " + std::to_string(length) + " bytes; the limit is " + std::to_string(kMostHeader));
    }
    if (length > bytes.size() - kLengthBytes) {
      return failed(0, "states a header of " + std::to_string(length) + " bytes, but has only " +
                           std::to_string(bytes.size() - kLengthBytes) + " more");
    }
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
    ROUNDOFF_TRY(std::vector<SafetensorsEntry> entries, parse_safetensors_header(text, file_->path()));
    const auto data = bytes.subspan(kLengthBytes + length);
    ROUNDOFF_CHECK(check_ranges(entries, data.size(), kLengthBytes + length));
    for (SafetensorsEntry& entry : entries) {
      parts_.push_back(data.subspan(entry.begin, entry.end - entry.begin));
      infos_.push_back(std::move(entry.info));
    }
    return file_->check();
  }

 private:
  [[nodiscard]] Error failed(std::uint64_t at, const std::string& what) const {
    return {Code::input, what, file_->path() + ", byte " + std::to_string(at), kSaveAgain};
  }

  /// Every byte of the data belongs to exactly one tensor.
  Status check_ranges(const std::vector<SafetensorsEntry>& entries, std::uint64_t size,
                      std::uint64_t data_begin) const {
    std::vector<const SafetensorsEntry*> order;
    for (const SafetensorsEntry& entry : entries) {
      if (entry.begin > entry.end || entry.end > size) {
        return Error{Code::input,
                     "its data_offsets are [" + std::to_string(entry.begin) + ", " + std::to_string(entry.end) +
                         "], and the data has " + std::to_string(size) + " bytes",
                     entry.info.place, "the file is cut short or damaged: copy or save it again"};
      }
      if (entry.end - entry.begin != static_cast<std::uint64_t>(entry.info.bytes)) {
        return Error{Code::input,
                     "its shape takes " + std::to_string(entry.info.bytes) + " bytes, and its data_offsets hold " +
                         std::to_string(entry.end - entry.begin),
                     entry.info.place, kSaveAgain};
      }
      order.push_back(&entry);
    }
    std::sort(order.begin(), order.end(), [](const SafetensorsEntry* a, const SafetensorsEntry* b) {
      return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
    });
    std::uint64_t at = 0;
    for (const SafetensorsEntry* entry : order) {
      if (entry->begin < at) {
        return Error{Code::input, "shares bytes with another tensor, from data_offsets " + std::to_string(entry->begin),
                     entry->info.place, kSaveAgain};
      }
      if (entry->begin > at) return failed(data_begin + at, "bytes that belong to no tensor");
      at = entry->end;
    }
    if (at < size) return failed(data_begin + at, std::to_string(size - at) + " bytes follow the last tensor");
    return {};
  }

  std::shared_ptr<const MappedFile> file_;
  std::vector<TensorInfo> infos_;
  std::vector<std::span<const std::byte>> parts_;
};

Fit fit(const Candidate& candidate, const OpenOptions& /*options*/) {
  const bool named = candidate.extension == ".safetensors" && !candidate.directory;
  const auto beginning = std::as_bytes(std::span(candidate.beginning));
  if (beginning.size() > kLengthBytes && stated_length(beginning) <= kMostHeader &&
      candidate.beginning[kLengthBytes] == '{')
    return named ? Fit::content_and_name : Fit::content;
  return named ? Fit::named : Fit::none;
}

Result<std::unique_ptr<TensorFile>> open(const std::string& path, const OpenOptions& /*options*/) {
  ROUNDOFF_TRY(auto file, MappedFile::open(path));
  auto safetensors = std::make_unique<Safetensors>(std::move(file));
  ROUNDOFF_CHECK(safetensors->read());
  return std::unique_ptr<TensorFile>(std::move(safetensors));
}

}  // namespace

TensorFormat make_safetensors() {
  return {.name = "safetensors",
          .summary = "safetensors, all dtypes of 8 bits and more but F8_E8M0",
          .fit = fit,
          .open = open};
}

}  // namespace roundoff::formats
