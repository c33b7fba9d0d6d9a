// Lines of an array packed as kernels/products.h wants them, and what is known of each line afterwards. Plain loops
// that compilers vectorize; no result depends on how.
#pragma once

#include <cstdint>

namespace roundoff {

/// `lines` rows (or columns) of k elements: element (line, i) lies at line · line_stride + i · k_stride.
struct LineView {
  std::int64_t line_stride, k_stride, lines, k;
};

/// Elements of a packed side: lines filled up to whole groups of `width`.
[[nodiscard]] inline std::int64_t packed_size(std::int64_t lines, std::int64_t k, std::int64_t width) {
  return (lines + width - 1) / width * width * k;
}

/// For T float and double; out has packed_size() elements.
template <class T>
void pack_lines(const T* base, const LineView& view, std::int64_t width, double* out);

struct LineFacts {
  double norm;              ///< an upper bound of √Σx² (relatively within 2^-20)
  double least;             ///< the smallest size of an element that is not 0; +∞ where there is none
  bool negative, positive;  ///< some element is
};
/// `facts`: one per line. norm is not finite where an element is not, or lies beyond 2^500.
void measure_lines(const double* packed, std::int64_t lines, std::int64_t k, std::int64_t width, LineFacts* facts);

/// The least e with norm ≤ 2^e; 0 for norm 0.
[[nodiscard]] int norm_exponent(double norm);

/// Divides each line by 2^exponent (exactly, where elements are 0 or between 2^-450 and 2^450) and finds out which
/// lines are multiples of 2^-25 then: with two of these every product and every partial sum is exact in 51 bits.
void scale_lines(double* packed, std::int64_t lines, std::int64_t k, std::int64_t width, const int* exponent,
                 char* coarse);
/// |x| ≤ 1 as a float: above, but for 2^-150 below float's normal range.
[[nodiscard]] inline float size_of_element(double x) { return static_cast<float>((x < 0 ? -x : x) * (1 + 0x1p-23)); }

}  // namespace roundoff
