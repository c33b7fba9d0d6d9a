#include "backends/arena.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace roundoff {

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Arena::~Arena() {
  if (data_ != nullptr) munmap(data_, size_);
}

Result<Arena> Arena::make() {
  Arena arena;
  arena.file_ = above_standard(memfd_create("roundoff-arena", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!arena.file_.open() || fcntl(arena.file_.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
    return Error{Code::resource, fmt::format("cannot make shared memory: {}", std::strerror(errno)), "",
                 "needs Linux 3.17 or newer"};
  }
  return arena;
}

Status Arena::reserve(std::size_t bytes) {
  constexpr std::size_t kStep = 1 << 20;
  if (bytes <= size_) return {};
  const std::size_t size = (bytes + kStep - 1) / kStep * kStep;
  const int failure = posix_fallocate(file_.get(), 0, static_cast<off_t>(size));
  void* data = MAP_FAILED;
  if (failure == 0) {
    data = data_ == nullptr ? mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0)
                            : mremap(data_, size_, size, MREMAP_MAYMOVE);
  }
  if (data == MAP_FAILED) {
    return Error{
        Code::resource,
        fmt::format("no room for {} bytes of shared memory: {}", size, std::strerror(failure != 0 ? failure : errno)),
        "", "use smaller arrays, or free memory"};
  }
  data_ = static_cast<std::byte*>(data);
  size_ = size;
  return {};
}

std::uint64_t Poison::word(std::size_t index) const {
  // SplitMix64 (Steele, Lea & Flood 2014), with the high bit of every byte set.
  std::uint64_t z = seed_ + (index + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return ((z ^ (z >> 31)) | 0x8080808080808080U) ^ flip_;
}

void Poison::fill(std::span<std::byte> memory) const {
  for (std::size_t at = 0; at < memory.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t w = word(at / sizeof w);
    std::memcpy(memory.data() + at, &w, std::min(sizeof w, memory.size() - at));
  }
}

std::vector<std::int64_t> Poison::find(std::span<const std::byte> memory, std::size_t size) const {
  std::vector<std::int64_t> found;
  if (size == 0) return found;
  for (std::size_t at = 0; at + size <= memory.size(); at += size) {
    // An element never crosses a word: its size divides 8.
    const std::uint64_t w = word(at / sizeof w);
    const auto* filling = reinterpret_cast<const std::byte*>(&w) + at % sizeof w;
    if (std::memcmp(memory.data() + at, filling, size) == 0) found.push_back(static_cast<std::int64_t>(at / size));
  }
  return found;
}

}  // namespace roundoff
