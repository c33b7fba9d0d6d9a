// Any bytes as a file of one format: what fuzz targets and tests on changed files ask of every reader.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "io/tensors.h"

namespace roundoff::exercise {

/// Ends the process with a line that says which promise was broken.
inline void must(bool kept, const char* promise) {
  if (kept) return;
  (void)!::write(STDERR_FILENO, promise, std::char_traits<char>::length(promise));
  std::abort();
}

inline void must_explain(const Error& error) {
  must(error.code == Code::input || error.code == Code::resource, "an error of another kind than input\n");
  must(!error.what.empty() && !error.place.empty() && !error.remedy.empty(), "an error without place or remedy\n");
}

/// Reads a tensor to its end, in parts of odd sizes, then a part of it again: the two must be the same bytes.
inline void read_all(const TensorFile& file, std::size_t index) {
  constexpr std::size_t kKept = 4096;
  const TensorInfo& info = file.tensors()[index];
  auto opened = file.open(index);
  if (!opened.ok()) return must_explain(opened.error());
  TensorReader& reader = **opened;
  std::vector<std::byte> kept;
  std::uint64_t total = 0, asked = 1;
  while (true) {
    const auto part = reader.next(asked);
    if (!part.ok()) return must_explain(part.error());
    if (part->empty()) break;
    must(part->size() % info.type.size() == 0, "a part that is no whole number of elements\n");
    must(part->size() <= std::max<std::uint64_t>(asked, info.type.size()), "a part larger than asked for\n");
    const std::size_t keep = std::min(part->size(), kKept - kept.size());
    kept.insert(kept.end(), part->begin(), part->begin() + static_cast<std::ptrdiff_t>(keep));
    total += part->size();
    asked = asked * 3 % 100'003;
  }
  must(total == static_cast<std::uint64_t>(info.bytes), "other data than the tensor's size\n");
  const std::int64_t middle = static_cast<std::int64_t>(kept.size() / info.type.size()) / 2;
  if (middle == 0) return;
  must(reader.seek(middle).ok(), "no way back\n");
  const auto again = reader.next(info.type.size());
  must(again.ok() && std::equal(again->begin(), again->end(),
                                kept.begin() + middle * static_cast<std::ptrdiff_t>(info.type.size())),
       "other bytes on a second look\n");
}

/// A format's answer to any bytes: tensors that can be read, or an Error that says where and what to do.
inline void open_and_read(const TensorFormat& format, const void* data, std::size_t size,
                          const OpenOptions& options = {}) {
  const int descriptor = ::memfd_create("roundoff-exercise", MFD_CLOEXEC);
  must(descriptor >= 0 && ::write(descriptor, data, size) == static_cast<ssize_t>(size), "no file in memory\n");
  {
    const auto file = format.open("/proc/self/fd/" + std::to_string(descriptor), options);
    if (!file.ok()) must_explain(file.error());
    // A file of few bytes may state an array of many: all zeros, deflated.
    std::int64_t budget = std::int64_t{16} << 20;
    for (std::size_t i = 0; file.ok() && i < (*file)->tensors().size(); ++i) {
      budget -= (*file)->tensors()[i].bytes;
      if (budget >= 0) read_all(**file, i);
    }
  }
  ::close(descriptor);
}

/// The format of this name.
inline const TensorFormat& format_named(const std::string& name) {
  const auto& all = tensor_formats();
  const auto found = std::find_if(all.begin(), all.end(), [&](const TensorFormat& f) { return f.name == name; });
  must(found != all.end(), "no such format\n");
  return *found;
}

}  // namespace roundoff::exercise
