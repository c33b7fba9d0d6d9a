// A structure that the difference of two arrays has. ONE FILE PER FINDING in this folder defines make_NAME() for
// NAME.cc. A finding is exact: it names what holds for the elements that it counts, and is silent where nothing does.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
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
  /// Elements that differ, and some all over the array: what is not so mostly shows here. Filled by find_structure().
  std::vector<std::int64_t> probes = {};

  [[nodiscard]] Exact x(std::int64_t i) const { return element(dtype_a, a, i); }
  [[nodiscard]] Exact y(std::int64_t i) const { return element(dtype_b, b, i); }
  /// Whether a[i] is b[j]: the same value, every NaN like every NaN, zeros of either sign alike.
  [[nodiscard]] bool same(std::int64_t i, std::int64_t j) const {
    const Exact p = x(i), q = y(j);
    return (p.high == q.high && p.low == q.low) || (std::isnan(p.high) && std::isnan(q.high));
  }
  /// Whether holds(i) for every element: the probes first.
  template <class Holds>
  [[nodiscard]] bool everywhere(Holds holds) const {
    if (!std::ranges::all_of(probes, holds)) return false;
    for (std::int64_t i = 0; i < count; ++i) {
      if (!holds(i)) return false;
    }
    return true;
  }

 private:
  [[nodiscard]] static Exact element(DType dtype, std::span<const std::byte> from, std::int64_t i) {
    if (dtype == DType::float32) {  // the common one without a call
      float x;
      std::memcpy(&x, from.data() + static_cast<std::size_t>(i) * sizeof x, sizeof x);
      return {static_cast<double>(x), 0};
    }
    return load_exact(dtype, from.data() + static_cast<std::size_t>(i) * size_of(dtype));
  }
};

struct FindingKind {
  std::string name;     ///< the file's
  std::string summary;  ///< one line, for the reference page
  std::function<std::vector<DiffFinding>(const ArrayPair&)> find;
};

/// Every finding, by name. The list is made by the build from this folder.
[[nodiscard]] const std::vector<FindingKind>& all_findings();
/// What they all say, in their order.
[[nodiscard]] std::vector<DiffFinding> find_structure(ArrayPair pair);

}  // namespace roundoff
