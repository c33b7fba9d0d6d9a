#include "io/tensors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <utility>

#include "io/file.h"
#include "io/npy.h"

namespace roundoff {

namespace formats {
std::vector<TensorFormat> make_all();  // written by the build from the files of io/formats
}

namespace {

constexpr std::size_t kBeginning = 64;

/// What is looked at to recognize a file. What cannot be opened has no beginning; opening it again says why.
Candidate candidate_at(const std::string& path) {
  Candidate candidate{.path = path, .extension = std::filesystem::path(path).extension().string(), .beginning = {}};
  std::transform(candidate.extension.begin(), candidate.extension.end(), candidate.extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  candidate.exists = std::filesystem::exists(status);
  candidate.directory = std::filesystem::is_directory(status);
  if (!std::filesystem::is_regular_file(status)) return candidate;
  const auto file = InputFile::open(path);
  if (!file.ok()) return candidate;
  std::string beginning(std::min<std::uint64_t>(kBeginning, file->size()), '\0');
  if (file->read_at(0, std::as_writable_bytes(std::span(beginning))).ok()) candidate.beginning = beginning;
  return candidate;
}

std::string names_of(const std::vector<TensorFormat>& formats) {
  std::string names;
  for (const TensorFormat& format : formats) names += (names.empty() ? "" : ", ") + format.name;
  return names;
}

}  // namespace

std::string name_of(const StoredType& type) {
  if (!type.complex) return std::string(name_of(type.dtype));
  return "complex" + std::to_string(8 * type.size());
}

Result<TensorInfo> make_info(std::string name, StoredType type, Shape shape, std::string place) {
  const auto count = count_of(shape);
  if (!count.ok()) {
    return Error{Code::input, count.error().what, place + ", shape " + to_string(shape), count.error().remedy};
  }
  return TensorInfo{.name = std::move(name),
                    .type = type,
                    .shape = std::move(shape),
                    .count = *count,
                    .bytes = *count * static_cast<std::int64_t>(type.size()),
                    .place = std::move(place)};
}

const std::vector<TensorFormat>& tensor_formats() {
  static const auto* const kFormats = new std::vector<TensorFormat>(formats::make_all());
  return *kFormats;
}

const TensorFormat* recognize(const std::string& path, const OpenOptions& options, Fit least) {
  const Candidate candidate = candidate_at(path);
  const TensorFormat* found = nullptr;
  Fit best = Fit::none;
  for (const std::vector<TensorFormat>* formats : {&tensor_formats(), &options.further}) {
    for (const TensorFormat& format : *formats) {
      const Fit fit = format.fit(candidate, options);
      if (fit <= best || fit < least) continue;
      best = fit;
      found = &format;
    }
  }
  return found;
}

Result<std::unique_ptr<TensorFile>> open_tensors(const std::string& path, const OpenOptions& options) {
  if (const TensorFormat* format = recognize(path, options, Fit::possible); format != nullptr) {
    return format->open(path, options);
  }
  ROUNDOFF_TRY(const auto file, InputFile::open(path));  // says what is wrong with what is no file
  std::vector<TensorFormat> all = tensor_formats();
  all.insert(all.end(), options.further.begin(), options.further.end());
  return Error{Code::input, "is of no known format, by its content or its extension", path,
               "use one of " + names_of(all) + "; raw data needs --dtype and --shape"};
}

Result<Array> read_tensor(const TensorFile& file, std::size_t index) {
  const TensorInfo& info = file.tensors()[index];
  if (info.type.complex) {
    return Error{Code::input, "its dtype is complex", info.place, "save its real and imaginary parts apart"};
  }
  if (info.bytes > kMostArrayBytes || info.count > kMostArrayElements) {
    return Error{Code::input,
                 "an array of " + std::to_string(info.bytes) + " bytes; the limit is " +
                     std::to_string(kMostArrayBytes) + " bytes and " + std::to_string(kMostArrayElements) + " elements",
                 info.place, "compare a part of it"};
  }
  ROUNDOFF_TRY(const auto reader, file.open(index));
  ROUNDOFF_TRY(Array array, Array::make(info.type.dtype, info.shape));
  auto to = array.mutable_bytes();
  while (true) {
    ROUNDOFF_TRY(const auto part, reader->next(std::size_t{1} << 20));
    if (part.empty()) return array;
    std::memcpy(to.data(), part.data(), part.size());
    to = to.subspan(part.size());
  }
}

}  // namespace roundoff
