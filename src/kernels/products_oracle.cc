#include <cmath>
#include <limits>

#include "kernels/products.h"

namespace roundoff {
namespace {

constexpr std::int64_t kMostTerms = std::int64_t{1} << 30;
constexpr double kInf = std::numeric_limits<double>::infinity();

}  // namespace

void multiply_oracle(Accumulate how, const double* x, const double* y, std::int64_t k, double& high, double& low) {
  double sum = how == Accumulate::split ? 3 : 0;
  low = 0;
  for (std::int64_t i = 0; i < k; ++i) {
    const double next = std::fma(x[i], y[i], sum);
    if (how == Accumulate::split) low += std::fma(x[i], y[i], sum - next);
    sum = next;
  }
  high = how == Accumulate::split ? sum - 3 : sum;
}

double size_oracle(const float* x, const float* y, std::int64_t k) {
  double size = 0;
  for (std::int64_t begin = 0; begin < k; begin += kProductDepth) {
    float sum = 0;
    for (std::int64_t i = begin; i < k && i < begin + kProductDepth; ++i) {
      const float product = x[i] * y[i];
      sum += product;
    }
    size += static_cast<double>(sum);
  }
  return size;
}

double rounded_radius(std::int64_t k, double size) {
  if (k > kMostTerms) return kInf;
  return static_cast<double>(k) * 0x1p-53 * size * (1 + 0x1p-50);
}

double split_radius(std::int64_t k) {
  if (k > kMostTerms) return kInf;
  const double n = static_cast<double>(k);
  return (n * 0x1p-103 + n * (n + 1) * 0x1p-105) * (1 + 0x1p-10);
}

}  // namespace roundoff
