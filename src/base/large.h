// Large arrays that are filled once: on Linux in huge pages where the system lends them, since touching memory page by
// page costs as much as the arithmetic of a fast kernel.
#pragma once

#include <cstddef>
#include <vector>

namespace roundoff {

/// Asks for huge pages for memory that is allocated and not yet touched. A hint: nothing depends on it.
void prefer_huge_pages(void* begin, std::size_t bytes);

/// resize(); what the vector held is lost where it grows beyond its capacity.
template <class T>
void resize_large(std::vector<T>& v, std::size_t count) {
  if (count > v.capacity()) {
    v.clear();
    v.reserve(count);
    prefer_huge_pages(v.data(), count * sizeof(T));
  }
  v.resize(count);
}

}  // namespace roundoff
