#include "io/shared/spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/subprocess.h"

namespace roundoff {
namespace {

constexpr std::int64_t kMostInMemory = std::int64_t{64} << 20;
constexpr std::size_t kPiece = std::size_t{1} << 20;

std::string folder() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

Error no_room(const TensorInfo& info, int code) {
  return {Code::resource,
          "cannot set aside " + std::to_string(info.bytes) + " bytes in " + folder() + ": " +
              std::generic_category().message(code),
          info.place, "make room there, name another folder with TMPDIR, or save the array in C order"};
}

Result<Descriptor> make_file(const TensorInfo& info) {
  const int descriptor = info.bytes <= kMostInMemory ? ::memfd_create("roundoff-spool", MFD_CLOEXEC)
                                                     : ::open(folder().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) return no_room(info, errno);
  return Descriptor(descriptor);
}

/// 0, or the errno of what failed.
int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Result<Region> spool(TensorReader& reader, const TensorInfo& info) {
  ROUNDOFF_TRY(const Descriptor file, make_file(info));
  while (true) {
    ROUNDOFF_TRY(const auto part, reader.next(kPiece));
    if (part.empty()) break;
    if (const int code = write_all(file.get(), part); code != 0) return no_room(info, code);
  }
  ROUNDOFF_TRY(auto mapped, MappedFile::open("/proc/self/fd/" + std::to_string(file.get())));
  return Region{mapped, mapped->bytes()};
}

}  // namespace roundoff
