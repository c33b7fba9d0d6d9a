// A directory: the tensors of its files, recursively. Files are opened when their tensors are listed and again when one
// is read, so that any number of them takes few descriptors.
#include <algorithm>
#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <utility>

#include "base/text.h"
#include "io/tensors.h"

namespace roundoff::formats {
namespace {

namespace fs = std::filesystem;

constexpr int kMostDepth = 64;
constexpr std::size_t kKeptOpen = 8;

/// A file (or a folder that is one framework's format) below the directory.
struct Child {
  fs::path path;
  std::string relative;  ///< to the directory, with '/'
  const TensorFormat* format;
};

class Directory : public TensorFile {
 public:
  explicit Directory(OpenOptions options) : options_(std::move(options)) {}

  [[nodiscard]] std::span<const TensorInfo> tensors() const override { return infos_; }
  [[nodiscard]] std::span<const std::string> notes() const override { return notes_; }

  [[nodiscard]] Result<std::unique_ptr<TensorReader>> open(std::size_t index) const override {
    const Origin& origin = origins_[index];
    ROUNDOFF_TRY(const std::shared_ptr<TensorFile> file, opened(origin.child));
    const auto now = file->tensors();
    const TensorInfo& then = infos_[index];
    if (origin.index >= now.size() || now[origin.index].shape != then.shape || now[origin.index].type != then.type) {
      return Error{Code::input, "is no longer what it was when the directory was listed", then.place,
                   "do not write to the directory while it is read"};
    }
    return file->open(origin.index);
  }

  Status list(const std::string& root) {
    ROUNDOFF_CHECK(walk(root, "", 0));
    std::map<std::string, int> stems;  // a name without its extension, unless two files would share it
    for (const Child& child : children_) ++stems[stem_of(child)];
    for (std::size_t i = 0; i < children_.size(); ++i) {
      const std::string stem = stem_of(children_[i]);
      const std::string& name = stems[stem] == 1 ? stem : children_[i].relative;
      ROUNDOFF_TRY(const std::shared_ptr<TensorFile> file, opened(i));
      for (std::size_t t = 0; t < file->tensors().size(); ++t) {
        TensorInfo info = file->tensors()[t];
        info.name = info.name.empty() ? name : name + "/" + info.name;
        infos_.push_back(std::move(info));
        origins_.push_back({i, t});
      }
      notes_.insert(notes_.end(), file->notes().begin(), file->notes().end());
    }
    return {};
  }

 private:
  struct Origin {
    std::size_t child, index;
  };

  static std::string stem_of(const Child& child) {
    return fs::path(child.relative).replace_extension().generic_string();
  }

  void pass_over(const fs::path& path, const std::string& why) {
    notes_.push_back(printable(path.string(), 1000) + ": " + why + ", passed over");
  }

  Status walk(const fs::path& folder, const std::string& relative, int depth) {
    if (depth > kMostDepth) {
      return Error{Code::input, "directories nested more than " + std::to_string(kMostDepth) + " deep", folder.string(),
                   "name a directory nearer the tensors"};
    }
    std::error_code code;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) entries.push_back(*at);
    if (code) {
      return Error{Code::input, "cannot list it: " + code.message(), folder.string(), "check its permissions"};
    }
    std::sort(entries.begin(), entries.end());
    for (const fs::directory_entry& entry : entries) {
      const std::string name = relative + printable(entry.path().filename().string(), 1000);
      const bool directory = entry.is_directory(code);
      if (!directory && !entry.is_regular_file(code)) {
        pass_over(entry.path(), entry.is_symlink(code) ? "a link to nothing that is read" : "no regular file");
      } else if (const TensorFormat* format = recognize(entry.path().string(), options_, Fit::named);
                 format != nullptr && format->name != "directory") {
        children_.push_back({entry.path(), name, format});
      } else if (directory && entry.is_symlink(code)) {
        pass_over(entry.path(), "a link to a directory");
      } else if (directory) {
        ROUNDOFF_CHECK(walk(entry.path(), name + "/", depth + 1));
      } else {
        pass_over(entry.path(), "of no known format");
      }
    }
    return {};
  }

  Result<std::shared_ptr<TensorFile>> opened(std::size_t child) const {
    const std::scoped_lock lock(mutex_);
    for (auto at = open_.begin(); at != open_.end(); ++at) {
      if (at->first != child) continue;
      open_.splice(open_.begin(), open_, at);
      return at->second;
    }
    ROUNDOFF_TRY(auto file, children_[child].format->open(children_[child].path.string(), options_));
    open_.emplace_front(child, std::move(file));
    if (open_.size() > kKeptOpen) open_.pop_back();
    return open_.front().second;
  }

  OpenOptions options_;
  std::vector<Child> children_;
  std::vector<TensorInfo> infos_;
  std::vector<Origin> origins_;  // of each tensor
  std::vector<std::string> notes_;
  mutable std::mutex mutex_;                                                     // guards open_
  mutable std::list<std::pair<std::size_t, std::shared_ptr<TensorFile>>> open_;  // the last used first
};

Fit fit(const Candidate& candidate, const OpenOptions& /*options*/) {
  return candidate.directory ? Fit::named : Fit::none;
}

Result<std::unique_ptr<TensorFile>> open(const std::string& path, const OpenOptions& options) {
  auto directory = std::make_unique<Directory>(options);
  ROUNDOFF_CHECK(directory->list(path));
  return std::unique_ptr<TensorFile>(std::move(directory));
}

}  // namespace

TensorFormat make_directory() {
  return {.name = "directory",
          .summary = "every file below a directory; a tensor's name is its file's path, and its own",
          .fit = fit,
          .open = open};
}

}  // namespace roundoff::formats
