#include "base/large.h"

#include <sys/mman.h>

#include <cstdint>

namespace roundoff {

void prefer_huge_pages(void* begin, std::size_t bytes) {
  constexpr std::uintptr_t kHuge = std::uintptr_t{1} << 21;
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = (address + kHuge - 1) & ~(kHuge - 1), last = (address + bytes) & ~(kHuge - 1);
  if (first >= last) return;
  // Pages of this range only, whatever the answer: where the system has no huge pages all stays as it was.
  (void)madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace roundoff
