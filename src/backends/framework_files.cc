#include "backends/framework_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "backends/tensor_protocol.h"
#include "io/shared/stored.h"

namespace roundoff {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = std::size_t{4} << 20;
constexpr std::string_view kHdf5 = "\x89HDF\r\n\x1a\n", kZip = "PK\x03\x04";

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool exists(const std::string& path) {
  std::error_code code;
  return fs::exists(path, code);
}

// ---- formats

/// torch.save writes a zip archive, before 1.6 a pickle (protocol 2 and later begin with 0x80).
Fit fits_torch(const Candidate& candidate, const OpenOptions& options) {
  if (candidate.directory || !one_of(candidate.extension, {".pt", ".pth", ".bin", ".ckpt"})) return Fit::none;
  if (candidate.extension == ".bin" && options.type) return Fit::none;  // the caller says what it holds
  if (candidate.beginning.starts_with(kZip) || candidate.beginning.starts_with('\x80')) return Fit::content_and_name;
  return one_of(candidate.extension, {".pt", ".pth"}) ? Fit::named : Fit::none;
}

Fit fits_keras(const Candidate& candidate, const OpenOptions& /*options*/) {
  if (candidate.directory) return Fit::none;
  const bool named = one_of(candidate.extension, {".h5", ".hdf5", ".keras"});
  if (candidate.beginning.starts_with(kHdf5)) return named ? Fit::content_and_name : Fit::content;
  if (candidate.extension == ".keras" && candidate.beginning.starts_with(kZip)) return Fit::content_and_name;
  return named ? Fit::named : Fit::none;
}

/// A checkpoint is PREFIX.index and PREFIX.data-…; it is named by either of PREFIX and PREFIX.index, or by the folder.
Fit fits_checkpoint(const Candidate& candidate, const OpenOptions& /*options*/) {
  if (candidate.directory) {
    const bool marked = exists(candidate.path + "/saved_model.pb") || exists(candidate.path + "/checkpoint");
    return marked ? Fit::content : Fit::none;
  }
  if (!candidate.exists) return exists(candidate.path + ".index") ? Fit::named : Fit::none;
  return candidate.extension == ".index" ? Fit::named : Fit::none;
}

struct Entry {
  std::string_view name, summary, framework, remedy;
  Fit (*fit)(const Candidate& candidate, const OpenOptions& options);
};

constexpr std::array<Entry, 3> kFormats = {
    {{"torch", "PyTorch's .pt and .pth, tensors only (weights_only)", "torch",
      "save tensors only: torch.save(model.state_dict(), path), or safetensors", fits_torch},
     {"keras", "Keras's .h5 and .keras, weights only", "tensorflow", "save the weights: model.save_weights(path)",
      fits_keras},
     {"checkpoint", "TensorFlow's checkpoints and the variables of its SavedModels", "tensorflow",
      "name the checkpoint's prefix, its .index, or its folder", fits_checkpoint}}};

// ---- files

/// What a file and its readers share.
struct Access {
  WorkerPool& pool;
  FrameworkFile file;
};

class WorkerReader : public TensorReader {
 public:
  WorkerReader(std::shared_ptr<const Access> access, std::size_t index, TensorInfo info)
      : access_(std::move(access)), index_(index), info_(std::move(info)) {}

  Result<std::span<const std::byte>> next(std::size_t most) override {
    if (at_ == info_.count) return std::span<const std::byte>();
    const std::size_t size = info_.type.size();
    if (at_ < begin_ || at_ >= end()) {
      ROUNDOFF_CHECK(fetch());
    }
    const std::size_t n = std::min(static_cast<std::size_t>(end() - at_), std::max<std::size_t>(most / size, 1)) * size;
    const auto part = std::span<const std::byte>(piece_).subspan(static_cast<std::size_t>(at_ - begin_) * size, n);
    at_ += static_cast<std::int64_t>(n / size);
    return part;
  }
  Status seek(std::int64_t element) override {
    at_ = element;
    return {};
  }
  [[nodiscard]] Status check() const override { return {}; }

 private:
  [[nodiscard]] std::int64_t end() const {
    return begin_ + static_cast<std::int64_t>(piece_.size() / info_.type.size());
  }
  Status fetch() {
    const std::size_t size = info_.type.size();
    const auto most = std::min<std::int64_t>(info_.count - at_, static_cast<std::int64_t>(kPiece / size));
    ROUNDOFF_TRY(piece_, access_->pool.read_elements(access_->file, {index_, size, at_, most}));
    begin_ = at_;
    return info_.type.dtype == DType::bool_ ? check_bools(piece_, begin_, info_.place) : Status();
  }

  std::shared_ptr<const Access> access_;
  std::size_t index_;
  TensorInfo info_;
  std::vector<std::byte> piece_;  // elements from begin_ on
  std::int64_t begin_ = 0, at_ = 0;
};

class WorkerFile : public TensorFile {
 public:
  WorkerFile(std::shared_ptr<const Access> access, TensorListing listing)
      : access_(std::move(access)), listing_(std::move(listing)) {}
  [[nodiscard]] std::span<const TensorInfo> tensors() const override { return listing_.infos; }
  [[nodiscard]] std::span<const std::string> notes() const override { return listing_.notes; }
  [[nodiscard]] Result<std::unique_ptr<TensorReader>> open(std::size_t index) const override {
    return std::unique_ptr<TensorReader>(std::make_unique<WorkerReader>(access_, index, listing_.infos[index]));
  }

 private:
  std::shared_ptr<const Access> access_;
  TensorListing listing_;
};

/// A named pipe or a device would keep the framework waiting: only files and folders are passed on.
Status check_kind(const std::string& path) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (fs::is_regular_file(status) || fs::is_directory(status) || !fs::exists(status)) return {};
  return Error{Code::input, "is no regular file", path, "name a file that holds the data"};
}

Result<std::unique_ptr<TensorFile>> open(WorkerPool& pool, const Entry& format, const std::string& path) {
  ROUNDOFF_CHECK(check_kind(path));
  std::error_code code;
  const BackendName backend{.framework = std::string(format.framework), .environment = {}, .mode = {}};
  const auto access = std::make_shared<const Access>(Access{pool, {backend, fs::absolute(path, code).string()}});
  auto listing = pool.list_tensors(access->file);
  if (!listing.ok()) {
    Error error = listing.error();
    if (error.code != Code::input) return error;
    error.place = path;
    error.remedy = format.remedy;
    return error;
  }
  for (std::string& note : listing->notes) note.insert(0, path + ", ");
  return std::unique_ptr<TensorFile>(std::make_unique<WorkerFile>(access, std::move(*listing)));
}

}  // namespace

std::vector<TensorFormat> framework_formats(WorkerPool& pool) {
  std::vector<TensorFormat> formats;
  formats.reserve(kFormats.size());
  for (const Entry& entry : kFormats) {
    formats.push_back({.name = std::string(entry.name),
                       .summary = std::string(entry.summary),
                       .fit = entry.fit,
                       .open = [&pool, &entry](const std::string& path, const OpenOptions& /*options*/) {
                         return open(pool, entry, path);
                       }});
  }
  return formats;
}

}  // namespace roundoff
