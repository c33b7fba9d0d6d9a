#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/replay_products.h"

namespace roundoff::kernels {
namespace {

template <class T>
T element(std::span<const SumStep> steps, const Products<T>& p, const T* left, const T* right) {
  std::array<T, kMostAccumulators> stack;
  std::size_t depth = 0;
  for (const SumStep& step : steps) {
    if (step.what == SumStep::Do::join) {
      --depth;
      stack[depth - 1] = stack[depth - 1] + stack[depth];
      continue;
    }
    std::int64_t i = 0;
    if (step.what == SumStep::Do::start) {
      stack[depth++] = left[step.first] * right[step.first * p.right_stride];
      i = 1;
    }
    T sum = stack[depth - 1];
    for (; i < step.count; ++i) {
      const std::int64_t k = step.first + i * step.stride;
      const T a = left[k], b = right[k * p.right_stride];
      sum = p.fused ? std::fma(a, b, sum) : sum + a * b;
    }
    stack[depth - 1] = sum;
  }
  return stack[0];
}

template <class T>
void run(std::span<const SumStep> steps, const Products<T>& p) {
  for (std::int64_t i = 0; i < p.rows; ++i) {
    for (std::int64_t j = 0; j < p.columns; ++j)
      p.out[i * p.out_stride + j] = element(steps, p, p.left + i * p.left_stride, p.right + j);
  }
}

}  // namespace

int accumulators_of(std::span<const SumStep> steps) {
  int depth = 0, deepest = 0;
  for (const SumStep& step : steps) {
    depth += step.what == SumStep::Do::start ? 1 : step.what == SumStep::Do::join ? -1 : 0;
    deepest = std::max(deepest, depth);
  }
  return deepest;
}

void replay_products_oracle(std::span<const SumStep> steps, const Products<float>& p) { run(steps, p); }
void replay_products_oracle(std::span<const SumStep> steps, const Products<double>& p) { run(steps, p); }

}  // namespace roundoff::kernels
