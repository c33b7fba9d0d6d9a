// Elements and nothing else, in this machine's byte order and C order; the caller says what they are.
#include <string_view>

#include "io/shared/single.h"

namespace roundoff::formats {
namespace {

Fit fit(const Candidate& candidate, const OpenOptions& options) {
  if (!options.type || candidate.directory) return Fit::none;
  for (const std::string_view usual : {".raw", ".bin", ".dat"}) {
    if (candidate.extension == usual) return Fit::named;
  }
  return Fit::possible;
}

Result<std::unique_ptr<TensorFile>> open(const std::string& path, const OpenOptions& options) {
  ROUNDOFF_TRY(const auto file, MappedFile::open(path));
  const std::size_t size = options.type->size(), bytes = file->bytes().size();
  if (bytes % size != 0) {
    return Error{Code::input,
                 std::to_string(bytes) + " bytes are no whole number of " + name_of(*options.type) + " elements",
                 path + ", byte " + std::to_string(bytes / size * size), "check --dtype, and whether all was copied"};
  }
  const Shape shape = options.shape.value_or(Shape{static_cast<std::int64_t>(bytes / size)});
  ROUNDOFF_TRY(TensorInfo info, make_info("", *options.type, shape, path));
  if (static_cast<std::uint64_t>(info.bytes) != bytes) {
    return Error{Code::input,
                 "holds " + std::to_string(bytes / size) + " elements, and --shape " + to_string(shape) + " has " +
                     std::to_string(info.count),
                 path, "check --shape and --dtype"};
  }
  return std::unique_ptr<TensorFile>(
      std::make_unique<SingleTensor>(std::move(info), Region{file, file->bytes()}, StoredOrder{}));
}

}  // namespace

TensorFormat make_raw() {
  return {.name = "raw", .summary = "bare elements, with --dtype and --shape", .fit = fit, .open = open};
}

}  // namespace roundoff::formats
