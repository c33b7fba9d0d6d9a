#include "kernels/pack.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace roundoff {
namespace {

constexpr std::int64_t kMostWidth = 64;
constexpr std::int64_t kStrip = 16;  // terms packed at a time where the lines, not the terms, lie apart

template <class T>
void pack_group(const T* base, const LineView& view, std::int64_t lines, std::int64_t width, double* out) {
  if (lines < width) std::fill_n(out, width * view.k, 0.0);
  if (view.line_stride == 1) {
    for (std::int64_t i = 0; i < view.k; ++i) {
      const T* from = base + i * view.k_stride;
      double* to = out + i * width;
      for (std::int64_t w = 0; w < lines; ++w) to[w] = static_cast<double>(from[w]);
    }
    return;
  }
  for (std::int64_t begin = 0; begin < view.k; begin += kStrip) {
    const std::int64_t end = std::min(view.k, begin + kStrip);
    for (std::int64_t w = 0; w < lines; ++w) {
      const T* from = base + w * view.line_stride;
      for (std::int64_t i = begin; i < end; ++i) out[i * width + w] = static_cast<double>(from[i * view.k_stride]);
    }
  }
}

/// Calls body(first line, lines in this group, its packed elements).
template <class T, class Body>
void over_groups(T* packed, std::int64_t lines, std::int64_t k, std::int64_t width, Body body) {
  for (std::int64_t line = 0; line < lines; line += width) body(line, std::min(width, lines - line), packed + line * k);
}

}  // namespace

template <class T>
void pack_lines(const T* base, const LineView& view, std::int64_t width, double* out) {
  over_groups(out, view.lines, view.k, width, [&](std::int64_t line, std::int64_t count, double* group) {
    pack_group(base + line * view.line_stride, view, count, width, group);
  });
}
template void pack_lines<float>(const float*, const LineView&, std::int64_t, double*);
template void pack_lines<double>(const double*, const LineView&, std::int64_t, double*);

void measure_lines(const double* packed, std::int64_t lines, std::int64_t k, std::int64_t width, LineFacts* facts) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  over_groups(packed, lines, k, width, [&](std::int64_t line, std::int64_t count, const double* group) {
    double squares[kMostWidth] = {}, least[kMostWidth], lowest[kMostWidth] = {}, highest[kMostWidth] = {};
    std::fill_n(least, width, kInf);
    for (std::int64_t i = 0; i < k; ++i) {
      for (std::int64_t w = 0; w < width; ++w) {
        const double x = group[i * width + w], size = x == 0 ? kInf : std::fabs(x);
        squares[w] += x * x;
        least[w] = size < least[w] ? size : least[w];
        lowest[w] = x < lowest[w] ? x : lowest[w];
        highest[w] = x > highest[w] ? x : highest[w];
      }
    }
    for (std::int64_t w = 0; w < count; ++w) {
      // k ≤ 2^30 roundings of Σx², and a root.
      facts[line + w] = {std::sqrt(squares[w]) * (1 + 0x1p-21), least[w], lowest[w]<0, highest[w]> 0};
    }
  });
}

int norm_exponent(double norm) {
  int exponent = 0;
  if (norm == 0) return 0;
  return std::frexp(norm, &exponent) == 0.5 ? exponent - 1 : exponent;
}

void scale_lines(double* packed, std::int64_t lines, std::int64_t k, std::int64_t width, const int* exponent,
                 char* coarse) {
  constexpr double kGrid = 0x1.8p27;  // adding it rounds to a multiple of 2^-25
  over_groups(packed, lines, k, width, [&](std::int64_t line, std::int64_t count, double* group) {
    double factor[kMostWidth], off[kMostWidth] = {};
    std::fill_n(factor, width, 1.0);
    for (std::int64_t w = 0; w < count; ++w) factor[w] = std::ldexp(1.0, -exponent[line + w]);
    for (std::int64_t i = 0; i < k; ++i) {
      for (std::int64_t w = 0; w < width; ++w) {
        const double x = group[i * width + w] * factor[w];
        group[i * width + w] = x;
        off[w] += std::fabs((x + kGrid) - kGrid - x);
      }
    }
    for (std::int64_t w = 0; w < count; ++w) coarse[line + w] = off[w] == 0;
  });
}

}  // namespace roundoff
