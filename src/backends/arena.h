// The memory that this process shares with one worker: an anonymous file that only grows, and only by this side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/subprocess.h"
#include "roundoff/array.h"

namespace roundoff {

class Arena {
 public:
  Arena() = default;
  Arena(Arena&& other) noexcept : file_(std::move(other.file_)), data_(other.data_), size_(other.size_) {
    other.data_ = nullptr;
  }
  Arena& operator=(Arena&& other) noexcept;
  ~Arena();

  /// An empty arena that nobody can shrink: a worker that could would make this side's reads fault.
  [[nodiscard]] static Result<Arena> make();
  [[nodiscard]] int descriptor() const { return file_.get(); }
  /// Makes room for `bytes` in all, backed by memory at once, so that no later access faults. Earlier spans are void.
  [[nodiscard]] Status reserve(std::size_t bytes);
  /// Within what was reserved.
  [[nodiscard]] std::span<std::byte> at(std::size_t offset, std::size_t bytes) { return {data_ + offset, bytes}; }

 private:
  Descriptor file_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Offsets in the arena are multiples of this.
inline constexpr std::size_t kArenaAlignment = 64;
[[nodiscard]] constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

/// Memory filled so that what was never written can be told. Two fillings differ in every byte, so a value that equals
/// the one cannot equal the other; no byte is a valid bool.
class Poison {
 public:
  Poison(std::uint64_t seed, bool second) : seed_(seed), flip_(second ? 0x5555555555555555U : 0) {}
  void fill(std::span<std::byte> memory) const;
  /// Flat indices of the elements (of `size` bytes each) that still hold the filling.
  [[nodiscard]] std::vector<std::int64_t> find(std::span<const std::byte> memory, std::size_t size) const;

 private:
  [[nodiscard]] std::uint64_t word(std::size_t index) const;
  std::uint64_t seed_;
  std::uint64_t flip_;
};

}  // namespace roundoff
