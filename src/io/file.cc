#include "io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace roundoff {
namespace {

std::string reason(int code) { return std::generic_category().message(code); }

Error cannot_read(const std::string& path, const std::string& doing, int code) {
  const bool resource = code == EMFILE || code == ENFILE || code == ENOMEM || code == EIO;
  return {resource ? Code::resource : Code::input, "cannot " + doing + ": " + reason(code), path,
          resource ? "free the resource and try again" : "check the path and its permissions"};
}

Error cannot_write(const std::string& path, const std::string& doing, int code) {
  return {Code::resource, "cannot " + doing + ": " + reason(code), path,
          "check the path, its permissions and the space left there"};
}

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  if (S_ISSOCK(mode)) return "a socket";
  return "no regular file";
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }
  int close() { return value_ < 0 ? 0 : ::close(std::exchange(value_, -1)); }

 private:
  int value_;
};

/// Writes and syncs; the errno of what failed, or 0.
int write_all(Descriptor& to, std::initializer_list<std::span<const std::byte>> pieces) {
  for (std::span<const std::byte> piece : pieces) {
    while (!piece.empty()) {
      const ssize_t written = ::write(to.get(), piece.data(), piece.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno;
      piece = piece.subspan(static_cast<std::size_t>(written));
    }
  }
  if (::fsync(to.get()) != 0) return errno;
  return to.close() != 0 ? errno : 0;
}

void sync_folder(const std::string& folder) {
  const Descriptor open(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open.get() >= 0) ::fsync(open.get());  // some file systems cannot; the rename itself has happened
}

/// The path that a write to `path` should replace: links are followed, so that the link stays.
Result<std::filesystem::path> target_of(const std::string& path) {
  std::error_code code;
  const auto status = std::filesystem::symlink_status(path, code);
  if (!std::filesystem::exists(status)) return std::filesystem::path(path);
  std::filesystem::path target = std::filesystem::canonical(path, code);
  if (code) return cannot_write(path, "follow the link", code.value());
  struct stat about {};
  if (::stat(target.c_str(), &about) != 0) return cannot_write(path, "look at it", errno);
  if (!S_ISREG(about.st_mode)) {
    return Error{Code::resource, std::string("is ") + kind_of(about.st_mode) + ", not a file to replace", path,
                 "name a file"};
  }
  return target;
}

}  // namespace

Result<InputFile> InputFile::open(const std::string& path) {
  InputFile file;
  file.path_ = path;
  // Without O_NONBLOCK a pipe would wait here for a writer.
  file.descriptor_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file.descriptor_ < 0) return cannot_read(path, "open", errno);
  struct stat about {};
  if (::fstat(file.descriptor_, &about) != 0) return cannot_read(path, "look at it", errno);
  if (!S_ISREG(about.st_mode)) {
    return Error{Code::input, std::string("is ") + kind_of(about.st_mode) + ", not a regular file", path,
                 "name a file that holds the data"};
  }
  file.size_ = static_cast<std::uint64_t>(about.st_size);
  file.modified_seconds_ = about.st_mtim.tv_sec;
  file.modified_nanoseconds_ = about.st_mtim.tv_nsec;
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      modified_seconds_(other.modified_seconds_),
      modified_nanoseconds_(other.modified_nanoseconds_) {}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status InputFile::read_at(std::uint64_t offset, std::span<std::byte> to) const {
  while (!to.empty()) {
    const ssize_t got = ::pread(descriptor_, to.data(), to.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path_ + ", byte " + std::to_string(offset), "read", errno);
    if (got == 0) {
      return Error{Code::input, "the file ends here, before its " + std::to_string(size_) + " bytes",
                   path_ + ", byte " + std::to_string(offset), "do not write to the file while it is read"};
    }
    to = to.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

Status InputFile::check_unchanged() const {
  struct stat about {};
  if (::fstat(descriptor_, &about) != 0) return cannot_read(path_, "look at it", errno);
  if (static_cast<std::uint64_t>(about.st_size) != size_ || about.st_mtim.tv_sec != modified_seconds_ ||
      about.st_mtim.tv_nsec != modified_nanoseconds_) {
    return Error{Code::input, "changed while it was read", path_, "do not write to the file while it is read"};
  }
  return {};
}

Status write_file(const std::string& path, std::initializer_list<std::span<const std::byte>> pieces) {
  static std::atomic<unsigned> counter{0};
  auto target = target_of(path);
  if (!target.ok()) return target.error();
  const std::filesystem::path folder = target->has_parent_path() ? target->parent_path() : ".";
  const std::string prefix = (folder / ".roundoff-").string() + std::to_string(::getpid()) + "-";
  std::string aside;
  int descriptor = -1;
  do {  // a name left behind by an earlier process of the same number is passed over
    aside = prefix + std::to_string(counter++) + ".part";
    descriptor = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EEXIST);
  if (descriptor < 0) return cannot_write(path, "create a file in its folder", errno);
  Descriptor out(descriptor);
  if (const int code = write_all(out, pieces); code != 0) {
    ::unlink(aside.c_str());
    return cannot_write(path, "write", code);
  }
  if (::rename(aside.c_str(), target->c_str()) != 0) {
    const int code = errno;
    ::unlink(aside.c_str());
    return cannot_write(path, "put the finished file in place", code);
  }
  sync_folder(folder.string());
  return {};
}

}  // namespace roundoff
