// A structure that the difference of two arrays has. ONE FILE PER FINDING in this folder defines make_NAME() for
// NAME.cc. A finding is exact: it names what holds for the elements that it counts, and is silent where nothing does.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "metrics/diff/element.h"
#include "roundoff/diff.h"

namespace roundoff {

/// Two arrays in C order, both in memory or mapped; their counts of elements agree.
struct ArrayPair {
  DType dtype_a = DType::float32, dtype_b = DType::float32;
  Shape shape_a, shape_b;
  std::span<const std::byte> a, b;
  std::int64_t count = 0;
  const DiffFigures* figures = nullptr;  ///< nullptr where the shapes differ

  [[nodiscard]] Exact x(std::int64_t i) const {
    return load_exact(dtype_a, a.data() + static_cast<std::size_t>(i) * size_of(dtype_a));
  }
  [[nodiscard]] Exact y(std::int64_t i) const {
    return load_exact(dtype_b, b.data() + static_cast<std::size_t>(i) * size_of(dtype_b));
  }
  /// Whether a[i] is b[j]: the same value, every NaN like every NaN, zeros of either sign alike.
  [[nodiscard]] bool same(std::int64_t i, std::int64_t j) const;
};

struct FindingKind {
  std::string name;     ///< the file's
  std::string summary;  ///< one line, for the reference page
  std::function<std::vector<DiffFinding>(const ArrayPair&)> find;
};

/// Every finding, by name. The list is made by the build from this folder.
[[nodiscard]] const std::vector<FindingKind>& all_findings();
/// What they all say, in their order.
[[nodiscard]] std::vector<DiffFinding> find_structure(const ArrayPair& pair);

}  // namespace roundoff
