// What the two sides of a foreign kernel share: a file of one control page and four segments, and the words on the
// pipes. In the kernel's process every segment lies between pages that nobody may touch.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "backends/evaluator.h"

namespace roundoff::foreign {

inline constexpr std::size_t kPage = 4096;
inline constexpr std::size_t kGuard = 16 * kPage;
inline constexpr std::size_t kSegment = Evaluator::kMostElements * sizeof(double) + kPage;  ///< with room to shift
inline constexpr std::size_t kArguments = 3;
inline constexpr std::size_t kFile = kPage + (kArguments + 1) * kSegment;

/// Offset in the file of argument k; k = kArguments is the result.
constexpr std::size_t segment_at(std::size_t k) { return kPage + k * kSegment; }

enum class Fault : std::uint32_t { none, elsewhere, before_output, beyond_output, before_input, beyond_input, input };

/// Rounding mode and flushing of a thread, as one word: 0 is the standard.
enum : std::uint32_t { kUpward = 1, kDownward = 2, kTowardZero = 3, kRounding = 3, kFlushing = 4 };

/// Written by the kernel's process, read when it has answered or ended.
struct Control {
  std::uint64_t index;    ///< element in work, of a scalar kernel
  Fault fault;            ///< what the last memory access did
  std::uint32_t writing;  ///< whether it was a write
};

struct Request {
  std::uint64_t count;
  std::array<std::uint64_t, kArguments + 1> begin;  ///< of each segment's data, from the segment's start
};
struct Reply {
  std::uint32_t before, after;  ///< the arithmetic before and after the call (of the greeting: the load)
};

}  // namespace roundoff::foreign
